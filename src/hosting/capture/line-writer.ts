import { captureName } from '../../contract/data-capture.ts';
import type { Seconds } from '../../engine/engine.ts';
import { reasonOf } from '../../errors.ts';
import type { FinishedCall } from './call.ts';
import type { CaptureDestination } from './destination.ts';
import { blocksOf } from './lines.ts';

export interface LineWriterOptions {
  readonly endpoint: string;
  readonly destination: CaptureDestination;
  readonly newId: () => string;
  /** From the first line to the writing of its object. */
  readonly flushAfter: Seconds;
  /** Bytes of data at which an object is written at once. */
  readonly flushSize: number;
  readonly onWritten: (calls: readonly FinishedCall[]) => void;
  /** Told once, until all has been written again. */
  readonly onTrouble: (why: string) => void;
}

/** The lines of one object to be. */
interface Batch {
  readonly name: string;
  readonly calls: FinishedCall[];
  size: number;
}

/** Gathers the lines of each variant and hour, and writes them as one object after another. What cannot be written is tried again. */
export class LineWriter {
  readonly #options: LineWriterOptions;
  /** Variant and hour -> what is gathered. */
  readonly #open = new Map<string, Batch>();
  /** What is to be written, the next one first. */
  #due: Batch[] = [];
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #trouble: string | undefined;

  constructor(options: LineWriterOptions) {
    this.#options = options;
  }

  /** Why not all can be written at present. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  add(call: FinishedCall): void {
    const { endpoint, newId, flushSize } = this.#options;
    const { variant, event } = call;
    const key = `${variant}/${Math.floor(event.inferenceTime.getTime() / hour)}`;
    let batch = this.#open.get(key);
    if (batch === undefined) {
      batch = { name: captureName(endpoint, variant, event.inferenceTime, newId()), calls: [], size: 0 };
      this.#open.set(key, batch);
    }
    batch.calls.push(call);
    batch.size += call.size;
    const isFull = batch.size >= flushSize;
    if (isFull) {
      this.#open.delete(key);
      this.#due.push(batch);
    }
    if (isFull && this.#trouble === undefined) this.#begin();
    else this.#flushLater();
  }

  /** Writes all that there is, each object tried once more. Returns the calls that could not be written. */
  async close(): Promise<number> {
    await this.#round;
    this.#gather();
    const failed: Batch[] = [];
    for (const batch of this.#due.splice(0)) if (!(await this.#isWritten(batch))) failed.push(batch);
    if (failed.length === 0) this.#trouble = undefined;
    return failed.reduce((sum, { calls }) => sum + calls.length, 0);
  }

  #flushLater(): void {
    this.#timer ??= setTimeout(() => {
      this.#gather();
      this.#begin();
    }, this.#options.flushAfter * 1000).unref();
  }

  #gather(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#due.push(...this.#open.values());
    this.#open.clear();
  }

  #begin(): void {
    if (this.#due.length > 0) this.#round ??= this.#writeDue();
  }

  /** Until there is nothing more to write, or something cannot be written. */
  async #writeDue(): Promise<void> {
    let batch = this.#due.shift();
    while (batch !== undefined && (await this.#isWritten(batch))) batch = this.#due.shift();
    if (batch === undefined) this.#trouble = undefined;
    else {
      this.#due.push(batch); // at the end, so that the trouble of one place does not hold up the others
      this.#flushLater();
    }
    this.#round = undefined; // in the same moment in which the end was seen
  }

  async #isWritten({ name, calls }: Batch): Promise<boolean> {
    const { destination, onWritten, onTrouble } = this.#options;
    try {
      await destination.write(name, blocksOf(calls));
    } catch (error) {
      const isNews = this.#trouble === undefined;
      this.#trouble = reasonOf(error);
      if (isNews) onTrouble(this.#trouble);
      return false;
    }
    onWritten(calls);
    return true;
  }
}

/** Milliseconds. */
const hour = 3_600_000;
