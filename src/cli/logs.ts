import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Emulator } from '../emulator.ts';
import { openEmulator } from '../emulator.ts';
import { fail, isError } from '../errors.ts';
import { emulatorOptions } from '../options/common-flags.ts';
import type { LogsValues } from '../options/resource-options.ts';
import { fileChanges } from '../store/file-changes.ts';
import { type LogLine, readLog, tail } from '../store/log-file.ts';
import { followLog } from '../store/log-follow.ts';
import { type Resource, readResource } from '../upkeep/resources.ts';
import { type Io, resultStyle } from './io.ts';
import { jsonLine } from './json-lines.ts';
import { kindAndName, namedResource } from './named-resource.ts';
import { sayOrphan } from './orphans.ts';
import { dieOnInterrupt } from './signals.ts';

/** `sm-local logs`: the lines of the containers on stdout, oldest first; with `-f` until it is over. Returns the exit code. */
export async function logs(words: readonly string[], values: LogsValues, io: Io): Promise<number> {
  const count = values.tail === undefined ? undefined : lineCount(values.tail);
  await using emulator = await openEmulator(emulatorOptions(values, io));
  const found = await find(emulator, words);
  if (found.resource === undefined || !values.follow) {
    const sources = await Promise.all(
      Object.entries(found.logs).map(async ([source, path]) => ({ source, lines: await read(path, count) })),
    );
    const show = printer(() => sources.length, values, io);
    const all = sources.flatMap(({ source, lines }) => lines.map((line) => ({ source, line })));
    if (sources.length > 1) all.sort((one, other) => one.line.time - other.line.time);
    for (const { source, line } of all) await show(source, line);
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

async function read(path: string, count: number | undefined): Promise<LogLine[]> {
  if (count !== undefined) return await tail(path, count);
  const lines: LogLine[] = [];
  for await (const line of readLog(path)) lines.push(line);
  return lines;
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
  const show = printer(() => followed.size, values, io);
  let isToldOrphan = false;
  for await (const _change of fileChanges([record], signal)) {
    const now = await readResource(emulator, kind, name);
    const found = Object.entries(now ? logsOf(now) : {}).filter(([, path]) => !followed.has(path));
    for (const [source, path] of found) {
      followed.set(
        path,
        followOne(path, count, { isOver, beside: record, signal }, (line) => show(source, line)),
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
  options: Parameters<typeof followLog>[1],
  show: (line: LogLine) => Promise<void>,
): Promise<void> {
  let skipped = 0;
  if (count !== undefined) {
    let total = 0;
    for await (const _line of readLog(path)) total += 1;
    skipped = Math.max(0, total - count);
  }
  for await (const line of followLog(path, options)) {
    if (skipped > 0) skipped -= 1;
    else await show(line);
  }
}

/** Lines of several sources say which one they are of. */
function printer(sources: () => number, values: LogsValues, io: Io): (source: string, line: LogLine) => Promise<void> {
  const { dim } = resultStyle(io);
  return (source, { time, stream, message }) => {
    if (values.json) return jsonLine(io, { event: 'log', host: source, stream, message }, new Date(time));
    const at = values.timestamps ? `${dim(new Date(time).toISOString())} ` : '';
    return io.out.write(`${at}${sources() > 1 ? dim(`${source} | `) : ''}${message}\n`);
  };
}

function lineCount(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw fail('WrongUsage', { message: `--tail ${text}: that is no number of lines.`, remedy: 'Give a whole number, e.g. --tail 20.' });
}
