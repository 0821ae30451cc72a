/** How far something long has come; the `--json` output is these objects with a time. */
export interface ProgressEvent {
  readonly event: 'progress';
  /** For people, e.g. `Pulling python:3.11`; the same from the first to the last event. */
  readonly what: string;
  readonly state: 'begun' | 'running' | 'done' | 'failed';
  readonly done: number;
  /** Absent as long as nobody knows. */
  readonly total?: number;
  readonly unit: 'bytes' | 'files';
  /** Units a second over the last moments. */
  readonly rate?: number;
}

/** A line of a build: that a step begins or ends, or what its command prints. */
export interface BuildEvent {
  readonly event: 'build';
  /** For people. */
  readonly message: string;
  /** Its place, `2/5`. */
  readonly step?: string;
  /** Absent of what a command prints. */
  readonly state?: 'begun' | 'done' | 'cached' | 'failed';
  readonly seconds?: number;
  /** Of the Dockerfile. */
  readonly line?: number;
}

/** Something long that is under way. */
export interface ProgressMeter {
  update(done: number, total?: number): void;
  /** Tells the last event; once. */
  end(state: 'done' | 'failed'): void;
}

/**
 * Tells how far something has come, however often it is updated: when it begins and ends, and in between no more than five times a second.
 * `clock`: milliseconds; the real ones by default.
 */
export function progressMeter(
  what: string,
  unit: ProgressEvent['unit'],
  tell: (event: ProgressEvent) => void,
  clock: () => number = () => performance.now(),
): ProgressMeter {
  let now: { done: number; total?: number } = { done: 0 };
  let isOver = false;
  let toldAt = clock();
  let seen: readonly Seen[] = [{ at: toldAt, done: 0 }];
  const say = (state: ProgressEvent['state'], rate?: number): void =>
    tell({ event: 'progress', what, state, ...now, unit, ...(rate !== undefined && { rate }) });
  say('begun');
  return {
    update(done, total) {
      const at = clock();
      now = { done, ...(total !== undefined && { total }) };
      if (isOver || at - toldAt < pause) return;
      toldAt = at;
      seen = [...seen.filter((each) => each.at > at - span), { at, done }];
      say('running', rateOf(seen));
    },
    end(state) {
      if (isOver) return;
      isOver = true;
      say(state);
    },
  };
}

/** As `progressMeter`, but silent about what is done within a second. */
export function lateMeter(
  what: string,
  unit: ProgressEvent['unit'],
  tell: (event: ProgressEvent) => void,
  clock: () => number = () => performance.now(),
): ProgressMeter {
  const begunAt = clock();
  let meter: ProgressMeter | undefined;
  return {
    update(done, total) {
      if (!meter && clock() - begunAt >= silence) meter = progressMeter(what, unit, tell, clock);
      meter?.update(done, total);
    },
    end: (state) => meter?.end(state),
  };
}

/** Told of bytes as they are moved. */
export type OnBytes = (count: number) => void;

/** Tells how far the bytes of something have come, where it takes longer than a moment. */
export async function withProgress<T>(
  what: string,
  total: number,
  tell: (event: ProgressEvent) => void,
  work: (onBytes: OnBytes) => Promise<T>,
): Promise<T> {
  const meter = lateMeter(what, 'bytes', tell);
  let done = 0;
  try {
    const result = await work((count) => {
      done += count;
      meter.update(Math.min(done, total), total);
    });
    meter.end('done');
    return result;
  } catch (error) {
    meter.end('failed');
    throw error;
  }
}

/** Milliseconds for which nobody wonders. */
const silence = 1000;

interface Seen {
  readonly at: number;
  readonly done: number;
}

/** Milliseconds between two events. */
const pause = 200;
/** Milliseconds that a rate is taken over: short enough to show a line that slows down, long enough not to flicker. */
const span = 5000;

function rateOf(seen: readonly Seen[]): number | undefined {
  const [first, last] = [seen[0], seen.at(-1)];
  if (!first || !last || last.at <= first.at) return undefined;
  return Math.max(0, Math.round(((last.done - first.done) * 1000) / (last.at - first.at)));
}
