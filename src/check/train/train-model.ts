import { size } from '../../units.ts';
import { type Check, failed, passed } from '../check.ts';
import { sources } from '../sources.ts';

export const trainModel: Check = {
  name: 'train-model',
  area: 'train',
  proves: 'the job leaves a model in /opt/ml/model',
  severity: 'error',
  needs: ['train-exit'],
  source: sources.trainingOutput,
  async look({ training }) {
    const { model, output, writtenFiles } = (await training.plain()).trial;
    const files = model.filter(({ kind }) => kind !== 'directory');
    const bytes = model.reduce((sum, entry) => sum + entry.size, 0);
    if (files.length > 0) return passed(`It left ${filesOf(files.length)} with ${size(bytes)}.`, { files: files.length, bytes });
    const elsewhere =
      writtenFiles.length === 0 ? '' : ` It wrote ${writtenFiles.map(({ path }) => path).join(', ')} instead, which is lost.`;
    const text = `The job ended with exit code 0, and /opt/ml/model is empty.${elsewhere} In the cloud it is Completed then, and there is no model.tar.gz.`;
    const isOutput = output.some(({ kind, path }) => kind !== 'directory' && path.startsWith('data/'));
    if (!isOutput) return failed(text, remedy);
    const told = `${text} What it left in /opt/ml/output/data is kept, which is all that jobs want that evaluate or prepare something.`;
    return failed(told, { remedy, severity: 'warning' });
  },
};

const remedy =
  'Write the model to /opt/ml/model, which the SageMaker toolkit calls SM_MODEL_DIR; or exit with another code than 0 when there is none.';

const filesOf = (count: number): string => (count === 1 ? 'one file' : `${count} files`);
