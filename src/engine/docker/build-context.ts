import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { PassThrough, Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import dockerignore from '@balena/dockerignore';
import { type Pack, pack } from 'tar-stream';
import { fail, reasonOf } from '../../errors.ts';

export interface ContextOptions {
  /** The Dockerfile's name in the archive; it lies there in the directory, unless `content` is given. */
  readonly dockerfile: string;
  /** Of a Dockerfile that lies elsewhere. */
  readonly content?: Buffer;
  /** Whether the builder takes out of the archive what the .dockerignore names; one that does not gets no .dockerignore that names itself. */
  readonly appliesRules?: boolean;
  /** Files that are left out whatever the .dockerignore says. */
  readonly without?: readonly string[];
}

/**
 * A directory as the tar stream a builder takes, without what its .dockerignore names. The Dockerfile is always sent, and the .dockerignore
 * itself to a builder that applies it, as the docker program does. Errors: InputUnreadable.
 */
export async function packContext(directory: string, options: ContextOptions): Promise<Readable> {
  const { content, appliesRules = true, without = [] } = options;
  const dockerfile = posix.normalize(options.dockerfile);
  try {
    const rules = await readRules(directory, dockerfile, appliesRules);
    const entries = (await listEntries(directory, '', rules)).filter((path) => !without.includes(path));
    if (content === undefined) return packEntries(directory, entries);
    const made = new Map([[dockerfile, content]]);
    if (appliesRules) made.set('.dockerignore', Buffer.from(`${rules.text}\n${dockerfile}\n`)); // it is in the archive and not in the directory
    return packEntries(directory, [...entries.filter((path) => !made.has(path)), ...made.keys()], made);
  } catch (error) {
    throw contextUnreadable(directory, error);
  }
}

/** What of a directory is sent to the builder: paths relative to it, directories before what is in them. Errors: InputUnreadable. */
export async function contextFiles(directory: string, dockerfile: string): Promise<readonly string[]> {
  try {
    return await listEntries(directory, '', await readRules(directory, posix.normalize(dockerfile), true));
  } catch (error) {
    throw contextUnreadable(directory, error);
  }
}

export const contextUnreadable = (directory: string, error: unknown): Error =>
  fail('InputUnreadable', { what: 'Image directory', path: directory, why: reasonOf(error) }, error);

/** What cannot be read meanwhile destroys the stream with its error. `made`: content of entries that are not in the directory. */
function packEntries(directory: string, entries: readonly string[], made: ReadonlyMap<string, Buffer> = new Map()): Readable {
  const archive = pack();
  const out = new PassThrough();
  const packAll = async (): Promise<void> => {
    for (const path of entries) {
      const content = made.get(path);
      if (content) archive.entry({ name: path, mode: 0o644, mtime: new Date(0) }, content);
      else await packEntry(archive, join(directory, path), path);
    }
    archive.finalize();
  };
  const giveUp = (error: Error): void => void out.destroy(error);
  archive.on('error', giveUp);
  packAll().catch(giveUp);
  out.once('close', () => archive.destroy()); // whoever reads has had enough
  return archive.pipe(out);
}

/** Owned by root: the builder copies as root whatever the archive says, and leaving the user's ids out keeps the layer cache equal between users. */
async function packEntry(archive: Pack, from: string, name: string): Promise<void> {
  const found = await lstat(from);
  const header = { name, mode: found.mode & 0o7777, mtime: found.mtime, uid: 0, gid: 0 };
  if (found.isDirectory()) archive.entry({ ...header, type: 'directory' });
  if (found.isSymbolicLink()) archive.entry({ ...header, type: 'symlink', linkname: await readlink(from) });
  if (!found.isFile()) return; // sockets and the like are left out, as the docker program does
  const entry = archive.entry({ ...header, type: 'file', size: found.size }) as unknown as Writable;
  const content = found.size === 0 ? Readable.from([]) : createReadStream(from, { end: found.size - 1 });
  await pipeline(content, entry);
}

interface Rules {
  readonly text: string;
  isSent(path: string): boolean;
  /** Whether something below a directory that is not sent itself may be sent. */
  isWayToSent(path: string): boolean;
}

async function listEntries(directory: string, below: string, rules: Rules): Promise<string[]> {
  const found = await readdir(join(directory, below), { withFileTypes: true });
  found.sort((one, other) => (one.name < other.name ? -1 : 1));
  const entries: string[] = [];
  for (const entry of found) {
    const path = posix.join(below, entry.name);
    const isSent = rules.isSent(path);
    if (isSent) entries.push(path);
    if (entry.isDirectory() && (isSent || rules.isWayToSent(path))) {
      for (const inner of await listEntries(directory, path, rules)) entries.push(inner);
    }
  }
  return entries;
}

// The package is CommonJS and exports the function itself, which its types call `default`.
const ignoreRules = dockerignore as unknown as typeof dockerignore.default;

async function readRules(directory: string, dockerfile: string, appliesRules: boolean): Promise<Rules> {
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

/** Name and content of the first of these files that exists; no text when none does. */
async function firstThere(directory: string, names: readonly string[]): Promise<readonly [name: string, text: string]> {
  for (const name of names) {
    try {
      return [name, await readFile(join(directory, name), 'utf8')];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return ['', ''];
}
