import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { Seconds } from '../engine/engine.ts';
import { passed } from '../passing-garbage.ts';

/** Bytes up to which a body of known size is gathered: one write to the container costs less than a stream. Measured. */
export const gatherLimit = 64 * 1024;

/** The declared size; undefined for a chunked body, 0 for none. */
export function bodyLength({ headers }: IncomingMessage): number | undefined {
  const declared = headers['content-length'];
  if (declared !== undefined) return Number(declared);
  return headers['transfer-encoding'] === undefined ? 0 : undefined;
}

/** The whole body; undefined when the client left before its end, or did not send it within `limit`. */
export function gatherBody(request: IncomingMessage, limit: Seconds): Promise<Buffer | undefined> {
  return new Promise((settle) => {
    const timer = setTimeout(() => resolve(undefined), limit * 1000);
    const resolve = (body: Buffer | undefined): void => {
      clearTimeout(timer);
      settle(body);
    };
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
    const left = (): void => resolve(undefined);
    request.on('error', left);
    request.on('close', left);
  });
}

/**
 * The body as a stream of its own, with back-pressure. Whoever reads it may destroy it at any time, as an HTTP client does when its server
 * fails; the client's connection survives that, the rest of the body is thrown away, and the client can be answered.
 */
export class BodyStream extends Readable {
  readonly #request: IncomingMessage;
  readonly #limit: number;
  /** Bytes so far. */
  received = 0;
  /** The body is longer than it may be. */
  isOversize = false;
  /** Looks on: told of each chunk as it comes. */
  tap: ((chunk: Buffer) => void) | undefined;
  /** Nothing is taken of the request before it is read from, so that whoever looks on misses nothing. */
  #isBegun = false;

  /** `limit`: bytes. */
  constructor(request: IncomingMessage, limit: number) {
    super({ highWaterMark: gatherLimit });
    this.#request = request;
    this.#limit = limit;
    this.on('error', () => {}); // whoever reads it may have let go of it
    request.on('error', this.#fail).on('close', this.#closed);
  }

  override _read(): void {
    if (!this.#isBegun) {
      this.#isBegun = true;
      this.#request.on('data', this.#take).on('end', this.#end);
    }
    this.#request.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const request = this.#request;
    request.off('data', this.#take).off('end', this.#end).off('close', this.#closed); // errors stay heard
    request.resume();
    callback(error);
  }

  readonly #take = (chunk: Buffer): void => {
    this.received += chunk.length;
    passed(chunk.length);
    if (this.received > this.#limit) {
      this.isOversize = true;
      this.destroy(new Error('the body is longer than it may be'));
      return;
    }
    this.tap?.(chunk);
    if (!this.push(chunk)) this.#request.pause();
  };

  readonly #end = (): void => void this.push(null);

  readonly #fail = (error: Error): void => void this.destroy(error);

  readonly #closed = (): void => {
    if (!this.#request.readableEnded) this.destroy(new Error('the client left'));
  };
}
