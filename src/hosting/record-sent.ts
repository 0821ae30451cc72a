import type { InvocationContext, InvocationOver } from './reply.ts';
import { BodyStream } from './request-body.ts';
import type { Call } from './upstream.ts';

/** A request as a container gets it. */
export interface SentRequest extends Pick<Call, 'method' | 'path'> {
  /** `[name, value, …]`, save Content-Length or Transfer-Encoding of the body. */
  readonly headers: readonly string[];
  /** What there was of it, where the request broke off. */
  readonly body: Buffer;
  readonly endpoint: string;
  readonly variant: string;
}

/**
 * Told of each request when all of its body is on the way to a container; tells whom to tell the container's status when the answer is over, 0
 * without one. On the hot path, so it must return soon, and never throw. Copies for a shadow variant are not told of.
 */
export type InvocationRecorder = (request: SentRequest) => (status: number) => void;

/** Looks on at one call from before it begins. */
export function recordSent(
  recorder: InvocationRecorder,
  { method, path, headers, body }: Call,
  context: Pick<InvocationContext, 'place' | 'variant'> & { onOver: (over: InvocationOver) => void },
): void {
  const { place, variant, onOver } = context;
  const chunks: Buffer[] = [];
  let answered: ((status: number) => void) | undefined;
  const sent = (): void => {
    if (answered) return;
    const [first] = chunks;
    const whole = first && chunks.length === 1 ? first : Buffer.concat(chunks); // most have one, which need not be copied
    answered = recorder({ method, path, headers, body: whole, endpoint: place.endpoint, variant });
  };
  if (body instanceof BodyStream) {
    const { tap } = body;
    body.tap = (chunk) => {
      tap?.(chunk);
      chunks.push(chunk);
    };
    body.once('end', sent);
  } else {
    if (body instanceof Buffer) chunks.push(body);
    sent();
  }
  context.onOver = (over) => {
    sent();
    answered?.(over.status);
    onOver(over);
  };
}
