import { refuse } from './errors.ts';

/** Bytes. Far more than a size, a signature or a trailing header takes. */
const longestLine = 4096;
const mostTrailers = 32;

/**
 * Takes the framing off a body that is `aws-chunked`: `<size in hexadecimal>[;chunk-signature=…]`, the bytes, and so on to a chunk of no
 * bytes; then perhaps trailing headers; each line ends in CR LF. Holds no more than a line, wherever the pieces of the body begin and end.
 * Signatures are not looked at.
 */
export class AwsChunkedDecoder {
  /** The trailing headers, in lower case, once the body has ended. */
  readonly trailers = new Map<string, string>();
  #state: 'size' | 'data' | 'after' | 'trailers' | 'end' = 'size';
  /** Of the chunk under way, in bytes. */
  #left = 0;
  #line = '';

  /** The content in this piece. Errors: InvalidRequest. */
  *decode(piece: Buffer): Generator<Buffer, void> {
    for (let at = 0; at < piece.length; ) {
      if (this.#state === 'end') throw malformed('bytes follow its end');
      if (this.#state === 'data') {
        const data = piece.subarray(at, at + this.#left);
        this.#left -= data.length;
        at += data.length;
        if (this.#left === 0) this.#state = 'after';
        yield data;
        continue;
      }
      const end = piece.indexOf(lineFeed, at);
      this.#line += piece.toString('latin1', at, end < 0 ? undefined : end);
      if (this.#line.length > longestLine) throw malformed('a line of it is too long');
      if (end < 0) return;
      at = end + 1;
      const line = this.#line.endsWith('\r') ? this.#line.slice(0, -1) : this.#line;
      this.#line = '';
      this.#take(line);
    }
  }

  /** To be called when no more comes. Errors: IncompleteBody, when there should be more. */
  end(): void {
    // Some clients leave out the empty line at the end.
    if (this.#state === 'trailers' && this.#line !== '') this.#take(this.#line);
    if (this.#state !== 'end' && this.#state !== 'trailers') throw refuse('IncompleteBody', {}, 'The request body terminated unexpectedly');
  }

  #take(line: string): void {
    switch (this.#state) {
      case 'size': {
        const [, size] = /^([0-9a-fA-F]{1,12})\s*(?:;.*)?$/.exec(line) ?? [];
        if (size === undefined) throw malformed('a chunk begins with no size');
        this.#left = Number.parseInt(size, 16);
        this.#state = this.#left === 0 ? 'trailers' : 'data';
        return;
      }
      case 'after':
        if (line !== '') throw malformed('a chunk is longer than it says');
        this.#state = 'size';
        return;
      default: {
        if (line === '') {
          this.#state = 'end';
          return;
        }
        const colon = line.indexOf(':');
        if (colon < 1 || this.trailers.size >= mostTrailers) throw refuse('MalformedTrailerError');
        this.trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
      }
    }
  }
}

const lineFeed = 0x0a;

const malformed = (why: string) => refuse('InvalidRequest', {}, `The body is not in the form that x-amz-content-sha256 names: ${why}.`);
