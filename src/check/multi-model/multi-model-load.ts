import { elapsed } from '../../units.ts';
import { type Check, failed, passed, untested } from '../check.ts';
import { howToGiveModel } from '../serve/sample.ts';
import { told } from '../serve/words.ts';
import { sources } from '../sources.ts';

export const multiModelLoad: Check = {
  name: 'multi-model-load',
  area: 'multi-model',
  proves: 'POST /models loads a model: 200',
  severity: 'error',
  needs: ['multi-model-start'],
  source: sources.multiModel,
  async look({ multiModel: models }) {
    const reply = await models.load();
    if (reply.status === 200) return passed(`The model was loaded in ${elapsed(reply.took)}.`, { seconds: reply.took });
    const trial = await models.container();
    const text = `POST /models with {"model_name": …, "url": "/opt/ml/models/…/model"} was answered with ${told(reply)}.`;
    const isMissing = reply.status === 404 || reply.status === 405;
    if (!isMissing && !trial.plan.hasModel)
      return untested(`${text} That directory was empty, as no model is known.`, howToGiveModel, trial.lastLines());
    return failed(text, {
      remedy: 'Load what lies in the directory url, call it model_name from then on, and answer 200; 507 when there is no memory for it.',
      evidence: trial.lastLines(),
    });
  },
};
