import { elapsed } from '../../units.ts';
import { type Check, type Finding, failed, passed, untested } from '../check.ts';
import type { ServingTrial } from '../evidence/serving-trial.ts';
import type { StartUp } from '../evidence/start-up.ts';
import { sources } from '../sources.ts';
import { howToGiveModel } from './sample.ts';
import { told, toldStartUp } from './words.ts';

export const servePing: Check = {
  name: 'serve-ping',
  area: 'serve',
  proves: 'GET /ping answers 200 within 2 s, inside the start-up window',
  severity: 'error',
  needs: ['serve-address'],
  source: sources.hosting,
  async look(on) {
    const trial = await on.serving.main();
    const { startUp } = trial;
    if (startUp.state === 'unhealthy') return unhealthy(trial, startUp);
    if (startUp.state !== 'ready') return untested(`It did not come up: ${toldStartUp(startUp)}.`);
    const again = await trial.ping();
    if (again.status !== 200) {
      const evidence = trial.lastLines();
      return failed(`GET /ping was answered once, and then with ${told(again)}.`, {
        remedy: 'Answer 200 as long as the server works.',
        evidence,
      });
    }
    const text = `GET /ping was answered with 200 for the first time ${elapsed(startUp.after)} after the start; an answer takes ${elapsed(again.took)}.`;
    return passed(text, { startSeconds: startUp.after, pingSeconds: again.took });
  },
};

const cutShort = ' The wait ended there, as nothing else went on in the container any more.';

function unhealthy(trial: ServingTrial, { last, after, isCutShort }: StartUp & { state: 'unhealthy' }): Finding {
  const evidence = trial.lastLines();
  const facts = { status: last.status, seconds: last.took };
  if (last.status === 200) {
    const text = `GET /ping is answered with 200, but only after ${elapsed(last.took)}; SageMaker waits ${elapsed(trial.plan.limits.ping)}.`;
    return failed(text, { remedy: 'Answer /ping without any work: a 200 without a body will do.', evidence }, facts);
  }
  const text = `GET /ping got no 200 within ${elapsed(after)}. The last answer: ${told(last)}.${isCutShort ? cutShort : ''}`;
  const mayLackModel = !trial.plan.hasModel && last.status !== undefined && last.status >= 500;
  if (mayLackModel) return untested(`${text} /opt/ml/model was empty, as no model is known.`, howToGiveModel, evidence);
  const remedy =
    last.status === 404 || last.status === 405
      ? 'Answer GET /ping with 200.'
      : 'Answer GET /ping with 200 as soon as the server works; a start that takes longer: --limit startup=15m.';
  return failed(text, { remedy, evidence }, facts);
}
