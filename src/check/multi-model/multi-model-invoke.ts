import { elapsed, size } from '../../units.ts';
import { type Check, failed, passed, untested } from '../check.ts';
import { isAccepted } from '../evidence/http-call.ts';
import { howToGive, howToGiveModel } from '../serve/sample.ts';
import { told } from '../serve/words.ts';
import { sources } from '../sources.ts';

export const multiModelInvoke: Check = {
  name: 'multi-model-invoke',
  area: 'multi-model',
  proves: 'POST /models/{name}/invoke answers the sample',
  severity: 'error',
  needs: ['multi-model-load'],
  source: sources.multiModel,
  async look(on) {
    const models = on.multiModel;
    await models.load();
    const attempts = await models.sample();
    const trial = await models.container();
    const accepted = attempts.find(({ reply }) => isAccepted(reply));
    if (accepted) {
      const { payload, reply } = accepted;
      return passed(
        `A sample (${payload.contentType}, ${size(payload.body.length)}) was answered with ${told(reply)} in ${elapsed(reply.took)}.`,
      );
    }
    const last = attempts.at(-1);
    if (!last) return untested('There was no sample to send.', howToGive);
    const text = `POST /models/{name}/invoke of a model that is loaded was answered with ${told(last.reply)}.`;
    const evidence = trial.lastLines();
    if (attempts.every(({ reply }) => reply.status === 404 || reply.status === 405)) {
      return failed(text, { remedy: 'Answer POST /models/{name}/invoke: it is the /invocations of that model.', evidence });
    }
    if (!trial.plan.hasModel) return untested(`${text} Its directory was empty, as no model is known.`, howToGiveModel, evidence);
    if (!on.request.payload)
      return untested(
        `None of ${attempts.length} samples that were made up was accepted; the last: ${told(last.reply)}.`,
        howToGive,
        evidence,
      );
    return failed(text, { remedy: 'Answer the sample within 60 s with a status of 200 to 299.', evidence });
  },
};
