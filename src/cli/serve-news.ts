import { relative } from 'node:path';
import type { EndpointStatus } from '@aws-sdk/client-sagemaker';
import type { InvocationNews } from '../dev/saved-request.ts';
import type { Wanted } from '../dev/wanted.ts';
import type { RenewalFailure, ServingNews } from '../dev/watched-endpoints.ts';
import type { ServeObserver } from '../endpoints/serve.ts';
import { fail, isError, reasonOf } from '../errors.ts';
import { harmless } from '../harmless.ts';
import { tail } from '../store/log-file.ts';
import { duration } from '../units.ts';
import { invocationEvent, invocationText } from './invocation-news.ts';
import { type Io, style } from './io.ts';
import { type JsonEvent, jsonTeller } from './json-lines.ts';
import { sharingLastLines } from './last-lines.ts';
import { humanServePrinter, jsonServePrinter, type ServePrinter } from './serve-printer.ts';
import { shortPath } from './train-summary.ts';

/** Tells how `serve --watch` goes. */
export interface ServeNews extends ServingNews, ServePrinter {
  /** Files have changed that nothing is made of. */
  unused(files: readonly string[]): void;
  /** What keeps changes from being seen, or a request from being made. */
  trouble(error: unknown): void;
  invoked(news: InvocationNews): void;
}

/** One JSON object a line on stdout; those of `serve`, and of what is done about changes. */
export function jsonServeNews(io: Io): ServeNews {
  const printer = jsonServePrinter(io);
  const tell = jsonTeller(io, ['invocation']);
  const line = <E extends JsonEvent>(event: E): void => void tell(event);
  return {
    ...printer,
    begins: ({ files, image }) =>
      line({ event: 'change', files, action: image?.kind ?? 'code', ...(image?.kind === 'build' && { why: image.why }) }),
    overtaken: () => line({ event: 'overtaken' }),
    unused: (files) => line({ event: 'change', files, action: 'none' }),
    async answers(endpoints, seconds) {
      if (seconds !== undefined)
        line({ event: 'renewed', endpoints: endpoints.map(({ endpoint }) => endpoint.name), seconds: rounded(seconds) });
    },
    async failed(failure) {
      const { stage, isServing, endpoint } = failure;
      line({
        ...{ event: 'failure', ...errorOf(failure), stage, isServing },
        ...(endpoint && { endpoint: endpoint.name, lastLines: await lastLines(endpoint.logs) }),
      });
    },
    trouble: (error) => line({ event: 'failure', ...told(error) }),
    invoked: (news) => line(invocationEvent(news)),
  };
}

export interface HumanNews {
  /** Seconds from SIGTERM to SIGKILL when all of it ends. */
  readonly grace: number;
  readonly showsLogs: () => boolean;
  /** Whether a person has asked for the end. */
  readonly isStopping: () => boolean;
  /** What is watched. */
  readonly places: string;
}

/** Lines for people on stderr: what has changed, what is done about it, how long that took. */
export function humanServeNews(io: Io, { grace, showsLogs, isStopping, places }: HumanNews): ServeNews {
  const { dim, yellow, bold, red, green } = style(io.color);
  const share = sharingLastLines(io.err);
  const printer = humanServePrinter({ ...io, err: share() }, grace, { showsLogs, metrics: share() });
  const waiting = share();
  let ticking: NodeJS.Timeout | undefined;
  const say = (text: string): void => void io.err.write(`${text}\n`);
  const names = (files: readonly string[]): string => {
    const shown = files.slice(0, mostNames).map((path) => harmless(nameOf(path, io.cwd)));
    return [...shown, ...(files.length > mostNames ? [`${files.length - mostNames} more`] : [])].join(', ');
  };
  /** Seconds below all lines, of what takes longer than one. */
  const wait = (what: string): void => {
    stopWaiting();
    const since = performance.now();
    if (waiting.showLast)
      ticking = setInterval(() => waiting.showLast?.(`${what} … ${Math.floor((performance.now() - since) / 1000)} s`), 1000).unref();
  };
  const stopWaiting = (): void => {
    clearInterval(ticking);
    waiting.showLast?.(undefined);
  };
  const isOfInterest = interestIn(isStopping);
  const said = new Set<string>();
  return {
    ...printer,
    event(event) {
      if (event.event === 'note' || event.event === 'warning') {
        if (said.has(event.message)) return; // each container that is prepared tells the same
        said.add(event.message);
      }
      if (isOfInterest(event)) printer.event(event);
    },
    begins({ files, image }) {
      const [done, doing] = actionOf(image);
      say(files.length === 0 ? bold(done) : `${bold(names(files))} ${dim('→')} ${done}`);
      if (image?.kind === 'patch') for (const note of image.notes) say(yellow(harmless(note)));
      wait(doing);
    },
    overtaken: stopWaiting,
    unused(files) {
      say(dim(`${names(files)} → nothing: neither the image nor the container has it`));
    },
    async answers(endpoints, seconds) {
      stopWaiting();
      if (seconds === undefined) return say(dim(`Waiting for changes below ${places}.`));
      say(green(`${endpoints.map(({ endpoint }) => endpoint.name).join(', ')} answers with it, after ${duration(seconds)}`));
    },
    async failed(failure) {
      stopWaiting();
      const { stage, isServing, endpoint } = failure;
      const { message, remedy } = errorOf(failure);
      // Where lines are shown, they are there already.
      const lines = endpoint && !showsLogs() ? Object.entries(await lastLines(endpoint.logs)) : [];
      const blocks = lines.map(([instance, last]) => linesText(instance, last, endpoint?.logs[instance] ?? ''));
      const then = isServing ? 'What served before still answers' : 'Nothing serves yet';
      say(
        `${red(bold(failures[stage]))} ${harmless(message)}\n${blocks.join('')}${remedy}\n${yellow(`${then}; the next change is tried.`)}`,
      );
    },
    trouble(error) {
      const { message, remedy } = told(error);
      say(`${yellow(`Warning: ${harmless(message)}`)}\n${remedy}`);
    },
    invoked: (news) => say(invocationText(news, io)),
  };

  function linesText(instance: string, lines: readonly string[], path: string): string {
    if (lines.length === 0) return `${instance} printed nothing.\n`;
    return `Last lines of ${instance} (${shortPath(path, io.cwd)}):\n${lines.map((line) => `  ${dim('|')} ${line}\n`).join('')}`;
  }
}

/** What is done about a change, and what is being done meanwhile. */
function actionOf(image: Wanted['image']): readonly [string, string] {
  if (image?.kind === 'patch') return ['synced, starting', 'Starting'];
  if (image?.kind === 'build') return [image.why === 'asked for' ? 'Rebuilding' : `rebuilding: ${harmless(image.why)}`, 'Rebuilding'];
  return ['delivered, starting', 'Starting'];
}

const failures = { build: 'The build failed.', code: 'The source code cannot be delivered.', start: 'It did not start.' } as const;

/** Each change has an endpoint go through the same statuses; only what a person does not know by then is of interest. */
function interestIn(isStopping: () => boolean): (event: Parameters<ServeObserver['event']>[0]) => boolean {
  const before = new Map<string, EndpointStatus>();
  const served = new Set<string>();
  return (event) => {
    if (event.event === 'deployment') return event.what === 'trouble';
    if (event.event === 'instance') return event.what !== 'gave-up';
    if (event.event !== 'status') return true;
    const { endpoint, status } = event;
    const was = before.get(endpoint);
    before.set(endpoint, status);
    if (isStopping()) return status !== 'Deleting' || was !== 'Failed'; // of that nothing is there any more
    if (status === 'Creating') return was === undefined;
    if (status === 'Deleting') return served.has(endpoint);
    if (status !== 'InService' || served.has(endpoint)) return false;
    served.add(endpoint);
    return true;
  };
}

const told = (error: unknown) => ({
  code: isError(error) ? error.code : 'InternalError',
  blame: isError(error) ? error.blame : 'us',
  message: reasonOf(error),
  remedy: isError(error) ? error.remedy : 'This is a defect in sm-local. Please report it with these lines.',
});

const errorOf = ({ error, endpoint }: RenewalFailure): ReturnType<typeof told> =>
  error === undefined && endpoint
    ? { ...told(fail('EndpointFailed', { ...endpoint, why: '', lines: '' })), message: endpoint.reason }
    : told(error);

async function lastLines(logs: Readonly<Record<string, string>>): Promise<Readonly<Record<string, readonly string[]>>> {
  const all = Object.entries(logs).map(
    async ([instance, path]) => [instance, (await tail(path, 20).catch(() => [])).map(({ message }) => message)] as const,
  );
  return Object.fromEntries(await Promise.all(all));
}

const nameOf = (path: string, cwd: string): string => {
  const name = relative(cwd, path);
  return name.startsWith('..') || name === '' ? path : name;
};

const rounded = (seconds: number): number => Math.round(seconds * 1000) / 1000;

/** Names of files in a line. */
const mostNames = 3;
