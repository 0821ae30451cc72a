import { type Check, failed, passed } from '../check.ts';
import { sources } from '../sources.ts';
import { ending, firstLine, inTheCloud } from './ending.ts';

export const trainFailureFile: Check = {
  name: 'train-failure-file',
  area: 'train',
  proves: 'a job that fails says why in /opt/ml/output/failure',
  severity: 'warning',
  needs: ['train-failure-exit'],
  source: sources.trainingSignals,
  async look({ training }) {
    const trial = await training.failing();
    const why = trial.failure?.trim() ?? '';
    if (why !== '') return passed(`It says: "${firstLine(why)}".`);
    return failed(
      `The job that failed ${ending(trial)}, and ${trial.failure === undefined ? 'there is no file' : 'nothing is in'} /opt/ml/output/failure.${inTheCloud(trial)}`,
      {
        remedy:
          'Catch what ends the program, write why to /opt/ml/output/failure, and exit with a code other than 0; the first 1 024 characters are told.',
        evidence: trial.lastLines,
      },
    );
  },
};
