import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Check, failed, passed, untested } from '../check.ts';
import { type Answer, isAccepted } from '../evidence/http-call.ts';
import { sources } from '../sources.ts';
import { withSample } from './sample.ts';
import { told } from './words.ts';

export const serveKeepAlive: Check = {
  name: 'serve-keep-alive',
  area: 'serve',
  proves: 'a connection that the server does not close serves several requests',
  severity: 'warning',
  needs: ['serve-invocation'],
  source: sources.hosting,
  look: (on) =>
    withSample(on, async (trial, { payload, pace, reply: before }) => {
      if (before.isLonger) return untested('Answers are longer than their Content-Length says, so that no second one can be read.');
      const requests = Math.min(most, Math.max(2, Math.floor(longest / pace)));
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
      try {
        for (let sent = 1; sent <= requests; sent += 1) {
          const reply = await on.serving.invoke(trial, payload, { agent });
          if (reply.status === undefined || !isAccepted(reply)) {
            const text = `Request ${sent} on one connection was answered with ${told(reply)}; on connections of their own they are answered.`;
            return failed(text, { remedy, evidence: trial.lastLines(5) });
          }
          if (saysClose(reply)) return passed('The server closes each connection, and says so.');
          await sleep(pause); // a server that closes without a word does it at once
          if (reply.socket.destroyed) {
            return failed(
              `The server closed a connection after ${sent === 1 ? 'the first answer' : `${sent} answers`} without a word.`,
              remedy,
            );
          }
        }
        return passed(`One connection served ${requests} requests.`);
      } finally {
        agent.destroy();
      }
    }),
};

const most = 5;

/** Seconds: where invocations are slow, there are fewer of them. */
const longest = 10;

/** Milliseconds between requests. */
const pause = 50;

const remedy = 'Read the whole body of each request, and send Connection: close where the connection is closed after the answer.';

/** Source: RFC 9112 §9.3. */
function saysClose({ headers, httpVersion }: Answer): boolean {
  const options = (headers.connection ?? '').toLowerCase();
  return options.includes('close') || (httpVersion === '1.0' && !options.includes('keep-alive'));
}
