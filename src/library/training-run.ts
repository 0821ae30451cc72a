import type { CreateTrainingJobRequest, DescribeTrainingJobResponse } from '@aws-sdk/client-sagemaker';
import type { Emulator } from '../emulator.ts';
import type { JobEvent, JobFiles, JobObserver } from '../jobs/events.ts';
import { describeTraining, type TrainingRecord } from '../jobs/record.ts';
import { sourceCode } from '../options/code-flags.ts';
import { trainOptions } from '../options/train-options.ts';
import { trainingSpec } from '../options/training-spec.ts';
import { Scope } from '../scope.ts';
import { relay } from '../stop.ts';
import { metricFile } from '../store/log-names.ts';
import { type DataPoint, readMetrics } from '../store/metric-log.ts';
import { planTraining, train as runTraining, type TrainingSpec } from '../training-jobs/train.ts';
import { EventFeed, type LogEvent, type ReadOptions, type Told } from './event-feed.ts';
import type { TrainGiven } from './given-options.ts';
import { ask, inOwnWords, openSession, type Session, type SessionOptions } from './session.ts';

/** What `train` takes: the options of `sm-local train`, and what a program says beside them. */
export interface TrainOptions extends TrainGiven, SessionOptions {
  /** An image, or a directory with a Dockerfile, which is built first. May be left out where the request, or the project file, names one. */
  readonly image?: string;
  /** A CreateTrainingJob request that everything else goes on top of; `request` names a file with one. */
  readonly requestMembers?: Partial<CreateTrainingJobRequest>;
}

/** What is told of a job: each event with its time, lines of its containers among them. */
export type TrainingEvent = Told<JobEvent | LogEvent>;

/** How a job came out. A job that failed is a result as well. */
export interface TrainingResult {
  readonly name: string;
  readonly arn: string;
  readonly status: 'Completed' | 'Failed' | 'Stopped';
  /** Also `MaxRuntimeExceeded`, `Interrupted`, … */
  readonly secondaryStatus: string;
  /** DescribeTrainingJob's, of a job that failed. */
  readonly failureReason: string | undefined;
  /** DescribeTrainingJob's answer. */
  readonly describe: DescribeTrainingJobResponse;
  /** Where the artifacts and the logs lie. */
  readonly files: JobFiles;
  /** Every data point that the metric definitions found in the logs, in the order of each host's log. */
  readonly metrics: readonly Metric[];
  /** What was warned of meanwhile. */
  readonly warnings: readonly string[];
}

export interface Metric {
  readonly name: string;
  readonly value: number;
  readonly host: string;
  readonly time: Date;
}

/**
 * A training job under way, and, awaited, its result. It is disposed when nobody wants it any more: a job that still runs is killed then, and
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

  /** StopTrainingJob: SIGTERM, and SIGKILL after the grace, or at once with `now`. The job is `Stopped` then, unless it ends well in time. */
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
    const { signal } = options;
    const scope = new Scope();
    if (signal) scope.defer(relay(signal, this.#stop));
    try {
      signal?.throwIfAborted();
      const { image, values, surroundings } = await inOwnWords(() => ask('train', trainOptions, options, ['requestMembers']));
      const session = await openSession(options, values, surroundings);
      // An ephemeral one holds the files of the result, and stays until the run is disposed.
      if (options.ephemeral) this.#session = session;
      else scope.use(session);
      const output = values.output ?? (await session.directory?.('output'));
      const { spec } = await inOwnWords(() => trainingSpec(image, { ...values, output }, surroundings, options.requestMembers));
      const onWarning = (message: string): void => this.#observer.event({ event: 'warning', message });
      const { cwd } = surroundings;
      const source = await inOwnWords(() => sourceCode(values, { cwd, purpose: 'training', onWarning }, this.#stop.signal));
      const record = await this.#train(session.emulator, { ...spec, ...(source && { source }) });
      if (!this.#isStopAsked) signal?.throwIfAborted();
      return await resultOf(record, session.emulator, this.#warnings);
    } finally {
      await scope[Symbol.asyncDispose]();
    }
  }

  async #train(emulator: Emulator, spec: TrainingSpec): Promise<TrainingRecord> {
    const plan = await planTraining(emulator, spec, this.#observer, this.#stop.signal);
    return await runTraining(emulator, plan, this.#observer, { stop: this.#stop.signal, kill: this.#kill.signal });
  }

  readonly #observer: JobObserver = {
    event: (event) => {
      if (event.event === 'warning') this.#warnings.push(event.message);
      this.#feed.event(event);
    },
    log: (host, file, from) => this.#feed.log(host, file, from),
  };
}

async function resultOf(record: TrainingRecord, { home, now }: Emulator, warnings: readonly string[]): Promise<TrainingResult> {
  const { name, arn, status, secondaryStatus, failureReason, files } = record;
  const definitions = record.request.AlgorithmSpecification?.MetricDefinitions ?? [];
  const metrics: Metric[] = [];
  if (definitions.length > 0) {
    for await (const point of readMetrics(metricFile(home.logs, 'training-jobs', name))) metrics.push(metricOf(point));
  }
  return {
    ...{ name, arn, secondaryStatus, failureReason, files, warnings },
    status: status as TrainingResult['status'],
    describe: describeTraining(record, now()),
    metrics,
  };
}

const metricOf = ({ name, value, host, time }: DataPoint): Metric => ({ name, value, host, time: new Date(time) });

/**
 * Runs one training job on the user's own engine under SageMaker's contract: `sm-local train` as a function. It begins at once.
 *
 * ```ts
 * const { status, files } = await train({ image: './iris', input: { train: './data' }, hp: { epochs: 5 } });
 * ```
 */
export const train = (options: TrainOptions): TrainingRun => new TrainingRun(options);
