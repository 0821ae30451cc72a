import { eventStreamType, internalStreamFailure, modelStreamError, payloadParts } from '../contract/event-stream.ts';
import { invokedVariantHeader, passHeaders, type RawHeaders, streamHeadersOut } from '../contract/serving.ts';
import { requestIdHeader } from './answer.ts';
import { ContainerReply } from './reply.ts';
import type { Cut } from './upstream.ts';

/**
 * Turns a container's answer into the event stream that InvokeEndpointWithResponseStream's client gets: the head at once, each chunk as a
 * message of its own when it is read. What goes wrong from then on is the last message.
 */
export class StreamReply extends ContainerReply {
  /** Of the chunks that came in one read: written together, which for small ones costs half of what each by itself does. Measured. */
  #messages: Buffer[] = [];

  protected override begin(_status: number, headers: RawHeaders): void {
    const { requestId, variant } = this.context;
    const own = [requestIdHeader, requestId, invokedVariantHeader, variant, 'Content-Type', eventStreamType];
    this.response.writeHead(200, [...own, ...passHeaders(headers, streamHeadersOut)]);
    this.response.flushHeaders(); // the first chunk may take its time
  }

  protected override pass(chunk: Buffer): boolean {
    if (this.context.breaksStream) {
      this.#messages.push(payloadParts(chunk));
      this.#endWith(modelStreamError('StreamBroken'), 'a fault on demand');
      return true;
    }
    if (this.#messages.push(payloadParts(chunk)) === 1) process.nextTick(this.#flush);
    return this.hasRoom();
  }

  protected override end(): void {
    this.#flush();
    this.response.end();
  }

  override cut(cut: Cut): void {
    if (!this.response.headersSent) super.cut(cut);
    else this.#endWith(modelStreamError(cut.kind === 'timeout' ? 'ModelInvocationTimeExceeded' : 'StreamBroken'), cut.why);
  }

  protected override failOwn(why: string): void {
    if (!this.response.headersSent) super.failOwn(why);
    else this.#endWith(internalStreamFailure(why), why);
  }

  #endWith(message: Buffer, trouble: string): void {
    this.#flush();
    this.response.end(message);
    this.finish(trouble);
  }

  readonly #flush = (): void => {
    const messages = this.#messages;
    const [first] = messages;
    if (first === undefined || this.response.destroyed) return;
    this.#messages = [];
    this.response.write(messages.length === 1 ? first : Buffer.concat(messages));
  };
}
