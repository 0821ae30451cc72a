import type { JobEvent, JobObserver } from '../jobs/events.ts';
import { relay } from '../stop.ts';
import { EventFeed, type LogEvent, type ReadOptions, type Told } from './event-feed.ts';
import { refuseMisshapen } from './option-shapes.ts';
import type { TrainOptions } from './options.ts';
import type { Session } from './session.ts';
import type { TrainingResult } from './training-result.ts';

/** What is told of a job: each event with its time, lines of its containers among them. */
export type TrainingEvent = Told<JobEvent | LogEvent>;

/**
 * A training job under way, and, awaited, its result; so an async function that returns it returns the result. It is disposed when nobody wants it any more: a job that still runs is killed then, and
 * where it was ephemeral its files go.
 */
export class TrainingRun implements PromiseLike<TrainingResult>, AsyncDisposable {
  /** Rejects with an SmLocalError when the request is refused or the host is in trouble, and with the reason of the signal. */
  readonly result: Promise<TrainingResult>;
  readonly #feed = new EventFeed<JobEvent>();
  readonly #stop = new AbortController();
  readonly #kill = new AbortController();
  readonly #warnings: string[] = [];
  #isStopAsked = false;
  #session: Session | undefined;

  constructor(options: TrainOptions) {
    this.result = this.#run(options).finally(() => this.#feed.end());
    this.result.catch(() => {}); // whoever awaits it hears of it
  }

  /** Everything that is told of the job, from the first event on, at the pace of whoever reads; ends after the event `result`. */
  events(options?: ReadOptions): AsyncIterable<TrainingEvent> {
    return this.#feed.read(options);
  }

  /**
   * StopTrainingJob: SIGTERM, and SIGKILL after the grace, or at once with `now`. The job is `Stopped` then, unless it ends well in time. Where
   * it has not begun, because it is still planned or its image built, there is no job: `result` rejects with an AbortError.
   */
  async stop({ now = false } = {}): Promise<TrainingResult> {
    this.#isStopAsked = true;
    this.#stop.abort();
    if (now) this.#kill.abort();
    return await this.result;
  }

  // biome-ignore lint/suspicious/noThenProperty: the result is what most who begin a job wait for
  then<A = TrainingResult, B = never>(
    onResult?: ((result: TrainingResult) => A | PromiseLike<A>) | null,
    onError?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.result.then(onResult, onError);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopAsked = true;
    this.#stop.abort();
    this.#kill.abort();
    await this.result.catch(() => {}); // whoever awaits it hears of it
    await this.#session?.[Symbol.asyncDispose]();
    this.#session = undefined;
  }

  async #run(options: TrainOptions): Promise<TrainingResult> {
    refuseMisshapen(options, ['signal', 'ephemeral']);
    const { signal } = options;
    const forget = signal && relay(signal, this.#stop);
    try {
      signal?.throwIfAborted();
      // Loaded by those who use it: a program that only asks for canned replies does without.
      const { runAsked } = await import('./run-training.ts');
      const stops = { stop: this.#stop.signal, kill: this.#kill.signal };
      const keep = (session: Session): void => {
        this.#session = session;
      };
      const result = await runAsked(options, this.#observer, stops, keep);
      if (!this.#isStopAsked) signal?.throwIfAborted();
      return { ...result, warnings: this.#warnings };
    } catch (error) {
      await this.#session?.[Symbol.asyncDispose](); // there is no result whose files it would hold
      this.#session = undefined;
      throw error;
    } finally {
      forget?.();
    }
  }

  readonly #observer: JobObserver = {
    event: (event) => {
      if (event.event === 'warning') this.#warnings.push(event.message);
      this.#feed.event(event);
    },
    log: (host, file, from) => this.#feed.log(host, file, from),
  };
}

/**
 * Runs one training job on the user's own engine under SageMaker's contract: `sm-local train` as a function. It begins at once.
 *
 * ```ts
 * const { status, files } = await train({ image: './iris', input: { train: './data' }, hp: { epochs: 5 } });
 * ```
 */
export const train = (options: TrainOptions): TrainingRun => new TrainingRun(options);
