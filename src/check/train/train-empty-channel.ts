import { type Check, inapplicable, passed, untested } from '../check.ts';
import { isSuccess } from '../evidence/training-trial.ts';
import { sources } from '../sources.ts';
import { endedBy, ending, factsOf } from './ending.ts';

export const trainEmptyChannel: Check = {
  name: 'train-empty-channel',
  area: 'train',
  proves: 'a channel without files does not end the job',
  severity: 'warning',
  needs: ['train-exit'],
  source: sources.trainingInformation,
  async look({ training }) {
    const trial = await training.inSpiteOf('empty channel');
    if (!trial) return untested("It could not be tried: the engine does not see this machine's files.");
    if (isSuccess(trial)) return passed('It ends well with one more channel that has no files.', factsOf(trial));
    const full = await training.withFullChannel();
    if (!full)
      return untested(`With one more channel, which has no files, it ${ending(trial)}; whether with files it does not, cannot be told.`);
    if (!isSuccess(full)) return inapplicable('it takes no further channel, whatever is in that');
    return endedBy(
      `With one more channel, which has no files, it ${ending(trial)}; with files in it, it ends well.`,
      'Where there are fewer objects than hosts, some host gets none of a sharded channel: take an empty directory for no data.',
      trial,
    );
  },
};
