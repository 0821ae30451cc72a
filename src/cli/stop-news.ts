import type { ServeEvent, ServeObserver } from '../endpoints/serve.ts';
import type { JobEvent } from '../jobs/events.ts';
import { countDown } from './countdown.ts';
import type { Io } from './io.ts';

/** Tells a person how a stop goes on: what is given up, what another Ctrl-C does, and on a terminal how many seconds are left until SIGKILL. */
export class StopNews implements Disposable {
  readonly #io: Io;
  readonly #showsSeconds: boolean;
  #stage: Stage = looking;
  #interrupts = 0;
  #countdown: Disposable | undefined;

  /** `isQuiet`: nobody watches, so that no seconds are counted. */
  constructor(io: Io, isQuiet: boolean) {
    this.#io = io;
    this.#showsSeconds = !isQuiet;
  }

  /** What goes on from now on. `grace`: seconds until SIGKILL, when SIGTERM has just been sent. */
  enter(stage: Stage, grace?: number): void {
    this.#stage = stage;
    this[Symbol.dispose]();
    if (grace === undefined || !this.#showsSeconds) return;
    this.#countdown = countDown(this.#io.err, grace, () => ` (Ctrl-C ${this.#interrupts > 0 ? 'again' : 'twice'}: now)`);
  }

  /** Whether nothing is known to go on. */
  get isLooking(): boolean {
    return this.#stage === looking;
  }

  /** A signal came, the first, second or third. */
  interrupted(count: number): void {
    this.#interrupts = count;
    if (count === 1) this.#say(this.#stage.first);
    if (count !== 2) return;
    this[Symbol.dispose]();
    this.#say(`${this.#stage.second}Ctrl-C again leaves at once; what is left in the engine is then removed in the background.`);
  }

  [Symbol.dispose](): void {
    this.#countdown?.[Symbol.dispose]();
    this.#countdown = undefined;
  }

  #say(text: string): void {
    void this.#io.err.write(`\n${text}\n`);
  }
}

/** A part of the work: what is told when the first and the second Ctrl-C come in it. */
interface Stage {
  readonly first: string;
  readonly second: string;
}

/** Nothing is known to go on. */
export const looking: Stage = { first: 'Stopping: nothing was started yet.', second: '' };
const building: Stage = { first: 'Stopping: the build is given up.', second: '' };
const pulling: Stage = { first: 'Stopping: the download of the image is given up.', second: '' };
const preparing: Stage = { first: 'Stopping: nothing has run yet; what was prepared is removed.', second: '' };
/** Containers run. */
export const running: Stage = {
  first: 'Stopping: the container gets SIGTERM and its grace. Ctrl-C again kills it at once.',
  second: 'Killing it. ',
};
const ending: Stage = { first: 'It is being stopped already. Ctrl-C again kills it at once.', second: 'Killing it. ' };
const uploading: Stage = {
  first: 'The container has ended, and its archives are being written. Ctrl-C again gives them up.',
  second: 'The archives are given up. ',
};
/** Trials are not given a grace. */
export const checking: Stage = { first: 'Stopping: what is being tried is ended and removed.', second: '' };
/** Nothing runs until something changes. */
export const watching: Stage = { first: 'Watching is over.', second: '' };
const over: Stage = { first: 'It is over; what is left of it is being removed.', second: '' };

/** Follows a training job. */
export function followTraining(news: StopNews, event: JobEvent): void {
  if (event.event === 'build') news.enter(building);
  else if (event.event === 'progress' && news.isLooking) news.enter(pulling);
  else if (event.event !== 'status') return;
  else if (event.secondaryStatus === 'Training') news.enter(running);
  else if (event.secondaryStatus === 'Stopping') news.enter(ending, event.grace);
  else if (event.secondaryStatus === 'Uploading') news.enter(uploading);
  else if (event.status === 'InProgress') news.enter(preparing);
  else news.enter(over);
}

/**
 * Follows endpoints, of which one may be stopped while others serve; `grace`: seconds from SIGTERM to SIGKILL. `isReplaced`: whether another of its
 * name takes the place of one that goes now.
 */
export function followEndpoints(
  news: StopNews,
  grace: number,
  isReplaced: () => boolean = () => false,
): (event: Parameters<ServeObserver['event']>[0]) => void {
  const statuses = new Map<string, ServeEvent & { event: 'status' }>();
  const isAll = (...wanted: readonly string[]): boolean => [...statuses.values()].every(({ status }) => wanted.includes(status));
  /** Those of which containers have been started, and not all are known to have gone. */
  const started = new Set<string>();
  return (event) => {
    if (event.event === 'build') news.enter(building);
    else if (event.event === 'progress' && news.isLooking) news.enter(pulling);
    else if (event.event === 'instance' && event.what === 'started') {
      if ((started.size === 0 || news.isLooking) && !isAll('Failed', 'Deleting')) news.enter(running);
      started.add(event.endpoint);
    }
    if (event.event !== 'status') return;
    const { endpoint, status } = event;
    statuses.set(endpoint, event);
    if (status === 'Failed' || (status === 'Deleting' && isReplaced())) started.delete(endpoint);
    if (isAll('Failed')) news.enter(over);
    else if (status === 'Deleting' && started.size > 0 && !news.isLooking && isAll('Failed', 'Deleting')) news.enter(ending, grace);
  };
}
