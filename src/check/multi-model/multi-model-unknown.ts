import { type Check, failed, passed } from '../check.ts';
import type { Reply } from '../evidence/http-call.ts';
import { unknownName } from '../evidence/multi-model-trial.ts';
import { told } from '../serve/words.ts';
import { sources } from '../sources.ts';

export const multiModelUnknown: Check = {
  name: 'multi-model-unknown',
  area: 'multi-model',
  proves: 'a model that is not loaded is answered with 404',
  severity: 'error',
  needs: ['multi-model-start'],
  source: sources.multiModel,
  async look(on) {
    const models = on.multiModel;
    const sample = on.request.payload ?? { body: Buffer.from('[[1, 2, 3, 4]]'), contentType: 'application/json' };
    const replies: readonly (readonly [string, Reply])[] = [
      ['GET /models/{name}', await models.get(unknownName)],
      ['DELETE /models/{name}', await models.unload(unknownName)],
      ['POST /models/{name}/invoke', await models.invoke(unknownName, sample)],
    ];
    const wrong = replies.filter(([, reply]) => reply.status !== 404);
    if (wrong.length === 0) return passed('What is asked of a model that is not loaded is answered with 404.');
    return failed(
      `Of a model that is not loaded, ${wrong.map(([verb, reply]) => `${verb} was answered with ${told(reply)}`).join('; ')}.`,
      {
        remedy:
          'Answer 404: the platform then loads the model and asks again. Anything else goes to the caller of the endpoint as an error.',
        items: wrong.map(([verb]) => verb),
      },
    );
  },
};
