import type { SecondaryStatus } from '@aws-sdk/client-sagemaker';
import { algorithmError, artifactUploadFailed, internalServerError, outOfMemory } from '../contract/failure.ts';
import { isTrainingOver, messagesAfter } from '../contract/status.ts';
import type { KeptPool } from '../contract/warm-pools.ts';
import { elapsed } from '../units.ts';
import type { Cut } from './cut.ts';
import type { JobObserver } from './events.ts';
import type { FreshStart } from './fresh-start.ts';
import { type HostEnd, hasFailed } from './host.ts';
import { describeTraining, enter, say, type TrainingRecord, type TrainingRun } from './record.ts';

/** Where the record of the running job is kept. */
export interface RecordKeeper {
  put(record: TrainingRecord): void;
  /** Settles when what was put last is on the disk. */
  flush(): Promise<void>;
}

/** The record of a running job and everyone who wants to know of its changes. */
export class RunningJob {
  record: TrainingRecord;
  readonly observer: JobObserver;
  readonly #keeper: RecordKeeper;
  readonly #now: () => Date;
  #isLeft = false;
  #announced = '';
  readonly #followed = new Set<string>();
  readonly #metrics = new Map<string, { readonly value: number; readonly time: string }>();

  constructor(record: TrainingRecord, keeper: RecordKeeper, now: () => Date, observer: JobObserver) {
    this.record = record;
    this.#keeper = keeper;
    this.#now = now;
    this.observer = observer;
  }

  get isOver(): boolean {
    return isTrainingOver(this.record.status);
  }

  /** Whether a container of it runs or has run. */
  get isTraining(): boolean {
    return ['Training', 'Stopping', 'Uploading'].includes(this.record.secondaryStatus);
  }

  announce(grace?: number): void {
    const { status, secondaryStatus, transitions } = this.record;
    const message = transitions.at(-1)?.message ?? '';
    if (this.#announced !== `${status}/${secondaryStatus}`) this.observer.changed?.(describeTraining(this.record));
    this.#announced = `${status}/${secondaryStatus}`;
    this.observer.event({ event: 'status', status, secondaryStatus, message, ...(grace !== undefined && { grace }) });
  }

  warn(message: string): void {
    this.observer.event({ event: 'warning', message });
  }

  /** Told now, and again when the job is over: what a program could tell from the cloud. */
  deviates(message: string): void {
    this.warn(message);
    const { deviations = [] } = this.record;
    if (!deviations.includes(message)) this.#keep({ ...this.record, deviations: [...deviations, message] });
  }

  enter(secondaryStatus: SecondaryStatus, grace?: number): void {
    this.#keep(enter(this.record, secondaryStatus, this.#now()));
    this.announce(grace);
  }

  /** Another message while the status lasts. */
  say(message: string): void {
    this.#keep(say(this.record, message, this.#now()));
    this.announce();
  }

  /** How often it may still be tried again after a fault of the platform. */
  get retriesLeft(): number {
    const { request, run, status } = this.record;
    if (status !== 'InProgress') return 0; // whoever is stopped is not begun again
    return (request.RetryStrategy?.MaximumRetryAttempts ?? 0) - (run.retries ?? 0);
  }

  /** Its spot instances are gone, and what was on them. */
  interrupted(): void {
    this.training();
    this.#countAnd('interruptions', 'Interrupted');
  }

  /** The platform has failed, and begins again. */
  restarting(): void {
    this.#countAnd('retries', 'Restarting');
  }

  /** Both in one state on the disk: whoever goes on must not count it again. */
  #countAnd(what: 'interruptions' | 'retries', status: SecondaryStatus): void {
    const { run } = this.record;
    this.record = { ...this.record, run: { ...run, [what]: (run[what] ?? 0) + 1 } };
    this.enter(status);
  }

  /** The next attempt. */
  startAgain(): void {
    const { cut: _cut, outcomes: _outcomes, ...run } = this.record.run;
    this.record = { ...this.record, run };
    if (this.record.secondaryStatus !== 'Starting') this.enter('Starting');
  }

  /** Whether the log of this host was handed over before; from now on it was. */
  isFollowed(host: string): boolean {
    const isSo = this.#followed.has(host);
    this.#followed.add(host);
    return isSo;
  }

  /** A job that begins again after its process has gone is downloading already. */
  downloading(): void {
    if (this.record.secondaryStatus !== 'Downloading') this.#goOn('Downloading');
  }

  /** Once: a second try with another staging method is still the same training. */
  training(): void {
    if (this.record.secondaryStatus === 'Downloading') this.#goOn('Training');
  }

  /** To the next status by way of what the cloud still says of this one; here the instances and the image are there already. */
  #goOn(next: SecondaryStatus): void {
    const { secondaryStatus, transitions } = this.record;
    for (const message of messagesAfter(secondaryStatus, transitions.at(-1)?.message ?? '')) this.say(message);
    this.enter(next);
  }

  /** The hosts get SIGTERM now. When one of them has failed, the others are ended without the job's being `Stopping`. */
  cut(cause: Cut, grace: number): void {
    if (cause === 'HostFailed') {
      const message = `A host has failed; the others get SIGTERM, and SIGKILL after ${elapsed(grace)}.`;
      this.observer.event({ event: 'warning', message });
      return;
    }
    if (cause === 'Interrupted') {
      this.keepRun({ cut: { cause, time: this.#now().toISOString() } });
      this.warn(`The spot instances are interrupted: SIGTERM now, and SIGKILL after ${elapsed(grace)}.`);
      return;
    }
    this.training(); // its container may have been started without anybody living to say so
    // Both in one state on the disk: whoever goes on with a job that was cut need not say so again.
    this.record = { ...this.record, run: { ...this.record.run, cut: { cause, time: this.#now().toISOString() } } };
    this.enter('Stopping', grace);
  }

  uploading(ends: readonly HostEnd[]): void {
    const outcomes = Object.fromEntries(ends.map(({ host, outputs: _outputs, ...outcome }) => [host, outcome]));
    this.training();
    this.keepRun({ outcomes });
    if (this.record.secondaryStatus !== 'Uploading') this.enter('Uploading');
  }

  /** The latest value counts, in whichever order the logs of several hosts are read. */
  metric(name: string, value: number, time: Date): void {
    const at = time.toISOString();
    const known = this.#metrics.get(name);
    if (known === undefined || known.time <= at) this.#metrics.set(name, { value, time: at });
  }

  keepLog(host: string, path: string): void {
    this.#keep({ ...this.record, files: { ...this.record.files, logs: { ...this.record.files.logs, [host]: path } } });
  }

  /** In an S3 elsewhere. */
  keepStored(kind: 'model' | 'output', uri: string): void {
    const { files } = this.record;
    this.#keep({ ...this.record, files: { ...files, stored: { ...files.stored, [kind]: uri } } });
  }

  keepFile(kind: 'model' | 'output' | 'collected', path: string): void {
    this.#keep({ ...this.record, files: { ...this.record.files, [kind]: path } });
  }

  keepPool(warmPool: KeptPool): void {
    this.#keep({ ...this.record, warmPool });
  }

  keepRun(changes: Partial<TrainingRun>): void {
    this.#keep({ ...this.record, run: { ...this.record.run, ...changes } });
  }

  /** What it will be run as is known. */
  planned({ plan, run }: Pick<FreshStart, 'plan' | 'run'>): void {
    this.#keep({ ...this.record, imageId: plan.image.id, run: { ...this.record.run, ...run } });
  }

  /** Somebody has changed what may be changed while it runs. */
  changeRequest(request: TrainingRecord['request']): void {
    this.#keep({ ...this.record, request, modifiedTime: this.#now().toISOString() });
  }

  /** The outcome in AWS's order of causes: a stop or limit decides before exit codes do, and of these the first that is not 0. */
  end(ends: readonly HostEnd[]): void {
    this.#keep({ ...this.record, metrics: [...this.#metrics].map(([name, last]) => ({ name, ...last })) });
    const causes = new Set(ends.map(({ cut }) => cut));
    const [first] = ends.filter(hasFailed).sort((one, other) => (one.time < other.time ? -1 : 1));
    const unsynced = ends.flatMap((end) => end.unsynced ?? []).join(' ');
    if (unsynced !== '') this.#keepUnsynced(unsynced);
    if (unsynced !== '' && !first) this.fail(artifactUploadFailed(unsynced));
    else if (causes.has('MaxRuntimeExceeded')) this.enter('MaxRuntimeExceeded');
    else if (causes.has('MaxWaitTimeExceeded')) this.enter('MaxWaitTimeExceeded');
    else if (causes.has('StopRequested')) this.enter('Stopped');
    else if (first) this.#failWith(first);
    else this.enter('Completed');
  }

  /** What could not be copied stays where it is. */
  #keepUnsynced(why: string): void {
    const { scratch } = this.record.run;
    if (scratch !== undefined) this.keepFile('collected', scratch);
    this.warn(`${why} What the job has left is kept in ${scratch}.`);
  }

  #failWith({ exit, isLost, outputs }: HostEnd): void {
    // The failure was noticed when the upload began.
    const failureTime = this.record.transitions.at(-1)?.startTime;
    if (failureTime !== undefined) this.#keep({ ...this.record, failureTime });
    this.fail(isLost ? internalServerError() : exit.oomKilled ? outOfMemory() : algorithmError(exit.code, outputs.failure));
  }

  fail(failureReason: string): void {
    if (this.isOver) return;
    this.#keep({ ...this.record, failureReason });
    this.enter('Failed');
  }

  stopped(): void {
    if (this.record.status === 'InProgress') this.enter('Stopping');
    this.enter('Stopped');
  }

  /** Settles when the record is on the disk. Errors: DiskTrouble; then whoever reads the record sees the job unfinished. */
  async safe(): Promise<void> {
    try {
      await this.#keeper.flush();
    } catch (error) {
      this.tellLeft();
      throw error;
    }
  }

  /** It goes on without this process. */
  tellLeft(): void {
    if (!this.#isLeft) this.warn('The job is not over: the next train, serve, stop or clean goes on with it.');
    this.#isLeft = true;
  }

  #keep(record: TrainingRecord): void {
    this.record = record;
    this.#keeper.put(record);
  }
}
