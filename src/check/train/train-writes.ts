import { size } from '../../units.ts';
import { type Check, failed, passed } from '../check.ts';
import { sources } from '../sources.ts';

export const trainWrites: Check = {
  name: 'train-writes',
  area: 'train',
  proves: 'nothing that looks like a result is left outside /opt/ml',
  severity: 'note',
  needs: ['train-exit'],
  source: sources.trainingStorage,
  async look({ training }) {
    const { writtenFiles } = (await training.plain()).trial;
    if (writtenFiles.length === 0) return passed('It left no such file.');
    const listed = writtenFiles.map((file) => `${file.path} (${size(file.size)})`);
    return failed(`It wrote ${listed.join(', ')}, which ${listed.length === 1 ? 'goes' : 'go'} with the container.`, {
      remedy: 'If it matters, write it to /opt/ml/model or /opt/ml/output/data; if it does not, to /tmp.',
      items: writtenFiles.map(({ path }) => path),
    });
  },
};
