import { type Check, inapplicable, passed } from '../check.ts';
import { isSuccess } from '../evidence/training-trial.ts';
import { sources } from '../sources.ts';
import { endedBy, ending, factsOf } from './ending.ts';

export const trainUnicodeNames: Check = {
  name: 'train-unicode-names',
  area: 'train',
  proves: 'file names may hold spaces and letters of any language',
  severity: 'warning',
  needs: ['train-exit'],
  source: sources.trainingInformation,
  async look({ training }) {
    const trial = await training.inSpiteOf('unicode names');
    const copied = await training.copiedFile();
    if (!trial || !copied) return inapplicable('no channel is a small directory of this machine that is read as files');
    const { name, channel } = copied;
    if (isSuccess(trial)) return passed(`It ends well with a file "${name}" in the channel ${channel}.`, factsOf(trial));
    const plain = await training.withPlainCopy();
    if (plain && !isSuccess(plain)) return inapplicable('it takes no further file in its channel, whatever that is called');
    return endedBy(
      `With a copy of a data file that is called "${name}" in the channel ${channel} it ${ending(trial)}; with one of a plain name it ends well.`,
      'Keys of objects may hold anything that UTF-8 has: quote names where they go through a shell, read and print them as UTF-8 (PYTHONUTF8=1, LANG=C.UTF-8).',
      trial,
    );
  },
};
