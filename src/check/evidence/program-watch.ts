import { setTimeout as sleep } from 'node:timers/promises';
import { servingPort } from '../../contract/serving.ts';
import type { Engine, StartedContainer } from '../../engine/engine.ts';
import { type ProcessView, viewOf } from './first-process.ts';
import { HaltedProcess } from './halted-process.ts';
import { readListeners } from './listeners.ts';
import { hearsTerm, readTermSignal, type TermSignal } from './signals.ts';

/** What was seen over the whole of a run. */
export interface SeenTerm {
  /** The last that was seen. */
  readonly last: TermSignal;
  /** Seconds after the start at which it was first seen to hear SIGTERM. */
  readonly heardAfter: number | undefined;
}

/** What is told of a program as it is seen. */
export interface ProgramEvents {
  /** It hears SIGTERM from now on. */
  heard(): void;
  /** It accepts connections on the port of servers, and goes on to. */
  served(): void;
  /** It caught SIGTERM, and goes on as if there had been none. */
  deaf(): void;
}

/** A program that is looked at from its start to its end. */
export interface ProgramWatch {
  /** So far; undefined while nothing could be seen. */
  readonly term: SeenTerm | undefined;
  /** Nobody can look. */
  readonly isHidden: boolean;
  /** Settles when nobody looks any more. */
  readonly ended: Promise<void>;
}

/**
 * Looks again and again until `over` aborts. `mayHalt`: once it hears SIGTERM it is halted until the signal is there, so that it cannot end before,
 * where this process may do that.
 */
export function watchProgram(
  engine: Engine,
  container: StartedContainer,
  { over, mayHalt }: { readonly over: AbortSignal; readonly mayHalt: boolean },
  events: ProgramEvents,
): ProgramWatch {
  const since = performance.now();
  let term: SeenTerm | undefined;
  const now = (): number => (performance.now() - since) / 1000;
  let nextTables = 0;
  let blockedFor = 0; // looks: whoever starts a thread or a process blocks all signals for a moment
  const [serves, isDeaf] = [lasting(now, events.served), lasting(now, events.deaf)];
  let view: ProcessView | undefined;
  let halted: HaltedProcess | undefined;
  const look = async ({ pid, read }: ProcessView): Promise<void> => {
    const status = (await read('status')) ?? '';
    const seen = readTermSignal(status);
    if (seen) {
      blockedFor = seen.on === 'blocked' ? blockedFor + 1 : 0;
      const hears = seen.on === 'caught' || blockedFor >= 3;
      const isNew = hears && term?.heardAfter === undefined;
      term = { last: seen, heardAfter: isNew ? now() : term?.heardAfter };
      if (isNew) {
        halted = mayHalt && pid !== undefined ? HaltedProcess.begin(pid, container.id, events.heard) : undefined;
        if (!halted) events.heard();
      } else halted?.seen(status);
      isDeaf(term.heardAfter !== undefined && !hearsTerm(seen) && isNode(seen), deafAfter);
    }
    if (now() < nextTables) return;
    nextTables = now() + 0.05;
    const tables = `${(await read('net/tcp')) ?? ''}\n${(await read('net/tcp6')) ?? ''}`;
    serves(
      readListeners(tables).some(({ port }) => port === servingPort),
      servesAfter,
    );
  };
  const ended = (async () => {
    view = await viewOf(engine, container);
    while (!over.aborted && !view.isHidden) {
      const begun = performance.now();
      await look(view);
      // Early often, because handlers are set early; in another machine, where a look takes long, less.
      const pause = view.pid === undefined ? Math.max(250, 3 * (performance.now() - begun)) : now() < 2 ? 5 : 50;
      await sleep(pause, undefined, { signal: over }).catch(() => {});
    }
  })()
    .catch(() => {}) // it ended meanwhile; trouble of the engine is the job's own too
    .finally(() => halted?.[Symbol.dispose]());
  return {
    get term() {
      return term;
    },
    get isHidden() {
      return view?.isHidden ?? false;
    },
    ended,
  };
}

/** Seconds; a port that is only tried out is gone by then. */
const servesAfter = 0.15;

/**
 * Node catches SIGTERM to tidy the terminal up, and then sends it to itself without a handler, which the kernel drops for the first process of a
 * container. Source: Node.js, src/node.cc, SignalExit; newer ones call their process MainThread.
 */
const isNode = ({ program }: TermSignal): boolean => program === 'node' || program === 'MainThread';

/** Seconds after which one that was to end has not. */
const deafAfter = 2;

/** Calls back, once, when what it is told has held for a while without a break. */
function lasting(now: () => number, tell: () => void): (holds: boolean, seconds: number) => void {
  let since: number | undefined;
  let isTold = false;
  return (holds, seconds) => {
    since = holds ? (since ?? now()) : undefined;
    if (since === undefined || isTold || now() - since < seconds) return;
    isTold = true;
    tell();
  };
}
