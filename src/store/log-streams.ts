import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isError } from '../errors.ts';
import { codeOf, diskTrouble } from './disk-trouble.ts';
import { madeGroup, madeGroups, madeStreams } from './log-groups.ts';
import { groupDirectory, groupOf, isName, isWithoutSecond, streamEnd } from './log-names.ts';
import { linesOf, stampOf, tail } from './log-reader.ts';
import { slices } from './slices.ts';

/** A log stream as CloudWatch Logs lists it. Times are milliseconds since 1970. */
export interface LogStreamSummary {
  readonly name: string;
  /** Its file, for `readEvents`. */
  readonly path: string;
  readonly created: number;
  /** Absent while it has no lines. */
  readonly firstEvent?: number;
  readonly lastEvent?: number;
  /** Size of the file. */
  readonly bytes: number;
}

/** The names of the groups there are, sorted: those that have streams of jobs and endpoints, and those that people have made. Errors: DiskTrouble. */
export function listGroups(logs: string): readonly string[] {
  const kinds = directoriesIn(logs);
  const places = kinds.flatMap((kind) => [kind, ...directoriesIn(join(logs, kind)).map((name) => `${kind}/${name}`)]);
  const groups = places.map(groupOf).filter((group) => group !== undefined);
  return [...new Set([...groups, ...madeGroups(logs).map(({ name }) => name)])].sort();
}

/** Undefined when there is no such group. `created`: milliseconds since 1970; `bytes`: of all its streams. Errors: DiskTrouble. */
export function groupSummary(logs: string, group: string): { readonly created: number; readonly bytes: number } | undefined {
  const made = madeGroup(logs, group);
  const directory = directoryOfJobs(logs, group);
  if (!made && directory === undefined) return undefined;
  const born = directory === undefined ? undefined : statSync(directory, { throwIfNoEntry: false })?.birthtimeMs;
  const files =
    directory === undefined
      ? []
      : directoriesIn(directory).flatMap((part) => filesIn(join(directory, part)).map((file) => join(directory, part, file)));
  const logFiles = [...files.filter((file) => file.endsWith('.log')), ...madeStreams(logs, group).map(({ path }) => path)];
  const bytes = logFiles.reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
  return { created: made?.created ?? Math.floor(born ?? 0), bytes };
}

/**
 * The streams of a group whose names begin with `prefix`, sorted by name; undefined when there is no such group. A prefix that names a job or a
 * variant has only that looked at. Errors: DiskTrouble.
 */
export async function listStreams(logs: string, group: string, prefix = ''): Promise<readonly LogStreamSummary[] | undefined> {
  const directory = directoryOfJobs(logs, group);
  if (directory === undefined && !madeGroup(logs, group)) return undefined;
  const found = directory === undefined ? [] : await streamsOfJobs(directory, group, prefix);
  for (const { name, created, path } of madeStreams(logs, group)) {
    if (!name.startsWith(prefix)) continue;
    const stream = await within(path, async () => ({ name, path, created, ...(await spanOf(path)).span }));
    if (stream) found.push(stream);
  }
  return found.sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** Undefined when there is no such stream. Errors: DiskTrouble. */
export async function findStream(logs: string, group: string, name: string): Promise<LogStreamSummary | undefined> {
  const streams = await listStreams(logs, group, name);
  return streams?.find((stream) => stream.name === name);
}

/** Where the logs of jobs or of an endpoint are that stand in this group. */
function directoryOfJobs(logs: string, group: string): string | undefined {
  const place = groupDirectory(group);
  return place !== undefined && existsSync(join(logs, place)) ? join(logs, place) : undefined;
}

async function streamsOfJobs(directory: string, group: string, prefix: string): Promise<LogStreamSummary[]> {
  const slash = prefix.indexOf('/');
  const isWanted = (part: string): boolean => isName(part) && (slash < 0 ? part.startsWith(prefix) : part === prefix.slice(0, slash));
  const found: LogStreamSummary[] = [];
  const turn = slices();
  for (const part of directoriesIn(directory).filter(isWanted)) {
    for (const file of filesIn(join(directory, part))) {
      await turn();
      const stream = await summaryOf(join(directory, part, file), part, file, group);
      if (stream?.name.startsWith(prefix)) found.push(stream);
    }
  }
  return found;
}

async function summaryOf(path: string, part: string, file: string, group: string): Promise<LogStreamSummary | undefined> {
  const end = streamEnd(file);
  if (end === undefined) return undefined;
  return await within(path, async () => {
    const { begun, born, span } = await spanOf(path);
    const name = isWithoutSecond(group, end) ? `${end}-${Math.floor((begun ?? born) / 1000)}` : end;
    return { name: `${part}/${name}`, path, created: Math.min(begun ?? born, born), ...span };
  });
}

/** Undefined when the file was removed meanwhile. Errors: DiskTrouble. */
async function within<T>(path: string, look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (!existsSync(path)) return undefined;
    throw isError(error) ? error : diskTrouble('read', path, error);
  }
}

/** Raises the system's errors. */
async function spanOf(path: string) {
  const { bytes, born, begun, first, last: lastNear } = endsOf(path);
  const last = lastNear ?? (await tail(path, 20)).findLast(({ time }) => time > 0)?.time;
  return { born, begun, span: { bytes, ...(last !== undefined && { firstEvent: first ?? last, lastEvent: last }) } };
}

interface Ends {
  readonly bytes: number;
  readonly born: number;
  /** When the first container began in it. */
  readonly begun: number | undefined;
  /** Of its first line. */
  readonly first: number | undefined;
  /** Of its last line; undefined where that is not near its end. */
  readonly last: number | undefined;
}

/** Raises the system's errors. */
function endsOf(path: string): Ends {
  const file = openSync(path, 'r');
  try {
    const { size, birthtimeMs, ctimeMs } = fstatSync(file);
    const head = read(file, 0);
    const start = Math.max(0, size - pieceSize);
    const end = start === 0 ? head : read(file, start);
    const cut = start === 0 ? 0 : end.indexOf('\n') + 1 || end.length; // where a line begins
    const lines = linesOf(end.subarray(cut), start + cut);
    return {
      bytes: size,
      born: Math.floor(birthtimeMs || ctimeMs),
      begun: stampOf(head.toString('latin1', 0, 64))?.time,
      first: linesOf(head, 0).find(({ time }) => time > 0)?.time,
      last: lines.findLast(({ time }) => time > 0)?.time,
    };
  } finally {
    closeSync(file);
  }
}

/** Enough for a line or two of most programs. */
const pieceSize = 2048;

function read(file: number, start: number): Buffer {
  const piece = Buffer.allocUnsafe(pieceSize);
  return piece.subarray(0, readSync(file, piece, 0, pieceSize, start));
}

const directoriesIn = (directory: string): string[] => entriesIn(directory, true);
const filesIn = (directory: string): string[] => entriesIn(directory, false);

function entriesIn(directory: string, isDirectory: boolean): string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.filter((entry) => (isDirectory ? entry.isDirectory() : entry.isFile())).map(({ name }) => name);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return [];
    throw diskTrouble('read', directory, error);
  }
}
