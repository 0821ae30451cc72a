import type { ServeEvent, ServeObserver } from '../endpoints/serve.ts';
import type { Monitor } from '../hosting/monitor.ts';
import type { BuildEvent } from '../progress.ts';
import { duration, elapsed } from '../units.ts';
import { foldCachedSteps } from './cached-steps.ts';
import { type Io, style } from './io.ts';
import { buildLine, follow, followForPeople } from './job-printer.ts';
import { jsonTeller } from './json-lines.ts';
import { showLive } from './live-metrics.ts';
import { tellMetrics } from './metric-events.ts';
import { metricsSummary } from './metrics-summary.ts';
import { progressPrinter } from './progress-printer.ts';
import type { Sink } from './sink.ts';
import { credentialsText } from './train-summary.ts';

export interface ServePrinter extends ServeObserver {
  /** Shows how the endpoint does until it stops, and when it is disposed how it did. */
  watch(monitor: Monitor): Disposable;
  /** Resolves when everything told so far has been written. */
  drained(): Promise<void>;
}

/** One JSON object a line on stdout, log lines included. */
export function jsonServePrinter(io: Io): ServePrinter {
  const followers: Promise<void>[] = [];
  let last: Promise<unknown> = Promise.resolve();
  const tell = jsonTeller(io, ['status']); // that it is InService, and where, is what was asked for
  return {
    event(event) {
      last = tell(event);
    },
    log(instance, log) {
      followers.push(
        follow(log, 0, (each) => tell({ event: 'log', instance, stream: each.stream, message: each.message }, new Date(each.time))),
      );
    },
    watch: (monitor) =>
      tellMetrics(monitor, (event) => {
        last = tell(event);
      }),
    async drained() {
      await Promise.all(followers);
      await last;
    },
  };
}

/** What of it is shown, and where. */
export interface ServeView {
  /** Whether lines of containers are wanted now; by default they are. */
  readonly showsLogs?: () => boolean;
  /** Below all lines: how the endpoints do. */
  readonly metrics?: Sink;
}

/** Lines for people on stderr. `grace`: seconds from SIGTERM to SIGKILL. */
export function humanServePrinter(io: Io, grace: number, { showsLogs = () => true, metrics = io.err }: ServeView = {}): ServePrinter {
  const { dim, yellow, bold, green, red } = style(io.color);
  const followers: Promise<void>[] = [];
  const progress = progressPrinter(io);
  let live: Disposable | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const say = (text: string): void => {
    last = io.err.write(`${text}\n`);
  };
  const serving = new Set<string>();
  /** When the last endpoint goes, seconds are counted where it was shown how they do. */
  const watchUntilLast = ({ endpoint, status: now }: ServeEvent & { event: 'status' }): void => {
    if (now === 'InService') serving.add(endpoint);
    if (now === 'Deleting' && serving.delete(endpoint) && serving.size === 0) live?.[Symbol.dispose]();
  };
  const failed = new Set<string>();
  const started = new Set<string>();
  const status = (event: ServeEvent & { event: 'status' }): string | undefined => {
    const { endpoint, status: now, url, credentials } = event;
    if (now === 'Failed') failed.add(endpoint);
    if (now === 'Deleting' && failed.has(endpoint)) return undefined; // nothing of it is there any more
    if (now === 'Creating') return `${bold(endpoint)} Creating`;
    if (now === 'InService' && event.failureReason !== undefined)
      return yellow(`${endpoint} is InService as before: ${event.failureReason}`);
    if (now === 'InService') {
      const instead = credentials?.why === undefined ? '' : `\n  ${dim('Credentials')} ${credentialsText(credentials)}`;
      return `${bold(endpoint)} ${green('InService')} at ${bold(url ?? '')}\n  ${dim('POST')} ${url}/invocations  ${dim('or')} ${url}/endpoints/${endpoint}/invocations${instead}\n  ${dim('Ctrl-C stops it.')}`;
    }
    // On a terminal the seconds are counted down below all that is printed.
    if (now === 'Deleting' && started.has(endpoint) && !io.err.isTerminal)
      return `${bold(endpoint)} Deleting ${dim(`(SIGTERM sent; SIGKILL in ${elapsed(grace)})`)}`;
    return `${bold(endpoint)} ${now === 'Failed' ? red(now) : now}`;
  };
  const instance = (event: ServeEvent & { event: 'instance' }): string | undefined => {
    switch (event.what) {
      case 'started':
        started.add(event.endpoint);
        return undefined;
      case 'ready':
        return dim(`${event.instance} answered /ping with 200 after ${duration(event.after)}`);
      case 'killed':
        return yellow(`${event.instance} is sent SIGKILL: a fault on demand`);
      case 'exited':
        return yellow(`${event.instance} ended with exit code ${event.exit.code}${event.exit.oomKilled ? ', out of memory' : ''}`);
      case 'unhealthy':
        return yellow(`${event.instance} is unhealthy: ${event.why}`);
      case 'restarting':
        return yellow(`${event.instance} is started again in ${duration(event.pause)}`);
      case 'gave-up':
        return yellow(`${event.instance} ended ${event.exits} times in the same way and is given up. ${event.message}`);
      case 'trouble':
        return yellow(`${event.instance}: ${event.message}`);
      default:
        return undefined;
    }
  };
  const deployment = (event: ServeEvent & { event: 'deployment' }): string => {
    switch (event.what) {
      case 'shifted':
        return dim(`${Math.round(event.share * 100)} % of the requests to ${event.endpoint} go to the new instances`);
      case 'baking':
        return dim(`${event.endpoint} bakes for ${duration(event.seconds)}`);
      case 'rolling-back':
        return yellow(`${event.endpoint} goes back to the instances it had: ${event.why}`);
      default:
        return yellow(`${event.endpoint}: ${event.message}`);
    }
  };
  const describe = (event: Exclude<Parameters<ServeObserver['event']>[0], { event: 'progress' | 'build' }>): string | undefined => {
    switch (event.event) {
      case 'note':
        return dim(event.message);
      case 'warning':
        return yellow(`Warning: ${event.message}`);
      case 'status':
        return status(event);
      case 'deployment':
        return deployment(event);
      default:
        return instance(event);
    }
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
      if (event.event === 'status') watchUntilLast(event);
      if (io.level === 'quiet' && event.event === 'status' && event.status === 'InService') void io.out.write(`${event.url}\n`); // its result
      const text = describe(event);
      if (text !== undefined) say(text);
    },
    log(name, log) {
      const prefix = dim(`${name.slice(0, 6)} ${io.color ? '│' : '|'} `);
      followers.push(followForPeople(log, 0, prefix, io, showsLogs));
    },
    watch(monitor) {
      live = showLive(metrics, monitor);
      return {
        [Symbol.dispose]() {
          live?.[Symbol.dispose]();
          last = io.err.write(metricsSummary(monitor));
        },
      };
    },
    async drained() {
      steps.flush();
      await Promise.all(followers);
      await last;
    },
  };
}
