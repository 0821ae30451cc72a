import { StringDecoder } from 'node:string_decoder';
import type { InstanceLog } from '../../hosting/serving-container.ts';

/** The end of what a container prints, however much that is. */
export class LastLines implements InstanceLog {
  #text = '';
  readonly #decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };

  begin(): void {}

  append(stream: 'stdout' | 'stderr', bytes: Buffer): void {
    this.#text += this.#decoders[stream].write(bytes);
    if (this.#text.length > 2 * kept) this.#text = this.#text.slice(-kept);
  }

  async resume(): Promise<void> {
    this.#text = '';
  }

  /** As many as `count`, without empty ones. */
  last(count = 10): readonly string[] {
    const lines = this.#text.split(/\r?\n/).filter((line) => line.trim() !== '');
    return lines.slice(-count);
  }

  /** Whether it says so anywhere near its end. */
  mentions(what: RegExp): boolean {
    return what.test(this.#text);
  }
}

/** Characters. */
const kept = 64 * 1024;
