import { type Check, type Finding, failed, passed } from '../check.ts';
import { beginningOf } from '../evidence/http-call.ts';
import { sources } from '../sources.ts';
import { told, toldStartUp } from './words.ts';

export const batchParameters: Check = {
  name: 'batch-parameters',
  area: 'batch',
  proves: 'GET /execution-parameters answers valid parameters, or 404',
  severity: 'warning',
  needs: ['serve-ping'],
  source: sources.batch,
  async look(on) {
    on.serving.examination.onTrial('serving batch transform');
    await using trial = await on.serving.another({ environment: { SAGEMAKER_BATCH: 'true' } });
    if (!trial.isReady) return failed(`With SAGEMAKER_BATCH=true, ${toldStartUp(trial.startUp)}.`, { remedy, evidence: trial.lastLines() });
    const reply = await trial.call({ path: '/execution-parameters', timeout: patience });
    if (reply.status === undefined || reply.status >= 500) {
      const text = `GET /execution-parameters is answered with ${told(reply)}: SageMaker's defaults hold.`;
      return failed(text, { remedy, severity: 'note', evidence: trial.lastLines(5) });
    }
    if (reply.status >= 400) return passed(`GET /execution-parameters is answered with ${reply.status}: SageMaker's defaults hold.`);
    if (reply.status !== 200) return failed(`GET /execution-parameters is answered with ${told(reply)}.`, remedy);
    return judged(reply.body.toString(), beginningOf(reply));
  },
};

/** Seconds. Ours: AWS names no time. */
const patience = 10;

const remedy = 'Answer 404, or 200 and JSON such as {"MaxConcurrentTransforms": 8, "BatchStrategy": "MULTI_RECORD", "MaxPayloadInMB": 6}.';

function judged(text: string, beginning: string): Finding {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return failed(`The answer to GET /execution-parameters is no JSON: ${beginning}`, remedy);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return failed(`The answer to GET /execution-parameters is no JSON object: ${beginning}`, remedy);
  }
  const parameters = value as Record<string, unknown>;
  const mistakes = mistakesIn(parameters);
  const { MaxConcurrentTransforms: transforms, MaxPayloadInMB: payload } = parameters;
  if (mistakes.length === 0 && isCount(transforms) && isCount(payload) && transforms * payload > most) {
    const text = `GET /execution-parameters: MaxConcurrentTransforms (${transforms}) times MaxPayloadInMB (${payload}) is more than ${most}; fewer will be sent at a time.`;
    return failed(text, { remedy: 'Count on fewer at a time.', severity: 'note' });
  }
  if (mistakes.length > 0) return failed(`GET /execution-parameters: ${mistakes.join('; ')}.`, { remedy, items: mistakes });
  return passed(`GET /execution-parameters answers ${beginning}.`);
}

const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0;

/**
 * Megabytes that may be under way. Documented for what a job asks for; that what a container asks for is cut down to it is inferred: contract
 * batch-transform §3. AWS's own images ask for as many at a time as they have processors.
 */
const most = 100;

/** Source: contract batch-transform §3; API Reference, CreateTransformJob. */
function mistakesIn({
  MaxConcurrentTransforms: transforms,
  MaxPayloadInMB: payload,
  BatchStrategy: strategy,
}: Record<string, unknown>): string[] {
  const mistakes: string[] = [];
  if (transforms !== undefined && !isCount(transforms))
    mistakes.push(`MaxConcurrentTransforms is ${JSON.stringify(transforms)}, and no whole number`);
  if (payload !== undefined && !(isCount(payload) && payload <= 100))
    mistakes.push(`MaxPayloadInMB is ${JSON.stringify(payload)}, and no whole number from 0 to 100`);
  if (strategy !== undefined && strategy !== 'MULTI_RECORD' && strategy !== 'SINGLE_RECORD') {
    mistakes.push(`BatchStrategy is ${JSON.stringify(strategy)}, neither "MULTI_RECORD" nor "SINGLE_RECORD"`);
  }
  return mistakes;
}
