import { type Check, failed, passed } from '../check.ts';
import { modelName } from '../evidence/multi-model-trial.ts';
import { told } from '../serve/words.ts';
import { sources } from '../sources.ts';

export const multiModelList: Check = {
  name: 'multi-model-list',
  area: 'multi-model',
  proves: 'GET /models lists what is loaded',
  severity: 'error',
  needs: ['multi-model-load'],
  source: sources.multiModel,
  async look({ multiModel: models }) {
    await models.load();
    const reply = await models.list();
    const remedy = 'Answer 200 and {"models": [{"modelName": "…", "modelUrl": "…"}]}, with nextPageToken where there are more.';
    if (reply.status !== 200) return failed(`GET /models was answered with ${told(reply)}.`, remedy);
    // AWS's own TensorFlow Serving container answers in another form, and works.
    if (reply.body.includes(modelName)) return passed('GET /models names the model that is loaded.');
    return failed(`A model was loaded, and GET /models does not name it: ${told(reply)}.`, remedy);
  },
};
