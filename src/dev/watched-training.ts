import type { Emulator } from '../emulator.ts';
import { type Blame, isError } from '../errors.ts';
import type { ImageRequest } from '../image.ts';
import type { JobObserver } from '../jobs/events.ts';
import type { TrainingRecord } from '../jobs/record.ts';
import { eitherOf, relay, type StopSignals } from '../stop.ts';
import { discarding } from '../training-jobs/discard.ts';
import { planTraining, type TrainingJobPlan, type TrainingSpec, train } from '../training-jobs/train.ts';
import type { CodeWatch } from './code-watch.ts';
import { freeName } from './free-name.ts';
import type { ImageUpdates, Update } from './image-updates.ts';
import type { Wishes } from './wishes.ts';

/** Why another run begins: what has changed and what follows from it, or a key. */
export type TrainingWish =
  | { readonly why: 'changed'; readonly files: readonly string[]; readonly update: Exclude<Update, { kind: 'none' }> }
  | { readonly why: 'rebuild'; readonly update: Update & { readonly kind: 'build' } }
  | { readonly why: 'again' };

/** Both, as one: what changes the image also counts when what comes after it does not. */
export function joined(waiting: TrainingWish, wish: TrainingWish): TrainingWish {
  if (wish.why === 'again') return waiting;
  if (wish.why === 'rebuild' || waiting.why === 'again') return wish;
  const isBuilt = wish.update.kind === 'build';
  if (waiting.why === 'rebuild') return isBuilt ? wish : waiting;
  const files = [...new Set([...waiting.files, ...wish.files])];
  const isKept = wish.update.kind === 'code' || (waiting.update.kind === 'build' && !isBuilt); // a build that is due stays due
  return { why: 'changed', files, update: isKept ? waiting.update : wish.update };
}

/** A session in which a training job is run again and again, as its code becomes another. */
export interface WatchedTraining {
  readonly emulator: Emulator;
  /** What is asked for, at the beginning of each run: its name may be taken, and its image is that of `updates`. */
  readonly spec: (stop: AbortSignal) => Promise<TrainingSpec>;
  readonly changes: Pick<CodeWatch, 'next'>;
  readonly updates: Pick<ImageUpdates, 'update' | 'rebuild' | 'built' | 'runs'>;
  /** Where keys put theirs. */
  readonly wishes: Wishes<TrainingWish>;
  readonly news: TrainingNews;
  /** Aborts, with the reason, when the run that begins now cannot be debugged as it was asked for; absent where nothing is debugged. */
  readonly debugged?: (() => AbortSignal) | undefined;
}

/** Whoever tells a person, or a program, how it goes. */
export interface TrainingNews {
  /** Another run is about to begin. */
  begins(wish: TrainingWish): void;
  /** Files have changed that nothing is made of. */
  ignored(files: readonly string[]): void;
  /** Who is told of the run that begins. */
  run(): RunNews;
  /** Nothing runs; the next change, or a key, begins another. */
  waiting(): void;
  /** Changes could not be made sense of. */
  failed(error: unknown): Promise<void>;
}

export interface RunNews extends JobObserver {
  /** It is of no interest any more, because of what has come meanwhile. */
  overtaken(): void;
  /** Nothing of it is left. `name`: unless it had none yet. */
  discarded(name?: string): Promise<void>;
  /** It is over, and its record and its results stay. `before`: the one that was completed last. */
  over(run: FinishedRun, before: FinishedRun | undefined): Promise<void>;
  /** It could not begin, or its results could not be kept. */
  failed(error: unknown): Promise<void>;
}

export interface FinishedRun {
  readonly plan: TrainingJobPlan;
  readonly record: TrainingRecord;
}

/**
 * Runs the job, and again whenever its code changes, until `stops.stop`: then the run that goes on ends as ever, and its reason is thrown. A
 * change ends the run that goes on at once, and of that run nothing is left. What is wrong with code or image is told, and the next change waited
 * for. Errors: what is wrong with the request or with this machine when the first run begins; trouble of the machine while one goes on.
 */
export async function watchTraining(watched: WatchedTraining, stops: StopSignals): Promise<never> {
  const listening = new Listening(watched);
  await using _listening = listening;
  const session = new Session(watched, listening, stops);
  const over = AbortSignal.any([stops.stop, listening.failed]);
  for (;;) {
    await session.run();
    stops.stop.throwIfAborted();
    if (!watched.wishes.arrived.aborted) watched.news.waiting();
    await session.asked(await watched.wishes.next(over));
  }
}

/** Makes wishes of changes, as long as it is not disposed. */
class Listening implements AsyncDisposable {
  readonly #ending = new AbortController();
  readonly #failing = new AbortController();
  readonly #over: Promise<void>;
  #working: Promise<unknown> = Promise.resolve();

  constructor(watched: WatchedTraining) {
    this.#over = this.#listen(watched, this.#ending.signal).catch((error: unknown) => {
      if (!this.#ending.signal.aborted) this.#failing.abort(error);
    });
  }

  /** Aborts, with the reason, when nothing more can be heard of. */
  get failed(): AbortSignal {
    return this.#failing.signal;
  }

  /** Does something when all that was heard of has become a wish, and before more is made of what is heard of next. */
  settled<T>(work: () => T | Promise<T>): Promise<T> {
    return this.#inTurn(async () => await work());
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#working.then(work);
    this.#working = done.catch(() => undefined); // is told where it goes wrong
    return done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#over;
  }

  async #listen({ changes, updates, wishes, news }: WatchedTraining, stop: AbortSignal): Promise<void> {
    for (;;) {
      const files = await changes.next(stop);
      try {
        const update = await this.#inTurn(() => updates.update(files));
        if (update.kind === 'none') news.ignored(files);
        else wishes.put({ why: 'changed', files, update });
      } catch (error) {
        if (!isError(error)) throw error;
        await news.failed(error);
      }
    }
  }
}

class Session {
  readonly #watched: WatchedTraining;
  readonly #listening: Listening;
  readonly #stops: StopSignals;
  /** What runs next. */
  #image: ImageRequest;
  /** Whether `updates` is waiting to hear that it was built. */
  #isToBeBuilt = true;
  #isFirst = true;
  #completed: FinishedRun | undefined;

  constructor(watched: WatchedTraining, listening: Listening, stops: StopSignals) {
    this.#watched = watched;
    this.#listening = listening;
    this.#stops = stops;
    this.#image = watched.updates.rebuild().image;
  }

  async asked(wish: TrainingWish): Promise<void> {
    const { news, updates, wishes } = this.#watched;
    news.begins(wish);
    if (wish.why === 'again' || wish.update.kind === 'code') return;
    const { update } = wish;
    this.#image = update.image;
    this.#isToBeBuilt = update.kind === 'build';
    // No container needs what it was made of before; unless there is another wish already, which is made of something else.
    await this.#listening.settled(() => (wishes.arrived.aborted ? undefined : updates.runs(update)));
  }

  /** One run, to its end or until it is overtaken. */
  async run(): Promise<void> {
    const { wishes, news, debugged } = this.#watched;
    const told = news.run();
    const undebugged = debugged?.();
    using unwanted = eitherOf(wishes.arrived, undebugged);
    using stops = endedBy(unwanted.signal, this.#stops, () => wishes.arrived.aborted && told.overtaken());
    const isOvertaken = (error: unknown): boolean => wishes.arrived.aborted && error === wishes.arrived.reason;
    let stage: 'planning' | 'running' = 'planning';
    try {
      const plan = await this.#plan(told, stops);
      const discard = await discarding(this.#watched.emulator, plan);
      stops.stop.throwIfAborted();
      stage = 'running';
      const record = await train(this.#watched.emulator, plan, told, stops);
      const isUnwanted = unwanted.signal.aborted && record.secondaryStatus === 'Stopped' && !this.#stops.stop.aborted;
      if (isUnwanted) await discard(record);
      if (isUnwanted && wishes.arrived.aborted) return await told.discarded(record.name);
      if (!isUnwanted) await this.#over({ plan, record }, told);
      undebugged?.throwIfAborted();
    } catch (error) {
      if (isOvertaken(error)) return await told.discarded();
      if (!this.#isToBeWaitedFor(error, stage)) throw error;
      await told.failed(error);
    }
  }

  async #plan(observer: JobObserver, { stop }: StopSignals): Promise<TrainingJobPlan> {
    const { emulator, spec, updates } = this.#watched;
    const asked = await spec(stop);
    const { request } = asked;
    const TrainingJobName = freeName(request.TrainingJobName ?? '', emulator.trainingJobs.names());
    const plan = await planTraining(emulator, { ...asked, ...this.#image, request: { ...request, TrainingJobName } }, observer, stop);
    this.#isFirst = false;
    // A change that came while it was built is not in it, perhaps; then it counts as not built.
    await this.#listening.settled(() => {
      if (!this.#isToBeBuilt || stop.aborted) return;
      updates.built(plan.image.id);
      this.#isToBeBuilt = false;
      this.#image = { ...this.#image, image: { kind: 'image', reference: plan.image.id } };
    });
    return plan;
  }

  async #over(run: FinishedRun, told: RunNews): Promise<void> {
    await told.over(run, this.#completed);
    if (run.record.status === 'Completed') this.#completed = run;
  }

  /** What another change may mend. What is wrong with what was typed no change mends, and a job that was left is the next command's. */
  #isToBeWaitedFor(error: unknown, stage: 'planning' | 'running'): boolean {
    if (!isError(error)) return false;
    if (isError(error, 'InputUnreadable')) return true; // a file of the image's directory that went while it was read
    const blames: readonly Blame[] = stage === 'running' ? ['image', 'caller'] : this.#isFirst ? ['image'] : ['image', 'caller', 'host'];
    return blames.includes(error.blame);
  }
}

/** Stops that come also with `unwanted`, and then without any grace. */
function endedBy(unwanted: AbortSignal, stops: StopSignals, onUnwanted: () => void): StopSignals & Disposable {
  const stop = new AbortController();
  const kill = new AbortController();
  const tell = (): void => {
    if (!stops.stop.aborted) onUnwanted();
  };
  unwanted.addEventListener('abort', tell, { once: true });
  const releases = [
    () => unwanted.removeEventListener('abort', tell),
    relay(unwanted, stop),
    relay(unwanted, kill),
    relay(stops.stop, stop),
    relay(stops.kill, kill),
  ];
  return {
    stop: stop.signal,
    kill: kill.signal,
    ...(stops.leave && { leave: stops.leave }),
    [Symbol.dispose]() {
      for (const release of releases) release();
    },
  };
}
