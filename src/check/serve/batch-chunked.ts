import { type Check, failed, passed } from '../check.ts';
import { isAccepted } from '../evidence/http-call.ts';
import { sources } from '../sources.ts';
import { withSample } from './sample.ts';
import { told } from './words.ts';

export const batchChunked: Check = {
  name: 'batch-chunked',
  area: 'batch',
  proves: 'requests in chunks, which MaxPayloadInMB=0 sends, are answered',
  severity: 'note',
  needs: ['serve-invocation'],
  source: sources.batch,
  look: (on) =>
    withSample(on, async (trial, { payload, pace }) => {
      const reply = await on.serving.invoke(trial, payload, { isChunked: true, timeout: Math.max(leastPatience, 3 * pace) });
      if (isAccepted(reply)) return passed(`The sample in chunks is answered with ${reply.status}.`);
      const remedy = 'Read bodies with Transfer-Encoding: chunked, or do not ask for MaxPayloadInMB=0 in transform jobs.';
      return failed(`The sample in chunks, without Content-Length, is answered with ${told(reply)}.`, {
        remedy,
        evidence: trial.lastLines(5),
      });
    }),
};

/** Seconds: a server that waits for a length that does not come waits for ever. */
const leastPatience = 10;
