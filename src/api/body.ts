import type { IncomingMessage } from 'node:http';
import type { AwsError } from './service.ts';

/** What may become of a body that is wanted whole. */
export type WholeBody = { readonly bytes: Buffer } | { readonly error: AwsError } | { readonly left: true };

/** Bytes: the largest body of an operation whose request is a document. Beyond what any of AWS's own requests needs. */
export const largestDocument = 8 * 1024 * 1024;

/** Milliseconds in which a document has to have come. */
const longestBody = 30_000;

/** Reads a body of at most `limit` bytes. What does not come in time, or is larger, is an error; `left`: the client has gone. */
export function readBody(request: IncomingMessage, limit = largestDocument, time = longestBody): Promise<WholeBody> {
  const length = Number(request.headers['content-length'] ?? 0);
  if (length > limit) return Promise.resolve({ error: tooLarge(limit) });
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (outcome: WholeBody): void => {
      clearTimeout(timer);
      request.off('data', take).off('end', end).off('error', gone).off('close', gone);
      resolve(outcome);
    };
    const take = (chunk: Buffer): void => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > limit) settle({ error: tooLarge(limit) });
    };
    const end = (): void => settle({ bytes: Buffer.concat(chunks, size) });
    const gone = (): void => settle({ left: true });
    const late = (): void => settle({ error: tooSlow(time) });
    const timer = setTimeout(late, time);
    request.on('data', take).on('end', end).on('error', gone).on('close', gone);
  });
}

const tooLarge = (limit: number): AwsError => ({
  type: 'RequestEntityTooLargeException',
  status: 413,
  message: `The body of the request is larger than ${limit} bytes, the most that this operation takes.`,
});

const tooSlow = (time: number): AwsError => ({
  type: 'RequestTimeoutException',
  status: 408,
  message: `The body of the request did not arrive within ${time / 1000} s.`,
});
