import { recordHead, recordPadding } from '../../contract/record-io.ts';
import type { Run } from './pieces.ts';

/** Bytes. */
const capacity = 128 * 1024;

/** Many small objects as few runs: passing each on for itself would cost more than its bytes. */
export class Gathered {
  readonly #isRecordIo: boolean;
  /** Two, because what was taken last is still being read while the next is gathered. */
  #buffers: readonly [Buffer, Buffer] = [Buffer.allocUnsafeSlow(capacity), Buffer.allocUnsafeSlow(capacity)];
  #length = 0;

  constructor(isRecordIo: boolean) {
    this.#isRecordIo = isRecordIo;
  }

  /** Adds a whole object. Returns what has to be passed on before anything is added again. @throws DataDownloadFailed when it is too long */
  add(bytes: Uint8Array, name: string): readonly Run[] {
    if (this.#fits(bytes)) return this.#append(bytes, name);
    const runs = this.take();
    if (this.#fits(bytes)) {
      this.#append(bytes, name);
      return runs;
    }
    return this.#isRecordIo ? [...runs, recordHead(bytes.length, name), bytes, recordPadding(bytes.length)] : [...runs, bytes];
  }

  /** What was gathered, to be passed on before anything else. */
  take(): readonly Run[] {
    const [buffer, other] = this.#buffers;
    const run = buffer.subarray(0, this.#length);
    this.#buffers = [other, buffer];
    this.#length = 0;
    return [run];
  }

  #fits({ length }: Uint8Array): boolean {
    return this.#length + length + 12 <= capacity; // with all a record adds
  }

  #append(bytes: Uint8Array, name: string): readonly Run[] {
    if (this.#isRecordIo) this.#put(recordHead(bytes.length, name));
    this.#put(bytes);
    if (this.#isRecordIo) this.#put(recordPadding(bytes.length));
    return nothing;
  }

  #put(bytes: Uint8Array): void {
    this.#buffers[0].set(bytes, this.#length);
    this.#length += bytes.length;
  }
}

const nothing: readonly Run[] = [];
