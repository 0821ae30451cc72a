import { type Check, failed, inapplicable, passed, untested } from '../check.ts';
import { claimsFailure, hasFailed } from '../evidence/training-trial.ts';
import { sources } from '../sources.ts';
import { ending, factsOf, firstLine } from './ending.ts';

export const trainFailureExit: Check = {
  name: 'train-failure-exit',
  area: 'train',
  proves: 'a job that fails has an exit code other than 0',
  severity: 'error',
  source: sources.trainingSignals,
  async look({ training }) {
    const trial = await training.failing();
    if (trial.cut || trial.exit === undefined) return untested(`The job that was to fail ${ending(trial)}.`, undefined, trial.lastLines);
    if (trial.exit.oomKilled || isNotStarted(trial.exit.code))
      return untested(`The job ${ending(trial)}: its program had no say in that.`, undefined, trial.lastLines);
    if (hasFailed(trial)) return passed(`The job that failed ${ending(trial)}.`, factsOf(trial));
    if (!claimsFailure(trial))
      return inapplicable('it ends well without any data, and with data that is garbage: it could not be made to fail');
    return failed(
      `It wrote to /opt/ml/output/failure, "${firstLine(trial.failure ?? '')}", and ended with exit code 0: the cloud calls that job Completed, and uploads what there is for a model.`,
      {
        remedy:
          'Exit with a code from 1 to 255 after writing the file: sys.exit(1). In a shell script, set -e, or exit $? as its last line.',
        evidence: trial.lastLines,
      },
      factsOf(trial),
    );
  },
};

/** Of shells and engines: there is no such program, or it cannot be executed. */
const isNotStarted = (code: number): boolean => code === 126 || code === 127;
