import { servingCapabilities } from '../../contract/serving.ts';
import { counted, elapsed, size } from '../../units.ts';
import { type Check, type Finding, failed, inapplicable, passed, untested } from '../check.ts';
import type { Reply } from '../evidence/http-call.ts';
import type { ServingTrial } from '../evidence/serving-trial.ts';
import type { Attempt } from '../evidence/serving-trials.ts';
import { sources } from '../sources.ts';
import type { Subject } from '../subject.ts';
import { howToGive, howToGiveModel, lacksModel } from './sample.ts';
import { told } from './words.ts';

export const serveInvocation: Check = {
  name: 'serve-invocation',
  area: 'serve',
  proves: 'POST /invocations answers the sample within 60 s with a status of 200 to 299',
  severity: 'error',
  needs: ['serve-ping'],
  source: sources.hosting,
  async look(on) {
    const sample = await on.serving.sample(() => on.content());
    const trial = await on.serving.main();
    if (sample.state === 'accepted') {
      const { payload, reply, isGiven } = sample;
      const what = `${isGiven ? 'The sample' : 'A sample that was made up'} (${payload.contentType}, ${size(payload.body.length)})`;
      return passed(`${what} was answered with ${reply.status} in ${elapsed(reply.took)}.`, { status: reply.status, seconds: reply.took });
    }
    return sample.isGiven ? givenRefused(trial, sample.attempts) : madeUpRefused(on, trial, sample.attempts);
  },
};

function givenRefused(trial: ServingTrial, [attempt]: readonly Attempt[]): Finding {
  if (!attempt) return untested('There was no time to send the sample.');
  const { payload, reply } = attempt;
  const text = `The sample (${payload.contentType}, ${size(payload.body.length)}) was answered with ${told(reply)}.`;
  const evidence = trial.lastLines();
  if (lacksModel(trial)) return untested(`${text} /opt/ml/model was empty, as no model is known.`, howToGiveModel, evidence);
  return failed(text, { remedy: 'Answer POST /invocations within 60 s with a status of 200 to 299.', evidence }, { status: reply.status });
}

function madeUpRefused({ image }: Subject, trial: ServingTrial, attempts: readonly Attempt[]): Finding {
  const [first] = attempts;
  const isMissing = attempts.every(({ reply }) => reply.status === 404 || reply.status === 405);
  if (first && isMissing) {
    if (image.labels[servingCapabilities.multiModels] === 'true') {
      return inapplicable('The server has no /invocations: it serves many models, each at a path of its own.');
    }
    const text = `POST /invocations is answered with ${told(first.reply)}, whatever it is sent.`;
    return failed(text, 'Answer POST /invocations on port 8080.', { status: first.reply.status });
  }
  const evidence = [...new Set(attempts.map(({ payload, reply }) => `${payload.contentType} is answered with ${told(reply)}`))]
    .slice(0, 8)
    .concat(trial.lastLines(5));
  const text = `None of ${counted(attempts.length, 'sample')} that ${attempts.length === 1 ? 'was' : 'were'} made up was accepted.`;
  if (lacksModel(trial)) return untested(`${text} /opt/ml/model was empty, as no model is known.`, howToGiveModel, evidence);
  if (first && attempts.every(({ reply }) => isNoVerdict(reply))) {
    const remedy = 'Answer POST /invocations with a status from 200 to 299; what cannot be read is answered with 400 to 499.';
    return failed(`POST /invocations is answered with ${told(first.reply)}, whatever it is sent.`, { remedy, evidence });
  }
  return untested(text, howToGive, evidence);
}

/** What no sample explains: a server that minds what it is sent says so with a status. */
const isNoVerdict = ({ status }: Reply): boolean => status === undefined || status < 400;
