import { type CapturedEvent, type CapturedSide, unknownContentType } from '../../contract/data-capture.ts';
import type { CapturedLine } from './lines.ts';
import { type CaptureMemory, callCost, chunkCost } from './memory.ts';

/** What is known of a call when it comes. */
export interface CallHead extends Pick<CapturedEvent, 'inferenceId' | 'customAttributes' | 'inferenceTime'> {
  readonly variant: string;
  readonly contentType: string | undefined;
}

/** A captured call that is to be written. */
export interface FinishedCall extends CapturedLine {
  readonly variant: string;
  /** Bytes of its data. */
  readonly size: number;
  /** Bytes to give back when it is written. */
  readonly taken: number;
}

/** What a call needs of the capture that it is part of. */
export interface CallKeeper {
  readonly memory: CaptureMemory;
  readonly sides: { readonly input: boolean; readonly output: boolean };
  newId(): string;
  sideOf(contentType: string): CapturedSide;
  /** There was no room for more of a call. */
  full(): void;
  /** Told once of each call: what is to be written, or why it is not captured. `dropped`: it was longer than there was room for. */
  over(call: FinishedCall | 'failed' | 'dropped'): void;
}

/** A call that is captured. Its chunks are held as they come, never copied; they must not be changed afterwards. */
export class CapturedCall {
  readonly #keeper: CallKeeper;
  readonly #head: CallHead;
  #input: Buffer[] | undefined;
  #output: Buffer[] | undefined;
  #outputType: string | undefined;
  #size = 0;
  #taken = callCost;
  #isDropped = false;
  #isOver = false;

  /** `callCost` has been taken for it. */
  constructor(keeper: CallKeeper, head: CallHead) {
    this.#keeper = keeper;
    this.#head = head;
    this.#input = keeper.sides.input ? [] : undefined;
    this.#output = keeper.sides.output ? [] : undefined;
  }

  /** A part of the request's body. */
  input(chunk: Buffer): void {
    if (this.#input !== undefined) this.#keep(this.#input, chunk);
  }

  /** The answer begins. */
  head(contentType: string | undefined): void {
    this.#outputType = contentType;
  }

  /** A part of the answer's body. */
  output(chunk: Buffer): void {
    if (this.#output !== undefined) this.#keep(this.#output, chunk);
  }

  /**
   * Nothing follows; a second time says nothing new. `isSuccess`: the client has the whole answer of the container, and its status is 200; what
   * failed is not captured.
   */
  over(isSuccess: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const call = isSuccess && !this.#isDropped ? this.#finished() : undefined;
    if (call === undefined) this.#letGo();
    this.#input = undefined; // what a client may still send is not captured
    this.#output = undefined;
    this.#keeper.over(call ?? (isSuccess ? 'dropped' : 'failed'));
  }

  #keep(side: Buffer[], chunk: Buffer): void {
    const cost = chunk.length + chunkCost;
    if (this.#keeper.memory.take(cost)) {
      side.push(chunk);
      this.#size += chunk.length;
      this.#taken += cost;
    } else {
      this.#isDropped = true;
      this.#letGo();
      this.#keeper.full();
    }
  }

  #letGo(): void {
    this.#keeper.memory.give(this.#taken);
    this.#taken = 0;
    this.#input = undefined;
    this.#output = undefined;
  }

  #finished(): FinishedCall {
    const { variant, contentType: inputType, inferenceId, customAttributes, inferenceTime } = this.#head;
    const input = this.#input && this.#keeper.sideOf(inputType ?? unknownContentType);
    const output = this.#output && this.#keeper.sideOf(this.#outputType ?? unknownContentType);
    const event = { eventId: this.#keeper.newId(), inferenceId, customAttributes, inferenceTime, input, output };
    return { event, input: this.#input, output: this.#output, variant, size: this.#size, taken: this.#taken };
  }
}
