import { type Check, failed, passed, untestedHere } from '../check.ts';
import { isAccepted } from '../evidence/http-call.ts';
import { sources } from '../sources.ts';
import { told, toldStartUp } from './words.ts';

export const serveNetwork: Check = {
  name: 'serve-network',
  area: 'serve',
  proves: 'it serves without a network, as with EnableNetworkIsolation',
  severity: 'warning',
  needs: ['serve-ping'],
  source: sources.isolation,
  async look(on) {
    if (!(await on.emulator.engine.describe()).isNative) {
      return untestedHere(
        'Containers without a network cannot be reached: this engine does not run on this machine.',
        'Check with an engine of this machine.',
      );
    }
    on.serving.examination.onTrial('serving without a network');
    await using trial = await on.serving.another({ isIsolated: true });
    const remedy =
      'Put into the image, or the model, what the server fetches at its start or for an invocation; leave the check out where models are never isolated.';
    if (!trial.isReady) {
      return failed(`Without a network, ${toldStartUp(trial.startUp)}.`, { remedy, evidence: trial.lastLines() });
    }
    const sample = await on.serving.sample(() => on.content());
    if (sample.state === 'refused') return passed('The server comes up without a network.');
    const reply = await on.serving.invoke(trial, sample.payload);
    if (isAccepted(reply)) return passed('It serves without a network.');
    return failed(`Without a network, the sample is answered with ${told(reply)}.`, { remedy, evidence: trial.lastLines() });
  },
};
