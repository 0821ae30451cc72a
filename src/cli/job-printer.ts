import type { JobEvent, JobObserver } from '../jobs/events.ts';
import type { BuildEvent } from '../progress.ts';
import type { LogFile } from '../store/log-file.ts';
import { duration, elapsed } from '../units.ts';
import { foldCachedSteps } from './cached-steps.ts';
import { type Io, style } from './io.ts';
import { type JsonEvent, jsonTeller } from './json-lines.ts';
import { progressPrinter } from './progress-printer.ts';

/** Shows a running job and can be awaited. */
export interface JobPrinter extends JobObserver {
  /** Resolves when everything told so far has been written. */
  drained(): Promise<void>;
}

/** One JSON object a line on stdout, log lines included. */
export function jsonPrinter(io: Io): JobPrinter {
  const followers: Promise<void>[] = [];
  let last: Promise<unknown> = Promise.resolve();
  const tell = jsonTeller(io);
  const line = <E extends JsonEvent>(time: Date, event: E): Promise<void> => tell(event, time);
  return {
    event(event) {
      const time = io.now();
      // The result is last; the container's lines come before it, however far the reader lags behind.
      last = event.event === 'result' ? Promise.all(followers).then(() => line(time, event)) : line(time, event);
    },
    log(host, log, from) {
      followers.push(follow(log, from, ({ time, stream, message }) => line(new Date(time), { event: 'log', host, stream, message })));
    },
    async drained() {
      await Promise.all(followers);
      await last;
    },
  };
}

/** Lines for people on stderr: what happens, and the container's own lines behind the host's name, while they are wanted. */
export function humanPrinter(io: Io, showsLogs: () => boolean = () => true): JobPrinter {
  const { dim, yellow, bold } = style(io.color);
  const followers: Promise<void>[] = [];
  const progress = progressPrinter(io);
  let last: Promise<unknown> = Promise.resolve();
  const say = (text: string): void => {
    last = io.err.write(`${text}\n`);
  };
  const afterLogs = (text: string): void => {
    last = Promise.all(followers).then(() => io.err.write(`${text}\n`));
  };
  const build = (event: BuildEvent): void => {
    const line = buildLine(event);
    if (line !== undefined) say(dim(`build | ${line}`));
  };
  const steps = foldCachedSteps(io, build, (text) => say(dim(`build | ${text}`)));
  return {
    event(event) {
      if (event.event === 'build') return steps.step(event);
      steps.flush();
      if (event.event === 'progress') return progress(event);
      const text = describe(event, { dim, yellow, bold }, io.err.isTerminal);
      if (text === undefined) return;
      // Once the container has ended, its last lines come before the news of what follows.
      if (event.event === 'status' && !beforeTheEnd.has(event.secondaryStatus)) afterLogs(text);
      else say(text);
    },
    log(host, log, from) {
      const prefix = dim(`${host} ${io.color ? '│' : '|'} `);
      followers.push(followForPeople(log, from, prefix, io, showsLogs));
    },
    async drained() {
      steps.flush();
      await Promise.all(followers);
      await last;
    },
  };
}

const beforeTheEnd: ReadonlySet<string> = new Set(['Starting', 'Downloading', 'Training', 'Stopping']);

/** Shows every line of a log as fast as they are taken, and no faster; resolves after the last one. */
export async function follow(
  log: LogFile,
  from: number,
  show: (line: { time: number; stream: 'stdout' | 'stderr'; message: string }) => Promise<void>,
): Promise<void> {
  for await (const line of log.follow(from)) await show(line);
}

/**
 * As `follow`, for people, each line behind `prefix`: those that have come together are one text, because a write for each line keeps busy a
 * processor that the container wants too.
 */
export async function followForPeople(log: LogFile, from: number, prefix: string, io: Io, isShown: () => boolean): Promise<void> {
  for await (const lines of log.batches(from)) {
    if (!isShown()) continue;
    let text = '';
    for (const { message } of lines) text += `${prefix}${message}\n`;
    await io.err.write(text);
  }
}

/** A line for people in the midst of others; undefined for the end of a step that nobody had to wait for. */
export function buildLine({ message, state, step, seconds = 0 }: BuildEvent): string | undefined {
  if (state === undefined || state === 'begun') return message;
  return state === 'done' && seconds >= 1 ? `Step ${step} took ${duration(seconds)}` : undefined;
}

type Style = Pick<ReturnType<typeof style>, 'dim' | 'yellow' | 'bold'>;

function describe(event: Exclude<JobEvent, BuildEvent>, { dim, yellow, bold }: Style, isTerminal: boolean): string | undefined {
  switch (event.event) {
    case 'plan':
      return `${bold(event.name)} ${dim(`on ${event.hosts.join(', ')}`)}`;
    case 'status': {
      // On a terminal the seconds are counted down below all that is printed.
      const grace = event.grace === undefined || isTerminal ? '' : ` (SIGTERM sent; SIGKILL in ${elapsed(event.grace)}, Ctrl-C again: now)`;
      return `${event.secondaryStatus.padEnd(12)} ${dim(event.message)}${grace}`;
    }
    case 'note':
      return dim(event.message);
    case 'warning':
      return yellow(`Warning: ${event.message}`);
    default:
      return undefined; // metrics are in the log lines, the result becomes the summary
  }
}
