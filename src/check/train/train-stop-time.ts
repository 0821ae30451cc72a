import { limitsOf, parseLimits } from '../../contract/limits.ts';
import { type Check, failed, passed, untested } from '../check.ts';
import { sources } from '../sources.ts';

export const trainStopTime: Check = {
  name: 'train-stop-time',
  area: 'train',
  proves: 'it ends within 120 s of SIGTERM',
  severity: 'warning',
  needs: ['train-sigterm'],
  source: sources.stopTrainingJob,
  async look({ request, training }) {
    const trial = await training.stopped();
    if (trial.stopTook === undefined) {
      return untested('It ended before SIGTERM could be sent.', 'Give it more data, or more epochs: --hp epochs=100');
    }
    const { 'stop-grace': grace } = limitsOf('training', parseLimits((request.train.limit ?? []) as readonly string[]));
    const facts = { seconds: Math.round(trial.stopTook * 1000) / 1000, grace };
    if (trial.stopTook < grace) return passed(`It ended ${trial.stopTook.toFixed(2)} s after SIGTERM.`, facts);
    return failed(
      `It was killed ${grace} s after SIGTERM, because it had not ended by itself.`,
      {
        remedy:
          'End soon after SIGTERM: look for it after each batch and not after each epoch, save what there is, and exit. What is uploaded after a kill is what was written until then.',
        evidence: trial.lastLines,
      },
      facts,
    );
  },
};
