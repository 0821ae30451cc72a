import {
  endToEndHeaders,
  headerValue,
  invocationHeadersOut,
  invokedVariantHeader,
  passHeaders,
  type RawHeaders,
} from '../contract/serving.ts';
import { requestIdHeader, send } from './answer.ts';
import { ContainerReply } from './reply.ts';
import { gatherLimit } from './request-body.ts';

/**
 * Turns a container's answer into what InvokeEndpoint's client gets. Answers that announce a small size are gathered, so that one that breaks
 * off can still become the typed error; others go out as they come.
 */
export class InvocationReply extends ContainerReply {
  #status = 200; // any success is a 200: AWS's own containers answer 204 to empty input
  #headers: string[] = [];
  #length: number | undefined;
  /** Undefined where the answer goes out as it comes. */
  #gathered: Buffer[] | undefined;

  protected override isError(status: number): boolean {
    return !this.context.isRaw && super.isError(status);
  }

  protected override begin(status: number, headers: RawHeaders): void {
    const { requestId, variant, payload } = this.context;
    const length = headerValue(headers, 'content-length');
    this.#length = length === undefined ? undefined : Number(length);
    if ((this.#length ?? Number.POSITIVE_INFINITY) <= gatherLimit) this.#gathered = [];
    if (this.context.isRaw) {
      this.#status = status;
      this.#headers = endToEndHeaders(headers);
    } else this.#headers = [requestIdHeader, requestId, invokedVariantHeader, variant, ...passHeaders(headers, invocationHeadersOut)];
    if ((this.#length ?? 0) > payload) this.refuseAnswer(tooLong);
  }

  protected override pass(chunk: Buffer): boolean {
    if (this.received > this.context.payload) this.refuseAnswer(tooLong);
    else if (this.#gathered === undefined) return this.#passOn(chunk);
    else this.#gathered.push(chunk);
    return true;
  }

  protected override end(): void {
    const body = this.#gathered?.length === 1 ? this.#gathered[0] : Buffer.concat(this.#gathered ?? []);
    if (this.response.headersSent) this.response.end();
    else if (this.context.isRaw) this.response.writeHead(this.#status, this.#headers).end(body);
    else send(this.response, this.#status, this.#headers, body ?? Buffer.alloc(0));
  }

  #passOn(chunk: Buffer): boolean {
    if (!this.response.headersSent) {
      const length = this.context.isRaw || this.#length === undefined ? [] : ['Content-Length', String(this.#length)];
      this.response.writeHead(this.#status, [...this.#headers, ...length]);
    }
    return this.write(chunk);
  }
}

const tooLong = 'the answer is longer than it may be';
