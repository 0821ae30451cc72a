import { StringDecoder } from 'node:string_decoder';
import { shortLine } from '../../harmless.ts';
import type { InstanceLog } from '../../hosting/serving-container.ts';

/** The end of what a container prints, however much that is. */
export class LastLines implements InstanceLog {
  #text = '';
  /** The line that is being printed. */
  #begun = '';
  #own = 0;
  readonly #decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };

  begin(): void {}

  append(stream: 'stdout' | 'stderr', bytes: Buffer): void {
    const lines = `${this.#begun}${this.#decoders[stream].write(bytes)}`.split('\n');
    this.#begun = compacted(lines.pop() ?? '');
    for (const line of lines) {
      this.#text += `${compacted(line)}\n`;
      this.#own += line.split('\r').filter(isOwn).length; // a progress bar returns to the beginning of its line
    }
    if (this.#text.length > 2 * kept) this.#text = this.#text.slice(-kept);
  }

  async resume(): Promise<void> {
    this.#text = '';
    this.#begun = '';
  }

  /** How many lines there have been, but for those that only record requests. */
  get own(): number {
    return this.#own;
  }

  /** As many as `count`, without empty ones and without those that only record requests, whose answers a finding has itself. */
  last(count = 10): readonly string[] {
    return this.#all.split(/\r?\n/).filter(isOwn).slice(-count).map(shortLine);
  }

  /** Whether it says so anywhere near its end. */
  mentions(what: RegExp): boolean {
    return what.test(this.#all);
  }

  get #all(): string {
    return this.#text + this.#begun;
  }
}

/** A line that does not end is kept as its beginning and its end. */
const compacted = (line: string): string => (line.length > longest ? `${line.slice(0, longest / 4)} … ${line.slice(-longest / 4)}` : line);

/** Characters of a line. */
const longest = 32 * 1024;

/** Characters. */
const kept = 64 * 1024;

const isOwn = (line: string): boolean => line.trim() !== '' && !accessLine.test(line);

/**
 * A request and its status, as access logs have them: `"GET /ping HTTP/1.1" 200` of nginx, gunicorn and uvicorn, `GET /ping 200` of morgan,
 * `200 GET /ping` of Tornado.
 */
const accessLine = (() => {
  const request = '(?:GET|POST|DELETE) /(?:ping|invocations|execution-parameters|models)(?:[/?][^ "]*)?';
  return new RegExp(String.raw`${request}(?: HTTP/[\d.]+)?"? [1-5]\d\d\b|\b[1-5]\d\d ${request}(?: |$)`);
})();
