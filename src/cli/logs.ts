import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Emulator } from '../emulator.ts';
import { openEmulator } from '../emulator.ts';
import { fail, isError } from '../errors.ts';
import { emulatorOptions } from '../options/common-flags.ts';
import type { LogsValues } from '../options/resource-options.ts';
import { fileChanges } from '../store/file-changes.ts';
import { type LogLine, readBatches, tail } from '../store/log-file.ts';
import { type FollowOptions, followBatches } from '../store/log-follow.ts';
import { merged } from '../store/log-runs.ts';
import { endOfLines } from '../store/log-search.ts';
import { type Resource, readResource } from '../upkeep/resources.ts';
import { type Io, resultStyle } from './io.ts';
import { jsonText } from './json-lines.ts';
import { kindAndName, namedResource } from './named-resource.ts';
import { sayOrphan } from './orphans.ts';
import { dieOnInterrupt } from './signals.ts';

/** `sm-local logs`: the lines of the containers on stdout, oldest first; with `-f` until it is over. Returns the exit code. */
export async function logs(words: readonly string[], values: LogsValues, io: Io): Promise<number> {
  const count = values.tail === undefined ? undefined : lineCount(values.tail);
  await using emulator = await openEmulator(emulatorOptions(values, io));
  const found = await find(emulator, words);
  if (found.resource === undefined || !values.follow) {
    const sources = Object.entries(found.logs).map(([source, path]) => ({ source, batches: read(path, count) }));
    const textOf = teller(() => sources.length, values, io);
    let text = '';
    for await (const { source, lines } of merged(sources)) {
      text += textOf(source, lines);
      if (text.length < pieceSize) continue;
      await io.out.write(text);
      text = '';
    }
    await io.out.write(text);
  } else {
    using _ = dieOnInterrupt();
    await followAll(emulator, found.resource, count, values, io, new AbortController().signal);
    return 0;
  }
  if (found.resource?.isOrphan && !values.json) await sayOrphan(found.resource, io);
  return 0;
}

interface Found {
  /** Absent for an endpoint that is over, of which only the logs stay. */
  readonly resource?: Resource;
  /** Host or instance -> its log. */
  readonly logs: Readonly<Record<string, string>>;
}

async function find(emulator: Emulator, words: readonly string[]): Promise<Found> {
  try {
    const resource = await namedResource(emulator, words);
    return { resource, logs: logsOf(resource) };
  } catch (error) {
    const { kind, name } = kindAndName(words);
    if (!isError(error, 'ResourceNotFound') || kind === 'training-job') throw error;
    const left = await logsOfPastEndpoint(emulator, name);
    if (Object.keys(left).length === 0) throw error;
    return { logs: left };
  }
}

const logsOf = (resource: Resource): Found['logs'] =>
  resource.kind === 'training-job' ? resource.record.files.logs : (resource.record.run?.logs ?? {});

async function logsOfPastEndpoint({ home }: Emulator, name: string): Promise<Found['logs']> {
  if (!/^[\w-]+$/.test(name)) return {};
  const directory = join(home.logs, 'endpoints', name);
  const variants = await readdir(directory).catch(() => []);
  const files = await Promise.all(
    variants.map(async (variant) =>
      (await readdir(join(directory, variant))).map((file) => [file.replace(/\.log$/, ''), join(directory, variant, file)] as const),
    ),
  );
  return Object.fromEntries(files.flat());
}

async function* read(path: string, count: number | undefined): AsyncGenerator<readonly LogLine[], void> {
  if (count === undefined) yield* readBatches(path);
  else yield await tail(path, count);
}

/** Every log there is, and those that come to be, each at its own pace. */
async function followAll(
  emulator: Emulator,
  { kind, name }: Resource,
  count: number | undefined,
  values: LogsValues,
  io: Io,
  signal: AbortSignal,
): Promise<void> {
  const record = (kind === 'endpoint' ? emulator.endpoints : emulator.trainingJobs).pathOf(name);
  const isOver = async (): Promise<boolean> => !isUnfinished(await readResource(emulator, kind, name));
  const followed = new Map<string, Promise<void>>();
  const textOf = teller(() => followed.size, values, io);
  let isToldOrphan = false;
  for await (const _change of fileChanges([record], signal)) {
    const now = await readResource(emulator, kind, name);
    const found = Object.entries(now ? logsOf(now) : {}).filter(([, path]) => !followed.has(path));
    for (const [source, path] of found) {
      followed.set(
        path,
        followOne(path, count, { isOver, beside: record, signal }, (lines) => io.out.write(textOf(source, lines))),
      );
    }
    if (!isUnfinished(now)) break;
    // Whoever goes on with it writes the rest.
    if (now?.isOrphan && !isToldOrphan && !values.json) await sayOrphan(now, io);
    isToldOrphan = now?.isOrphan ?? false;
  }
  await Promise.all(followed.values());
}

const isUnfinished = (resource: Resource | undefined): boolean => resource !== undefined && (resource.isRunning || resource.isOrphan);

async function followOne(
  path: string,
  count: number | undefined,
  options: FollowOptions,
  show: (lines: readonly LogLine[]) => Promise<void>,
): Promise<void> {
  const from = count === undefined ? 0 : await startOfTail(path, count);
  for await (const lines of followBatches(path, { ...options, from })) await show(lines);
}

async function startOfTail(path: string, count: number): Promise<number> {
  const [first] = await tail(path, count);
  return first?.position ?? (await endOfLines(path));
}

/**
 * The text of lines of one source; lines of several sources say which one they are of. Many lines make one text, because a write for each takes
 * a turn of the event loop: 20 MB then took seconds, and take a few tenths of one.
 */
function teller(sources: () => number, values: LogsValues, io: Io): (source: string, lines: readonly LogLine[]) => string {
  const { dim } = resultStyle(io);
  const lineOf = (prefix: string, source: string, { time, stream, message }: LogLine): string => {
    if (values.json) return jsonText({ event: 'log', host: source, stream, message }, new Date(time));
    const at = values.timestamps ? `${dim(new Date(time).toISOString())} ` : '';
    return `${at}${prefix}${message}\n`;
  };
  return (source, lines) => {
    const prefix = sources() > 1 ? dim(`${source} | `) : '';
    let text = '';
    for (const line of lines) text += lineOf(prefix, source, line);
    return text;
  };
}

/** Characters after which a text is written. */
const pieceSize = 64 * 1024;

function lineCount(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw fail('WrongUsage', { message: `--tail ${text}: that is no number of lines.`, remedy: 'Give a whole number, e.g. --tail 20.' });
}
