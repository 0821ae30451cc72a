import { elapsed } from '../../units.ts';
import { type Check, failed, passed } from '../check.ts';
import { MultiModelTrial } from '../evidence/multi-model-trial.ts';
import { told } from '../serve/words.ts';
import { sources } from '../sources.ts';

export const multiModelStart: Check = {
  name: 'multi-model-start',
  area: 'multi-model',
  proves: 'without any model, GET /ping answers 200',
  severity: 'error',
  source: sources.multiModel,
  async look(on) {
    const trial = await MultiModelTrial.of(on).container();
    const { startUp } = trial;
    if (startUp.state === 'ready') return passed(`GET /ping was answered with 200 after ${elapsed(startUp.after)}, with no model loaded.`);
    const last =
      startUp.state === 'unhealthy' ? `the last answer to GET /ping was ${told(startUp.last)}` : `it did not come up (${startUp.state})`;
    return failed(`With SAGEMAKER_MULTI_MODEL=true and no model loaded, ${last}.`, {
      remedy: 'Start without any model, and answer GET /ping with 200 as soon as the server works: models come later, with POST /models.',
      evidence: trial.lastLines(),
    });
  },
};
