import { type Check, failed, inapplicable, passed } from '../check.ts';
import { sources } from '../sources.ts';
import { ending, factsOf, inTheCloud } from './ending.ts';

export const trainHyperparameters: Check = {
  name: 'train-hyperparameters',
  area: 'train',
  proves: 'hyperparameters, every value of which is a string, are understood',
  severity: 'error',
  needs: ['train-exit'],
  source: sources.trainingInformation,
  async look({ training }) {
    const { asAsked, without } = await training.plain();
    const names = Object.keys(asAsked.request.HyperParameters ?? {});
    if (names.length === 0) return inapplicable('no hyperparameters are given; if it takes some: --hp epochs=1');
    if (!without.includes('hyperparameters')) return passed(`The job ends well with ${names.join(', ')}.`, { hyperParameters: names });
    return failed(
      `With the hyperparameters ${names.join(', ')} the job ${ending(asAsked)}; without them it ends well.${inTheCloud(asAsked)}`,
      {
        remedy:
          'Every value in /opt/ml/input/config/hyperparameters.json is a string, also of numbers: {"epochs": "3"}. Convert it before it is used: int(hyperparameters["epochs"]).',
        items: names,
        evidence: asAsked.lastLines,
      },
      factsOf(asAsked),
    );
  },
};
