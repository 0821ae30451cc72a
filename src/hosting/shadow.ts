import { Readable } from 'node:stream';
import type { EndpointPlace } from '../contract/runtime-errors.ts';
import type { InvocationOver } from './reply.ts';
import { BodyStream, gatherLimit } from './request-body.ts';
import type { Slot } from './routing.ts';
import type { Call, Cut, Reply } from './upstream.ts';

interface Mirrored {
  readonly place: EndpointPlace;
  readonly requestId: string;
  readonly path: string;
  readonly onOver: (over: InvocationOver) => void;
}

/**
 * Sends a copy of a request to an instance of the shadow variant, which must have been held, and drops the answer. The request itself never
 * waits for it: of a body that streams, the copy ends when the shadow lags behind by more than it may.
 */
export function mirror({ variant, upstream }: Slot, call: Call, { place, requestId, path, onOver }: Mirrored): void {
  const original = call.body;
  const copy = original instanceof BodyStream ? copyOf(original) : original;
  const startedAt = performance.now();
  let status = 0;
  let received = 0;
  const over = (trouble: string | undefined): void => {
    const took = performance.now() - startedAt;
    const sent = copy instanceof BodyCopy ? copy.taken : (copy as Buffer | undefined)?.length;
    const { instance } = upstream;
    const counted = { sent: sent ?? 0, received, took, modelLatency: took };
    onOver({ endpoint: place.endpoint, variant, instance, requestId, path, answered: 0, status, trouble, ...counted });
  };
  const dropped: Reply = {
    head: (answered) => {
      status = answered;
    },
    data: (chunk) => {
      received += chunk.length;
      return true;
    },
    ended: () => over(undefined),
    cut: ({ why }: Cut) => over(why),
  };
  upstream.call({ ...call, body: copy, onRefused: undefined }, dropped); // the copy goes nowhere else
}

function copyOf(body: BodyStream): BodyCopy {
  const copy = new BodyCopy(body);
  const { tap } = body;
  body.tap = (chunk) => {
    tap?.(chunk);
    copy.pass(chunk);
  };
  return copy;
}

/** What another stream has passed on, for a second reader whose pace does not matter to the first. */
class BodyCopy extends Readable {
  taken = 0;

  constructor(original: BodyStream) {
    super({ highWaterMark: gatherLimit });
    this.on('error', () => {}); // its reader hears of it
    original.once('end', () => this.push(null));
    original.once('close', () => {
      if (!original.readableEnded) this.destroy(new Error('the request broke off'));
    });
  }

  override _read(): void {}

  pass(chunk: Buffer): void {
    if (this.destroyed) return;
    if (this.readableLength > longestLag) {
      this.destroy(new Error(`the shadow variant lags behind by more than ${longestLag} bytes`));
      return;
    }
    this.taken += chunk.length;
    this.push(chunk);
  }
}

/** Bytes. */
const longestLag = 8 * 1024 ** 2;
