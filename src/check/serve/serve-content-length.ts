import { type Check, failed, passed } from '../check.ts';
import { sources } from '../sources.ts';
import { withSample } from './sample.ts';

export const serveContentLength: Check = {
  name: 'serve-content-length',
  area: 'serve',
  proves: 'answers carry Content-Length, which asynchronous endpoints ask for',
  severity: 'note',
  needs: ['serve-invocation'],
  source: sources.observed,
  look: (on) =>
    withSample(on, async (_trial, { reply }) => {
      if (reply.isLonger) {
        return failed(`The answer to an invocation is longer than its Content-Length (${reply.headers['content-length']}) says.`, {
          remedy: 'Set Content-Length to the number of bytes of the body, not of characters: clients get the beginning alone.',
          severity: 'error',
        });
      }
      if (reply.status === 204 || 'content-length' in reply.headers) return passed('Answers carry Content-Length.');
      const how = reply.headers['transfer-encoding'] ?? 'until the connection is closed';
      return failed(
        `The answer to an invocation has no Content-Length; it comes ${how}. Asynchronous endpoints refuse such answers; others do not.`,
        'Set Content-Length, unless the model streams its answers.',
      );
    }),
};
