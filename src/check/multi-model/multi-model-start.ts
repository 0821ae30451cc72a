import { elapsed } from '../../units.ts';
import { type Check, failed, passed } from '../check.ts';
import { toldStartUp } from '../serve/words.ts';
import { sources } from '../sources.ts';

export const multiModelStart: Check = {
  name: 'multi-model-start',
  area: 'multi-model',
  proves: 'without any model, GET /ping answers 200',
  severity: 'error',
  source: sources.multiModel,
  async look({ multiModel }) {
    const trial = await multiModel.container();
    const { startUp } = trial;
    if (startUp.state === 'ready') return passed(`GET /ping was answered with 200 after ${elapsed(startUp.after)}, with no model loaded.`);
    return failed(`With SAGEMAKER_MULTI_MODEL=true and no model loaded, ${toldStartUp(startUp)}.`, {
      remedy: 'Start without any model, and answer GET /ping with 200 as soon as the server works: models come later, with POST /models.',
      evidence: trial.lastLines(),
    });
  },
};
