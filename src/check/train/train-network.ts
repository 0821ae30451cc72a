import { type Check, passed, untested } from '../check.ts';
import { isSuccess } from '../evidence/training-trial.ts';
import { sources } from '../sources.ts';
import { endedBy, ending, factsOf } from './ending.ts';

export const trainNetwork: Check = {
  name: 'train-network',
  area: 'train',
  proves: 'the job runs without a network, as with EnableNetworkIsolation',
  severity: 'warning',
  needs: ['train-exit'],
  source: sources.isolation,
  async look({ training }) {
    const trial = await training.inSpiteOf('network');
    if (!trial) return untested('podman cannot keep a container from reaching its machine, so there is no such network to try it in.');
    if (isSuccess(trial)) return passed('It ends well without a network.', factsOf(trial));
    return endedBy(
      `With a network it ends well, and without one it ${ending(trial)}.`,
      'Put into the image, or into a channel, whatever it fetches while it runs: packages, weights, tokenizers. Where it needs the network, never set EnableNetworkIsolation.',
      trial,
    );
  },
};
