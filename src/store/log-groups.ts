import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, isError } from '../errors.ts';
import { createAtomically, writeAtomically } from './atomic.ts';
import { codeOf, diskTrouble } from './disk-trouble.ts';
import { encodeName } from './file-names.ts';
import { groupDirectory } from './log-names.ts';
import { makeDirectories } from './make-directories.ts';
import { beside, removeTree } from './temporary.ts';

/**
 * The log groups and streams that people make, of any name that CloudWatch Logs takes: `groups/<group>/<stream>.log` below home's `logs`, each
 * with a file that says what it is called. Those of jobs and endpoints are elsewhere (log-names.ts); people may add streams to their groups.
 */
const place = 'groups';

/** No name is encoded with a dot, so that this is no stream's. */
const groupFile = '.group.json';

/** What is kept of a group. */
export interface MadeGroup {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly retentionInDays?: number;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface MadeStream {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly path: string;
}

/** In no order. Errors: DiskTrouble. */
export const madeGroups = (logs: string): readonly MadeGroup[] =>
  namesIn(join(logs, place)).flatMap((name) => read<MadeGroup>(join(logs, place, name, groupFile)) ?? []);

/** Undefined when nobody has made it. Errors: DiskTrouble. */
export const madeGroup = (logs: string, name: string): MadeGroup | undefined => read(join(directoryOf(logs, name), groupFile));

/** Those of a group that people have made, in no order. Errors: DiskTrouble. */
export function madeStreams(logs: string, group: string): readonly MadeStream[] {
  const directory = directoryOf(logs, group);
  const files = namesIn(directory).filter((file) => file.endsWith('.json') && !file.startsWith('.'));
  return files.flatMap((file) => {
    const stream = read<Omit<MadeStream, 'path'>>(join(directory, file));
    return stream ? { ...stream, path: join(directory, file.replace(/json$/, 'log')) } : [];
  });
}

/** Undefined when nobody has made it. Errors: DiskTrouble. */
export function madeStream(logs: string, group: string, name: string): MadeStream | undefined {
  const path = join(directoryOf(logs, group), keyOf(name));
  const stream = read<Omit<MadeStream, 'path'>>(`${path}.json`);
  return stream && { ...stream, path: `${path}.log` };
}

/** Whether jobs or an endpoint have logs in it, which are theirs. Errors: DiskTrouble. */
export function isGroupOfSageMaker(logs: string, name: string): boolean {
  const theirs = groupDirectory(name);
  return theirs !== undefined && namesIn(join(logs, theirs)).length > 0;
}

/** Errors: LogsExist, DiskTrouble. */
export async function makeGroup(logs: string, group: MadeGroup): Promise<void> {
  if (isGroupOfSageMaker(logs, group.name)) throw fail('LogsExist', { what: 'group' });
  await makeDirectories(directoryOf(logs, group.name));
  await create(join(directoryOf(logs, group.name), groupFile), group, 'group');
}

/** Replaces what is kept of a group that is there. Errors: DiskTrouble. */
export async function keepGroup(logs: string, group: MadeGroup): Promise<void> {
  const directory = directoryOf(logs, group.name);
  await makeDirectories(directory);
  await onDisk('write', join(directory, groupFile), (path) => writeAtomically(path, JSON.stringify(group)));
}

/** In a group that is there. Errors: LogsExist, DiskTrouble. */
export async function makeStream(logs: string, group: string, { name, created }: Omit<MadeStream, 'path'>): Promise<void> {
  const directory = directoryOf(logs, group);
  const path = join(directory, keyOf(name));
  if (!madeGroup(logs, group)) await keepGroup(logs, { name: group, created });
  await onDisk('write', `${path}.log`, (log) => writeFile(log, '', { flag: 'a', mode: 0o600 }));
  await create(`${path}.json`, { name, created }, 'stream');
}

/** With all its streams; one that is gone already is not an error. Errors: DiskTrouble. */
export async function removeGroup(logs: string, name: string): Promise<void> {
  const directory = directoryOf(logs, name);
  const doomed = beside(directory);
  // In one step for whoever lists or makes groups meanwhile.
  const isGone = await onDisk('remove', directory, () => rename(directory, doomed)).then(
    () => false,
    (error: unknown) => {
      if (isError(error) && codeOf(error.cause) === 'ENOENT') return true;
      throw error;
    },
  );
  if (!isGone) await removeTree(doomed);
}

/** One that is gone already is not an error. Errors: DiskTrouble. */
export async function removeStream({ path }: MadeStream): Promise<void> {
  for (const file of [path.replace(/log$/, 'json'), path]) await onDisk('remove', file, () => rm(file, { force: true }));
}

const directoryOf = (logs: string, group: string): string => join(logs, place, keyOf(group));

/** A name as a file name, without its end; a long one is cut and told from others by its hash. No encoded name has a `+`. */
function keyOf(name: string): string {
  const encoded = encodeName(name);
  if (encoded.length <= longestKey) return encoded;
  return `${encoded.slice(0, 120)}+${createHash('sha256').update(name).digest('hex')}`;
}

/** Characters; leaves room for the ends of files that are being written. */
const longestKey = 200;

async function create(path: string, content: object, what: 'group' | 'stream'): Promise<void> {
  try {
    await createAtomically(path, JSON.stringify(content), { isDurable: false });
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw fail('LogsExist', { what });
    throw diskTrouble('write', path, error);
  }
}

/** Undefined when there is no such file, or none of ours. */
function read<T extends { readonly name: string; readonly created: number }>(path: string): T | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw diskTrouble('read', path, error);
  }
  try {
    const content = JSON.parse(text) as T;
    return typeof content.name === 'string' && Number.isFinite(content.created) ? content : undefined;
  } catch {
    return undefined; // somebody else's
  }
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return [];
    throw diskTrouble('read', directory, error);
  }
}

async function onDisk(action: string, path: string, act: (path: string) => Promise<unknown>): Promise<void> {
  try {
    await act(path);
  } catch (error) {
    throw isError(error) ? error : diskTrouble(action, path, error);
  }
}
