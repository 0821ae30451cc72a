import { setTimeout as sleep } from 'node:timers/promises';
import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import type { Container, Engine, Exit, FileChange, StartedContainer } from '../../engine/engine.ts';
import type { JobObserver } from '../../jobs/events.ts';
import type { TrainingRecord } from '../../jobs/record.ts';
import type { StopSignals } from '../../stop.ts';
import { tail } from '../../store/log-reader.ts';
import { planTraining, type TrainingSpec, train } from '../../training-jobs/train.ts';
import type { Examination } from '../examination.ts';
import { beginningAt, entryAt, type TreeEntry, treeOf } from './container-tree.ts';
import { type ProgramWatch, type SeenTerm, watchProgram } from './program-watch.ts';

/** A training job that was run to see what the image makes of it. */
export interface TrainingTrial {
  readonly name: string;
  readonly request: CreateTrainingJobRequest;
  readonly status: string;
  /** In the cloud's words. */
  readonly failureReason: string | undefined;
  /** Undefined where it never began. */
  readonly exit: Exit | undefined;
  /** Seconds from the start of its program to its end. */
  readonly took: number;
  /** Why it was ended from here: the time for trials was over, it turned out to be a server, or to be stopped was the trial. */
  readonly cut: 'limit' | 'server' | 'stop' | undefined;
  /** Seconds from SIGTERM to the end, where it was stopped. */
  readonly stopTook: number | undefined;
  /** It went on after that as if there had been no signal, and was killed. */
  readonly isDeaf: boolean;
  readonly lastLines: readonly string[];
  /** The beginning of /opt/ml/output/failure; undefined where there is none. */
  readonly failure: string | undefined;
  /** Channels in Pipe mode that it left alone. */
  readonly unopened: readonly string[];
  /** What is below /opt/ml/model and /opt/ml/output; nothing where files were not asked for. */
  readonly model: readonly TreeEntry[];
  readonly output: readonly TreeEntry[];
  /** In the container's own file system, likewise. */
  readonly changes: readonly FileChange[];
  /** The files among those that are of interest, the first of them where they are many. */
  readonly writtenFiles: readonly WrittenFile[];
  /** What its first process did about SIGTERM; undefined where that could not be seen. */
  readonly term: SeenTerm | undefined;
  /** Nobody can look at its first process: the engine runs elsewhere, and the image has no `cat`. */
  readonly isHidden: boolean;
  /** The model, unpacked, on this machine. */
  readonly modelDirectory: string | undefined;
}

export interface WrittenFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

export interface TrialOptions {
  readonly spec: TrainingSpec;
  /** Seconds that its program may take. */
  readonly limit: number;
  /** Of a processor, so that nothing it does is over too soon to be seen. */
  readonly cpus?: number;
  /** It is ended when it listens on the port of servers. */
  readonly mindsServers?: boolean;
  /** Stops it as StopTrainingJob does as soon as it hears SIGTERM. */
  readonly stops?: boolean;
  /** What it leaves is listed, which takes all of it through the engine. */
  readonly listsFiles?: boolean;
  /** Which changed paths are looked up. */
  readonly isOfInterest: (path: string) => boolean;
}

/** Runs it to its end. Errors: those of `planTraining`; trouble of the engine and the disk; the examination's own end. */
export async function runTrial({ emulator, observer, signal }: Examination, options: TrialOptions): Promise<TrainingTrial> {
  const { engine } = emulator;
  const plan = await planTraining(emulator, options.spec, silent(observer), signal);
  using trial = new RunningTrial(engine, plan.hosts[0]?.host ?? 'algo-1', options, signal);
  const { cpus } = options;
  const { memory } = await engine.describe();
  const hosts = cpus === undefined ? plan.hosts : plan.hosts.map((host) => ({ ...host, limits: { memory, ...host.limits, cpus } }));
  const record = await train(emulator, { ...plan, hosts }, silent(observer), trial.stops, trial);
  signal.throwIfAborted();
  return await trial.outcome(record, plan.request);
}

/** It ended by itself, and well. */
export const isSuccess = ({ cut, exit, status }: TrainingTrial): boolean => cut === undefined && exit?.code === 0 && status === 'Completed';

/** It ended by itself, as a program does that has failed. */
export const hasFailed = ({ cut, exit }: TrainingTrial): boolean => cut === undefined && exit !== undefined && exit.code !== 0;

/** It says that it failed, and its exit code does not. */
export const claimsFailure = ({ cut, exit, failure }: TrainingTrial): boolean =>
  cut === undefined && exit?.code === 0 && failure !== undefined && failure.trim() !== '';

/** Seen through the job's own hooks. */
class RunningTrial implements Disposable {
  readonly stops: StopSignals;
  readonly #engine: Engine;
  readonly #host: string;
  readonly #options: TrialOptions;
  readonly #signal: AbortSignal;
  readonly #stop = new AbortController();
  readonly #kill = new AbortController();
  readonly #over = new AbortController();
  #begun: number | undefined;
  #ended = 0;
  #asked: number | undefined;
  #cut: TrainingTrial['cut'];
  #isDeaf = false;
  #exit: Exit | undefined;
  #container: StartedContainer | undefined;
  #watch: ProgramWatch | undefined;
  #found: Pick<TrainingTrial, 'failure' | 'unopened' | 'model' | 'output' | 'changes' | 'writtenFiles'> = {
    ...nothingListed,
    failure: undefined,
    unopened: [],
  };

  constructor(engine: Engine, host: string, options: TrialOptions, signal: AbortSignal) {
    this.#engine = engine;
    this.#host = host;
    this.#options = options;
    this.#signal = signal;
    this.stops = { stop: this.#stop.signal, kill: this.#kill.signal };
    signal.addEventListener('abort', this.#leave, { once: true });
    if (signal.aborted) this.#leave();
  }

  readonly started = (host: string, container: StartedContainer): void => {
    if (host !== this.#host) return;
    this.#begun = performance.now();
    void container.exited.then(this.#end, this.#end);
    this.#container = container;
    this.#watch = watchProgram(
      this.#engine,
      container,
      { over: this.#over.signal, mayHalt: this.#options.stops === true },
      {
        heard: () => {
          if (this.#options.stops) this.#cutFor('stop');
        },
        served: () => {
          if (this.#options.mindsServers) this.#cutFor('server');
        },
        deaf: () => {
          this.#isDeaf = true;
          this.#kill.abort();
        },
      },
    );
    void sleep(this.#options.limit * 1000, undefined, { signal: this.#over.signal }).then(
      () => this.#cutFor('limit'),
      () => {}, // it ended before
    );
  };

  readonly ended = async (host: string, container: Container, unopened: readonly string[]): Promise<void> => {
    if (host !== this.#host) return;
    this.#end();
    await this.#watch?.ended;
    this.#exit = (await container.inspect()).exit;
    // It may have ended just before the signal was sent.
    if (this.#cut === 'stop' && !(await this.#container?.wasSignalled())) this.#asked = undefined;
    const failure = await beginningAt(container, '/opt/ml/output/failure', this.#signal);
    this.#found = { ...(this.#options.listsFiles ? await this.#listed(container) : nothingListed), failure, unopened };
  };

  async #listed(container: Container) {
    const model = await treeOf(container, '/opt/ml/model', this.#signal);
    const output = await treeOf(container, '/opt/ml/output', this.#signal);
    const changes = await container.changes();
    return { model, output, changes, writtenFiles: await this.#filesOf(container, changes) };
  }

  async outcome(record: TrainingRecord, request: CreateTrainingJobRequest): Promise<TrainingTrial> {
    const { name, status, failureReason, files } = record;
    const log = files.logs[this.#host];
    const { model } = files;
    return {
      ...{
        name,
        request,
        status,
        failureReason,
        exit: this.#exit ?? exitIn(failureReason),
        cut: this.#cut,
        ...this.#found,
        modelDirectory: model,
      },
      took: this.#begun === undefined ? 0 : (this.#ended - this.#begun) / 1000,
      stopTook: this.#asked === undefined ? undefined : (this.#ended - this.#asked) / 1000,
      isDeaf: this.#isDeaf,
      lastLines: log === undefined ? [] : await lastLines(log),
      term: this.#watch?.term,
      isHidden: this.#watch?.isHidden ?? false,
    };
  }

  [Symbol.dispose](): void {
    this.#over.abort();
    this.#signal.removeEventListener('abort', this.#leave);
  }

  readonly #end = (): void => {
    if (this.#over.signal.aborted) return;
    this.#ended = performance.now();
    this.#over.abort();
  };

  /** Whoever asked for the examination leaves: there is nothing to be saved. */
  readonly #leave = (): void => {
    this.#stop.abort(this.#signal.reason);
    this.#kill.abort(this.#signal.reason);
  };

  /** Only a stop has its grace. */
  #cutFor(why: NonNullable<TrainingTrial['cut']>): void {
    if (this.#cut === 'stop' && why === 'limit') return; // the grace is its limit now
    this.#cut ??= why;
    if (why === 'stop') this.#asked = performance.now();
    this.#stop.abort(new Error(`the trial is cut: ${why}`));
    if (why !== 'stop') this.#kill.abort(new Error(`the trial is cut: ${why}`));
  }

  async #filesOf(container: Container, changes: readonly FileChange[]): Promise<readonly WrittenFile[]> {
    const parents = new Set(changes.map(({ path }) => path.slice(0, path.lastIndexOf('/'))));
    const leaves = changes.filter(({ path, kind }) => kind !== 'deleted' && !parents.has(path) && this.#options.isOfInterest(path));
    const files: WrittenFile[] = [];
    for (const { path } of leaves.slice(0, mostFiles)) {
      const entry = await entryAt(container, path, this.#signal);
      if (entry?.kind === 'file') files.push({ path, size: entry.size });
    }
    return files;
  }
}

/** Of a program that could not be started there is only what the cloud says of it. */
function exitIn(failureReason = ''): Exit | undefined {
  const [, code] = /exit code: (\d+)$/.exec(failureReason) ?? [];
  return code === undefined ? undefined : { code: Number(code), oomKilled: false };
}

/** Looking one up takes an engine some 20 ms. */
const mostFiles = 20;

const nothingListed = { model: [], output: [], changes: [], writtenFiles: [] };

/** Warnings are about the request, which is ours for the most part; what comes of it is found here. */
const silent = (observer: Examination['observer']): JobObserver => ({
  event(event) {
    if (event.event === 'build') observer.event(event);
  },
  log() {},
});

const lastLines = async (log: string): Promise<readonly string[]> => (await tail(log, 20)).map(({ message }) => message);
