import { type Check, failed, passed } from '../check.ts';
import { told } from '../serve/words.ts';
import { sources } from '../sources.ts';

export const multiModelLoadTwice: Check = {
  name: 'multi-model-load-twice',
  area: 'multi-model',
  proves: 'a model that is loaded is refused with 409',
  severity: 'error',
  needs: ['multi-model-load'],
  source: sources.multiModel,
  async look({ multiModel: models }) {
    await models.load();
    const reply = await models.loadAgain();
    if (reply.status === 409) return passed('POST /models of a model that is loaded is answered with 409.');
    return failed(
      `POST /models of a model that is loaded was answered with ${told(reply)}, and not with 409.`,
      'Answer 409, and leave the model as it is.',
    );
  },
};
