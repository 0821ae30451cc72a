import { mebibytes } from '../../units.ts';
import { type Check, type Finding, failed, passed } from '../check.ts';
import type { Reply } from '../evidence/http-call.ts';
import { grown } from '../evidence/payloads.ts';
import { sources } from '../sources.ts';
import { withSample } from './sample.ts';
import { told } from './words.ts';

export const servePayload: Check = {
  name: 'serve-payload',
  area: 'serve',
  proves: 'bodies up to the size that endpoints take are accepted',
  severity: 'error',
  needs: ['serve-invocation'],
  source: sources.inferenceOptions,
  look: (on) =>
    withSample(on, async (_trial, { payload }) => {
      on.serving.examination.onTrial('sending large bodies');
      const trial = await on.serving.used();
      const { limits } = trial.plan;
      const answers: string[] = [];
      let isBusy = false;
      for (const [bytes, severity] of [
        [limits['payload-warn'], 'error'],
        [limits.payload, 'warning'],
      ] as const) {
        const body = grown(payload, bytes);
        const reply = await on.serving.invoke(trial, { ...payload, body }, { timeout: patience });
        const size = mebibytes(body.length);
        if (isTaken(reply)) answers.push(`${size}: ${reply.status ?? 'taken, the answer was not waited for'}`);
        else return refused(size, reply, severity, trial.lastLines(5));
        isBusy ||= reply.status === undefined;
      }
      if (!isBusy) await on.serving.leave(trial);
      return passed(`Bodies were taken. ${answers.join(', ')}.`);
    }),
};

function refused(size: string, reply: Reply, severity: 'error' | 'warning', evidence: readonly string[]): Finding {
  const text = `A body of ${size} was answered with ${told(reply)}.`;
  const remedy =
    reply.status === 413
      ? 'Let the server take 25 MB, whatever stands in front of it too: client_max_body_size of nginx, limits of frameworks.'
      : 'Take bodies of 25 MB; what is too much for the model is answered with 400 to 499.';
  return failed(text, { remedy, severity, evidence }, { status: reply.status });
}

/** Whatever the server makes of it, it has taken it; a slow answer is not waited for. */
const isTaken = (reply: Reply): boolean =>
  reply.status === undefined ? reply.code === 'late' && reply.wasSent : reply.status < 500 && reply.status !== 413;

/** Seconds. */
const patience = 10;
