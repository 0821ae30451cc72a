import { Distribution, Sample } from './distribution.ts';
import { clientLeft, type InvocationOver } from './reply.ts';

/** As CloudWatch calls them: namespace AWS/SageMaker, dimensions EndpointName and VariantName. */
export type MetricName = keyof Tally['metrics'];

/**
 * The metrics of some invocations. Each sends 1 or 0 to each count of errors, so that their average is the share that failed, and to
 * InvocationsPerInstance 1 by the number of instances. Source: "Monitor Amazon SageMaker AI with Amazon CloudWatch", endpoint invocation metrics.
 */
export class Tally {
  readonly metrics = {
    Invocations: new Sample(),
    Invocation4XXErrors: new Sample(),
    Invocation5XXErrors: new Sample(),
    InvocationModelErrors: new Sample(),
    InvocationsPerInstance: new Sample(),
    ModelLatency: new Distribution(),
    OverheadLatency: new Distribution(),
  };

  /** `instances`: how many were in rotation when it came. */
  add(over: InvocationOver, instances: number): void {
    const { metrics } = this;
    const { status } = over;
    metrics.Invocations.add(1);
    metrics.Invocation4XXErrors.add(status >= 400 && status < 500 ? 1 : 0);
    metrics.Invocation5XXErrors.add(status >= 500 && status < 600 ? 1 : 0);
    metrics.InvocationModelErrors.add(isModelError(over) ? 1 : 0);
    metrics.InvocationsPerInstance.add(1 / Math.max(1, instances));
    metrics.ModelLatency.add(microseconds(over.modelLatency));
    metrics.OverheadLatency.add(overhead(over));
  }

  clear(): void {
    for (const sample of Object.values(this.metrics)) sample.clear();
  }
}

/** No status of 2xx, or no whole answer; that a client left is no failure of the model. */
const isModelError = ({ status, trouble }: InvocationOver): boolean => status > 299 || (trouble !== undefined && trouble !== clientLeft);

/** Whole ones, as a `Distribution` takes them. */
export const microseconds = (milliseconds: number): number => Math.min(Math.max(0, Math.round(milliseconds * 1000)), 2 ** 32 - 1);

/** What the request took besides the model, in microseconds. */
export const overhead = ({ took, modelLatency }: InvocationOver): number => microseconds(took - modelLatency);

/** The tallies of the last so many seconds or minutes; those of older ones are used again. */
export class TallyRing {
  readonly #length: number;
  readonly #size: number;
  readonly #slots: (Slot | undefined)[];

  /** `length`: milliseconds of one; `size`: how many are kept. */
  constructor(length: number, size: number) {
    this.#length = length;
    this.#size = size;
    this.#slots = Array.from({ length: size }, () => undefined);
  }

  /** That of a moment, in milliseconds since 1970. */
  at(time: number): Tally {
    const number = Math.floor(time / this.#length);
    const index = number % this.#size;
    const slot = this.#slots[index];
    if (slot?.number === number) return slot.tally;
    if (slot === undefined) {
      const tally = new Tally();
      this.#slots[index] = { number, tally };
      return tally;
    }
    slot.number = number;
    slot.tally.clear();
    return slot.tally;
  }

  /** Those that have a part in the time from `from` up to, but not at, `to`. */
  between(from: number, to: number): readonly Tally[] {
    const [first, end] = [Math.floor(from / this.#length), Math.ceil(to / this.#length)];
    return this.#slots.flatMap((slot) => (slot && slot.number >= first && slot.number < end ? [slot.tally] : []));
  }

  /** When the oldest one that is kept at a moment began. */
  beginAt(time: number): number {
    return (Math.floor(time / this.#length) - this.#size + 1) * this.#length;
  }
}

interface Slot {
  /** Of its second or minute, since 1970. */
  number: number;
  readonly tally: Tally;
}
