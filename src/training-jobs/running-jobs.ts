import { setMaxListeners } from 'node:events';
import { isTrainingOver } from '../contract/status.ts';
import type { Emulator } from '../emulator.ts';
import { untilBack } from '../engine/steady.ts';
import { isError, reasonOf } from '../errors.ts';
import type { JobObserver } from '../jobs/events.ts';
import type { TrainingRecord } from '../jobs/record.ts';
import type { RunningJob } from '../jobs/running-job.ts';
import { relay, type StopSignals } from '../stop.ts';
import { goOnWithTraining } from './adopt.ts';

/** What a job is run with. */
export interface Way {
  readonly observer: JobObserver;
  readonly stops: StopSignals;
  readonly onJob: (job: RunningJob) => void;
}

/** Sees a job to its end. */
type Run = () => Promise<TrainingRecord>;

interface Running {
  readonly stop: AbortController;
  readonly kill: AbortController;
  /** Absent as long as it is not in hand. */
  job?: RunningJob;
  over?: Promise<void>;
}

/** The jobs that run in this process. What goes wrong with them is told to their observers. */
export class RunningJobs {
  readonly #emulator: Emulator;
  readonly #observer: (name: string) => JobObserver;
  readonly #running = new Map<string, Running>();
  readonly #leave = new AbortController();

  constructor(emulator: Emulator, observer: (name: string) => JobObserver) {
    this.#emulator = emulator;
    this.#observer = observer;
    setMaxListeners(0, this.#leave.signal); // each job listens
  }

  /** The state that a job of this process is in; undefined for others. */
  recordOf(name: string): TrainingRecord | undefined {
    return this.jobOf(name)?.record;
  }

  jobOf(name: string): RunningJob | undefined {
    return this.#running.get(name)?.job;
  }

  /** Runs a job, unless it is run already. `take` gets it in hand, or says that it need not be run; this settles when it has. Errors: those of `take`. */
  async start(name: string, take: (way: Way) => Promise<Run | undefined>): Promise<void> {
    if (this.#running.has(name)) return;
    const running: Running = { stop: new AbortController(), kill: new AbortController() };
    const stops = { stop: running.stop.signal, kill: running.kill.signal, leave: this.#leave.signal };
    const way: Way = {
      observer: this.#observer(name),
      stops,
      onJob: (job) => {
        running.job = job;
      },
    };
    this.#running.set(name, running);
    try {
      const run = await take(way);
      if (run) running.over = this.#toItsEnd(name, run, way).finally(() => this.#running.delete(name));
    } finally {
      if (!running.over) this.#running.delete(name);
    }
  }

  /** False for a job that does not run here. */
  stop(name: string): boolean {
    const running = this.#running.get(name);
    running?.stop.abort();
    return running !== undefined;
  }

  /** Settles when a job does not run here any more. */
  async over(name: string): Promise<void> {
    await this.#running.get(name)?.over;
  }

  async stopAll(hard?: AbortSignal): Promise<void> {
    const links = [...this.#running.values()].map(({ stop, kill }) => {
      stop.abort();
      return hard ? relay(hard, kill) : () => undefined;
    });
    await this.#allOver();
    for (const unlink of links) unlink();
  }

  async leave(): Promise<void> {
    this.#leave.abort();
    await this.#allOver();
  }

  async #allOver(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ over }) => over));
  }

  /** A job that this process could not see to its end, because the engine went away, goes on here as soon as that is back. */
  async #toItsEnd(name: string, first: Run, { observer, stops, onJob }: Way): Promise<void> {
    const { engine, trainingJobs } = this.#emulator;
    const leave = this.#leave.signal;
    const tell = (error: unknown): void => {
      if (error === leave.reason && leave.aborted) return;
      const remedy = isError(error) ? ` ${error.remedy}` : '';
      observer.event({ event: 'warning', message: `Training job ${name}: ${reasonOf(error)}${remedy}` });
    };
    try {
      for (let run = first; ; ) {
        const trouble = await run().then(
          () => undefined,
          (error: unknown) => ({ error }),
        );
        if (!trouble) return;
        tell(trouble.error);
        if (!isError(trouble.error, 'EngineUnreachable')) return;
        const record = await trainingJobs.read(name);
        if (!record || isTrainingOver(record.status)) return;
        await untilBack(engine, { patience: Number.POSITIVE_INFINITY, signal: leave });
        run = () => goOnWithTraining(this.#emulator, record, observer, stops, onJob);
      }
    } catch (error) {
      tell(error);
    }
  }
}
