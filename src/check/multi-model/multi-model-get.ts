import { type Check, failed, passed } from '../check.ts';
import { modelName } from '../evidence/multi-model-trial.ts';
import { told } from '../serve/words.ts';
import { sources } from '../sources.ts';

export const multiModelGet: Check = {
  name: 'multi-model-get',
  area: 'multi-model',
  proves: 'GET /models/{name} tells of it',
  severity: 'error',
  needs: ['multi-model-load'],
  source: sources.multiModel,
  async look({ multiModel: models }) {
    await models.load();
    const reply = await models.get(modelName);
    if (reply.status === 200) return passed('GET /models/{name} of the model that is loaded is answered with 200.');
    return failed(
      `GET /models/{name} of a model that is loaded was answered with ${told(reply)}.`,
      'Answer 200 and {"modelName": "…", "modelUrl": "…"}.',
    );
  },
};
