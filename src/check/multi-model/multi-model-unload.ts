import { type Check, failed, passed } from '../check.ts';
import { modelName } from '../evidence/multi-model-trial.ts';
import { told } from '../serve/words.ts';
import { sources } from '../sources.ts';

export const multiModelUnload: Check = {
  name: 'multi-model-unload',
  area: 'multi-model',
  proves: 'DELETE /models/{name} unloads it: 200',
  severity: 'error',
  needs: ['multi-model-load'],
  source: sources.multiModel,
  async look({ multiModel: models }) {
    await models.load();
    const remedy = 'Let go of the model and its memory, and answer 200; it is not known any more from then on, and can be loaded again.';
    const reply = await models.unload(modelName);
    if (reply.status !== 200) return failed(`DELETE /models/{name} of a model that is loaded was answered with ${told(reply)}.`, remedy);
    const again = await models.loadAgain();
    if (again.status === 200) return passed('DELETE /models/{name} was answered with 200, and the model could be loaded once more.');
    return failed(`DELETE /models/{name} was answered with 200, and the POST /models that came next with ${told(again)}.`, remedy);
  },
};
