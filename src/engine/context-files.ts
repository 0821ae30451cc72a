import type { Dirent } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import dockerignore from '@balena/dockerignore';
import { fail, reasonOf } from '../errors.ts';

/** What of a directory is sent to a builder that applies .dockerignore itself: paths relative to it, directories before what is in them. */
export const contextFiles = async (directory: string, dockerfile: string): Promise<readonly string[]> =>
  await listEntries(directory, '', await readRules(directory, posix.normalize(dockerfile), true));

export const contextUnreadable = (directory: string, error: unknown): Error =>
  fail('InputUnreadable', { what: 'Image directory', path: directory, why: reasonOf(error) }, error);

/** What a .dockerignore says. */
export interface Rules {
  readonly text: string;
  isSent(path: string): boolean;
  /** Whether something below a directory that is not sent itself may be sent. */
  isWayToSent(path: string): boolean;
}

/** Below a directory of the context, parents first, in the order of their names. `onSent`: told what each of them is. */
export async function listEntries(
  directory: string,
  below: string,
  rules: Rules,
  onSent?: (path: string, entry: Dirent) => void,
): Promise<string[]> {
  const found = await readdir(join(directory, below), { withFileTypes: true });
  found.sort((one, other) => (one.name < other.name ? -1 : 1));
  const entries: string[] = [];
  for (const entry of found) {
    const path = posix.join(below, entry.name);
    const isSent = rules.isSent(path);
    if (isSent) entries.push(path);
    if (isSent) onSent?.(path, entry);
    if (entry.isDirectory() && (isSent || rules.isWayToSent(path))) {
      for (const inner of await listEntries(directory, path, rules, onSent)) entries.push(inner);
    }
  }
  return entries;
}

// The package is CommonJS and exports the function itself, which its types call `default`.
const ignoreRules = dockerignore as unknown as typeof dockerignore.default;

/** `appliesRules`: whether the builder applies them too, and so has to be sent the .dockerignore. */
export async function readRules(directory: string, dockerfile: string, appliesRules: boolean): Promise<Rules> {
  const own = `${dockerfile}.dockerignore`;
  const [name, text] = await firstThere(directory, [own, '.dockerignore']);
  const ignored = ignoreRules({ ignorecase: false }).add(text);
  try {
    ignored.ignores('any'); // rules are compiled when first used
  } catch (error) {
    throw new Error(`${name}: ${reasonOf(error)}`, { cause: error });
  }
  const always = appliesRules ? [dockerfile, '.dockerignore', own] : [dockerfile];
  const exceptions = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('!'))
    .map((line) => posix.normalize(line.slice(1).trim()).replace(/^\//, ''));
  return {
    text,
    isSent: (path) => always.includes(path) || !ignored.ignores(path),
    isWayToSent: (path) => [...always, ...exceptions].some((exception) => mayMatchBelow(exception, path)),
  };
}

/** Whether a pattern could match something below `directory`: compared up to its first wildcard. */
function mayMatchBelow(pattern: string, directory: string): boolean {
  const fixed = pattern.slice(0, wildcardIn(pattern));
  return fixed.startsWith(`${directory}/`) || (fixed !== pattern && `${directory}/`.startsWith(fixed));
}

function wildcardIn(pattern: string): number {
  const at = pattern.search(/[*?[\\]/);
  return at < 0 ? pattern.length : at;
}

/** Never waits, as for a pipe. Errors: those of the file system. */
export async function readRegularFile(path: string): Promise<Buffer> {
  const found = await stat(path);
  if (!found.isFile()) throw new Error(`${path} is ${found.isDirectory() ? 'a directory' : 'no regular file'}`);
  return await readFile(path);
}

/** Name and content of the first of these files that exists; no text when none does. */
async function firstThere(directory: string, names: readonly string[]): Promise<readonly [name: string, text: string]> {
  for (const name of names) {
    try {
      return [name, (await readRegularFile(join(directory, name))).toString('utf8')];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return ['', ''];
}
