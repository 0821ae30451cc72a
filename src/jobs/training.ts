import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SecondaryStatus } from '@aws-sdk/client-sagemaker';
import { algorithmError, artifactUploadFailed, internalServerError, outOfMemory } from '../contract/failure.ts';
import { metricExtractor } from '../contract/metrics.ts';
import type { Engine, EngineDescription } from '../engine/engine.ts';
import { isError, reasonOf } from '../errors.ts';
import { Scope } from '../scope.ts';
import type { TemporaryDirectory } from '../store/home.ts';
import { LogFile } from '../store/log-file.ts';
import { packDirectories } from '../store/pack.ts';
import type { JobObserver } from './events.ts';
import { type HostOutcome, type HostRun, runHost } from './host.ts';
import { localPath } from './inputs.ts';
import type { HostPlan, TrainingPlan } from './plan.ts';
import { describeTraining, enter, modelUri, type TrainingRecord } from './record.ts';
import { isOverlayRefused } from './staging.ts';
import type { StopSignals } from './stop.ts';
import { chooseStrategy, type Outputs, type WorkspaceStrategy } from './workspace.ts';

export interface TrainingDeps {
  readonly engine: Engine;
  readonly description: EngineDescription;
  /** Directory of all logs. */
  readonly logs: string;
  readonly temporaryDirectory: () => Promise<TemporaryDirectory>;
  readonly now: () => Date;
  /** Forces a strategy; worked out when absent. */
  readonly workspace?: WorkspaceStrategy;
}

/** Where the record of the running job is kept. */
export interface RecordKeeper {
  put(record: TrainingRecord): void;
}

/**
 * Runs a planned job to its end and tells its story: Starting, Downloading, Training, Uploading, and one of Completed, Failed, Stopped and
 * MaxRuntimeExceeded. Everything made in the engine is removed on every path. Trouble of the host is thrown after the job was recorded as
 * failed; what the image does wrong is an outcome.
 */
export async function runTraining(
  plan: TrainingPlan,
  first: TrainingRecord,
  keeper: RecordKeeper,
  deps: TrainingDeps,
  observer: JobObserver,
  stops: StopSignals,
): Promise<TrainingRecord> {
  const job = new RunningJob(first, keeper, deps.now, observer);
  observer.event({ event: 'plan', name: plan.name, arn: plan.arn, image: first.imageId, hosts: plan.hosts.map(({ host }) => host) });
  job.announce();
  try {
    await using scratch = await deps.temporaryDirectory();
    await execute(plan, job, scratch.path, deps, observer, stops);
  } catch (error) {
    if (stops.kill.aborted && error === stops.kill.reason) {
      job.stopped(); // the second Ctrl-C while the archives were being written: there are none
      return job.record;
    }
    job.fail(reasonOfTrouble(error, job.record));
    throw error;
  } finally {
    observer.event({ event: 'result', describe: describeTraining(job.record), files: job.record.files });
  }
  return job.record;
}

/** What the cloud would say of trouble that is not the image's. */
const reasonOfTrouble = (error: unknown, { secondaryStatus }: TrainingRecord): string =>
  secondaryStatus === 'Uploading' && isError(error) ? artifactUploadFailed(error.message) : internalServerError();

async function execute(
  plan: TrainingPlan,
  job: RunningJob,
  scratch: string,
  deps: TrainingDeps,
  observer: JobObserver,
  stops: StopSignals,
): Promise<void> {
  if (stops.stop.aborted) return job.stopped();
  job.enter('Downloading');
  const deadline = deps.now().getTime() + plan.maxRuntime * 1000;
  await using engineScope = new Scope();

  const host = plan.hosts[0] as HostPlan; // several hosts are refused when the job is planned
  await using log = await openLog(plan, host, job, deps, observer);
  const ended = await runWithFallback(host, observer, (method) => ({
    engine: deps.engine,
    image: plan.image.id,
    strategy: deps.workspace ?? chooseStrategy(deps.description, process.getuid?.()),
    method,
    staging: { engine: deps.engine, id: `sm-local-${randomUUID().slice(0, 13)}`, labels: host.labels, scratch, scope: engineScope },
    log,
    stops,
    remaining: () => Math.max(0, (deadline - deps.now().getTime()) / 1000),
    grace: plan.stopGrace,
    onStarting: () => job.training(),
    onCut: () => job.stopping(plan.stopGrace),
  }));
  await log.close();

  // Removal needs nothing that packing touches, so they go side by side; both are awaited.
  const removed = engineScope[Symbol.asyncDispose]();
  removed.catch(() => {});
  job.enter('Uploading');
  await upload(plan, [ended.outputs], job, observer, stops.kill);
  await removed;
  job.end(ended, ended.outputs.failure);
}

/** A second try with copies where the engine's kernel or file system refuses overlays; said, because it costs time and disk. */
async function runWithFallback(host: HostPlan, observer: JobObserver, runOf: (method: 'overlay' | 'copy') => HostRun) {
  try {
    return await runHost(host, runOf('overlay'));
  } catch (error) {
    if (!isOverlayRefused(error)) throw error;
    observer.event({
      event: 'warning',
      message: `Channels are copied, because the engine refused a copy-on-write view: ${reasonOf(error)}`,
    });
    const again = runOf('copy');
    await again.staging.scope[Symbol.asyncDispose]();
    return await runHost(host, again);
  }
}

async function openLog(
  plan: TrainingPlan,
  host: HostPlan,
  job: RunningJob,
  deps: TrainingDeps,
  observer: JobObserver,
): Promise<LogFile & AsyncDisposable> {
  const path = join(deps.logs, 'training-jobs', plan.name, `${host.host}.log`);
  await mkdir(dirname(path), { recursive: true });
  const log = await LogFile.create(path);
  const extract = metricExtractor(plan.request.AlgorithmSpecification?.MetricDefinitions ?? []);
  log.onLine(({ time, message }) => {
    for (const { name, value } of extract(message)) {
      job.metric(name, value, new Date(time));
      observer.event({ event: 'metric', name, value, host: host.host });
    }
  });
  job.keepLog(host.host, path);
  observer.log(host.host, log);
  return log;
}

/** The two archives, as the cloud lays them out; an empty directory gives none. */
async function upload(
  plan: TrainingPlan,
  outputs: readonly Outputs[],
  job: RunningJob,
  observer: JobObserver,
  signal: AbortSignal,
): Promise<void> {
  const model = localPath(modelUri(plan.request), 'OutputDataConfig.S3OutputPath');
  const output = join(dirname(model), 'output.tar.gz');
  const onWarning = (message: string): void => observer.event({ event: 'warning', message });
  const models = outputs.map((host) => host.model);
  const data = outputs.map((host) => host.outputData);
  await mkdir(dirname(model), { recursive: true });
  const packed = await packDirectories(models, model, { signal, onWarning, seenAs: '/opt/ml/model' });
  if (packed) job.keepFile('model', model);
  if (await packDirectories(data, output, { signal, onWarning, seenAs: '/opt/ml/output/data' })) job.keepFile('output', output);
}

/** The record of a running job and everyone who wants to know of its changes. */
class RunningJob {
  record: TrainingRecord;
  readonly #keeper: RecordKeeper;
  readonly #now: () => Date;
  readonly #observer: JobObserver;
  readonly #metrics = new Map<string, { readonly value: number; readonly time: string }>();

  constructor(record: TrainingRecord, keeper: RecordKeeper, now: () => Date, observer: JobObserver) {
    this.record = record;
    this.#keeper = keeper;
    this.#now = now;
    this.#observer = observer;
  }

  announce(grace?: number): void {
    const { status, secondaryStatus, transitions } = this.record;
    const message = transitions.at(-1)?.message ?? '';
    this.#observer.event({ event: 'status', status, secondaryStatus, message, ...(grace !== undefined && { grace }) });
  }

  enter(secondaryStatus: SecondaryStatus, grace?: number): void {
    this.#keep(enter(this.record, secondaryStatus, this.#now()));
    this.announce(grace);
  }

  /** Once: a second try with another staging method is still the same training. */
  training(): void {
    if (this.record.secondaryStatus === 'Downloading') this.enter('Training');
  }

  stopping(grace: number): void {
    this.enter('Stopping', grace);
  }

  metric(name: string, value: number, time: Date): void {
    this.#metrics.set(name, { value, time: time.toISOString() });
  }

  keepLog(host: string, path: string): void {
    this.#keep({ ...this.record, files: { ...this.record.files, logs: { ...this.record.files.logs, [host]: path } } });
  }

  keepFile(kind: 'model' | 'output', path: string): void {
    this.#keep({ ...this.record, files: { ...this.record.files, [kind]: path } });
  }

  /** The outcome in AWS's order of causes: a stop or limit decides before the exit code does. */
  end({ exit, cut }: HostOutcome, failureFile: string | undefined): void {
    this.#keep({ ...this.record, metrics: [...this.#metrics].map(([name, last]) => ({ name, ...last })) });
    if (cut === 'MaxRuntimeExceeded') this.enter('MaxRuntimeExceeded');
    else if (cut === 'StopRequested') this.enter('Stopped');
    else if (exit.code === 0) this.enter('Completed');
    else this.fail(exit.oomKilled ? outOfMemory() : algorithmError(exit.code, failureFile));
  }

  fail(failureReason: string): void {
    const { status } = this.record;
    if (status === 'Completed' || status === 'Failed' || status === 'Stopped') return;
    this.#keep({ ...this.record, failureReason });
    this.enter('Failed');
  }

  stopped(): void {
    if (this.record.status === 'InProgress') this.enter('Stopping');
    this.enter('Stopped');
  }

  #keep(record: TrainingRecord): void {
    this.record = record;
    this.#keeper.put(record);
  }
}
