import { type Check, failed, passed } from '../check.ts';
import { sources } from '../sources.ts';
import { told, toldStartUp } from './words.ts';

export const serveReadOnlyModel: Check = {
  name: 'serve-read-only-model',
  area: 'serve',
  proves: 'it serves with /opt/ml/model read-only',
  severity: 'error',
  needs: ['serve-ping'],
  source: sources.hosting,
  async look(on) {
    const { plan } = await on.serving.main();
    await on.serving.sample(() => on.content()); // an invocation may be what writes
    const trouble = on.serving.readOnlyTrouble;
    if (!trouble)
      return passed(
        plan.hasModel ? 'It serves a model that it can only read.' : 'It serves with an empty /opt/ml/model that it can only read.',
      );
    const { startUp, reply, lines } = trouble;
    const what = reply
      ? `an invocation was answered with ${told(reply)}`
      : startUp
        ? toldStartUp(startUp)
        : 'an invocation was not answered as it should be';
    const text = `With /opt/ml/model read-only, ${what}; with a copy that it may write into, it serves.`;
    return failed(text, { remedy: 'Write to /tmp in place of /opt/ml/model: caches, compiled files, unpacked archives.', evidence: lines });
  },
};
