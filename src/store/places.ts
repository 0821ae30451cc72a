import { createHash } from 'node:crypto';
import { lstat, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fail } from '../errors.ts';
import { copyFile } from './copy-file.ts';
import { codeOf, diskTrouble, isSystemError } from './disk-trouble.ts';
import { each } from './each.ts';
import { fetchObject } from './fetch-object.ts';
import { localPath } from './location.ts';
import { makeDirectories } from './make-directories.ts';
import type { ObjectStore } from './objects.ts';
import { resolvePrefix } from './prefix.ts';
import { formatS3Uri, isS3Uri, parseS3Uri } from './s3-uri.ts';
import { isBeside, removeEmpty } from './temporary.ts';
import { checkWritable } from './writable.ts';

/** Where a job's results go and what it restores comes from: a directory of the user's, or the objects below an S3 address. */
export interface Place {
  /** Without a slash at the end. */
  readonly uri: string;
  /** The directory, where it is one; archives can grow there. */
  readonly directory: string | undefined;
  /** The place of this relative path in it. */
  below(path: string): Place;
  /** Refuses what cannot be written to. Errors: DiskTrouble, NoSuchBucket. */
  check(): Promise<void>;
  /**
   * Puts a file of this machine there, under a relative name; it appears whole. `move`: it is gone then. Returns where it lies on this
   * machine, if it does. Errors: InputUnreadable, DiskTrouble, those of the store, and the signal's reason.
   */
  put(name: string, path: string, how: 'move' | 'copy', signal: AbortSignal): Promise<string | undefined>;
  /** Removing what is not there is not an error. */
  remove(name: string): Promise<void>;
  /**
   * All that is there, as files of this machine: where it is elsewhere, it is fetched below `fetched`, a directory that need not be there.
   * Errors: as `put`; InputUnreadable, NoSuchBucket.
   */
  files(fetched: string, signal: AbortSignal): Promise<readonly PlacedFile[]>;
  /** A directory of this machine that holds exactly what is there, if there is one. */
  asDirectory(signal: AbortSignal): Promise<string | undefined>;
}

export interface PlacedFile {
  /** Relative, with `/`. */
  readonly name: string;
  /** On this machine, not to be changed. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * The place of an address.
 *
 * @param objects opens the store that s3:// addresses lead to
 * @param what whose address it is, for messages: `OutputDataConfig.S3OutputPath`
 * @throws SourceNotSupported, InvalidRequest
 */
export async function placeOf(uri: string, objects: () => Promise<ObjectStore>, what: string): Promise<Place> {
  if (!isS3Uri(uri)) return new DirectoryPlace(localPath(uri, what).replace(/(?<=.)\/+$/, ''), uri.replace(/(?<=.)\/+$/, ''));
  const { bucket, key } = parseS3Uri(uri, what);
  return new StorePlace(await objects(), bucket, key.replace(/\/+$/, ''), what);
}

class DirectoryPlace implements Place {
  readonly directory: string;
  readonly uri: string;

  constructor(directory: string, uri: string) {
    this.directory = directory;
    this.uri = uri;
  }

  below(path: string): Place {
    return new DirectoryPlace(join(this.directory, path), `${this.uri}/${path}`);
  }

  check(): Promise<void> {
    return checkWritable(this.directory);
  }

  async put(name: string, path: string, how: 'move' | 'copy', signal: AbortSignal): Promise<string> {
    const target = join(this.directory, name);
    // The same for whoever does it again, so that a killed process leaves nothing that is never replaced.
    const temporary = join(dirname(target), `.sm-local-${createHash('sha256').update(`${path} ${target}`).digest('hex').slice(0, 12)}`);
    try {
      await makeDirectories(dirname(target));
      if (how === 'move' && (await isRenamed(path, target))) return target;
      await copyFile(path, temporary, { what: 'A result', mode: (await stat(path)).mode & 0o777, signal });
      await rename(temporary, target);
      if (how === 'move') await rm(path, { force: true });
      return target;
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined); // what went wrong first is what counts
      throw isSystemError(error) ? diskTrouble('write', target, error) : error;
    }
  }

  async remove(name: string): Promise<void> {
    const target = join(this.directory, name);
    try {
      await rm(target, { force: true });
    } catch (error) {
      if (codeOf(error) !== 'ENOTDIR') throw diskTrouble('remove', target, error); // else what it was in is a file now
    }
    for (let above = dirname(name); above !== '.'; above = dirname(above)) await removeEmpty(join(this.directory, above));
  }

  async files(_fetched: string, signal: AbortSignal): Promise<readonly PlacedFile[]> {
    try {
      return await filesBelow(this.directory, signal);
    } catch (error) {
      throw isSystemError(error) ? diskTrouble('read', this.directory, error) : error;
    }
  }

  async asDirectory(): Promise<string | undefined> {
    return await stat(this.directory).then(
      () => this.directory,
      () => undefined,
    );
  }
}

/** Links stand for what they point to, as for S3's own tools. Raises the system's errors, but none for a directory that is not there. */
async function filesBelow(root: string, signal: AbortSignal): Promise<readonly PlacedFile[]> {
  const found: PlacedFile[] = [];
  const unusable = (path: string, why: string) => fail('InputUnreadable', { what: 'What is to be restored', path, why });
  const list = async (directory: string, prefix: string, above: ReadonlySet<string>): Promise<void> => {
    signal.throwIfAborted();
    for (const name of await readdir(directory)) {
      const path = join(directory, name);
      if (isBeside(name)) continue; // half of a file that is being written
      const entry = await stat(path).catch(async (error: unknown) => {
        if (codeOf(error) === 'ELOOP' || (await isLink(path))) throw unusable(path, 'it is a link to nothing');
        if (codeOf(error) !== 'ENOENT') throw error;
      });
      if (entry === undefined) continue; // it went away meanwhile
      const real = entry.isDirectory() ? await realpath(path) : '';
      if (above.has(real)) throw unusable(path, 'the link leads back to a directory it is in');
      if (entry.isDirectory()) await list(path, `${prefix}${name}/`, new Set([...above, real]));
      else if (entry.isFile()) found.push({ name: prefix + name, path: await realpath(path), size: entry.size });
      else throw unusable(path, 'only files and directories can be objects');
    }
  };
  const top = await realpath(root).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
  if (top !== undefined) await list(root, '', new Set([top]));
  return found;
}

const isLink = (path: string): Promise<boolean> =>
  lstat(path).then(
    (found) => found.isSymbolicLink(),
    () => false,
  );

/** False where a rename cannot do it, because the two are on different file systems. */
async function isRenamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EXDEV') return false;
    throw error;
  }
}

class StorePlace implements Place {
  readonly uri: string;
  readonly directory = undefined;
  readonly #objects: ObjectStore;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #what: string;

  constructor(objects: ObjectStore, bucket: string, prefix: string, what: string) {
    this.uri = formatS3Uri({ bucket, key: prefix }).replace(/\/$/, '');
    this.#objects = objects;
    this.#bucket = bucket;
    this.#prefix = prefix;
    this.#what = what;
  }

  below(path: string): Place {
    return new StorePlace(this.#objects, this.#bucket, this.#keyOf(path), this.#what);
  }

  async check(): Promise<void> {
    if (!(await this.#objects.bucket(this.#bucket))) throw fail('NoSuchBucket', { bucket: this.#bucket, what: this.#what });
  }

  async put(name: string, path: string, how: 'move' | 'copy', signal: AbortSignal): Promise<string | undefined> {
    const address = this.#addressOf(name);
    await this.#objects.putFile(address, path, { how, signal });
    return await this.#objects.localFile(address);
  }

  async remove(name: string): Promise<void> {
    await this.#objects.remove(this.#addressOf(name));
  }

  async files(fetched: string, signal: AbortSignal): Promise<readonly PlacedFile[]> {
    const address = { bucket: this.#bucket, key: this.#prefix === '' ? '' : `${this.#prefix}/` };
    const found = await resolvePrefix(this.#objects, address, this.#what, signal);
    const files: PlacedFile[] = [];
    await each(found.files, signal, async ({ key, path: name, bytes: size }, stopped) => {
      const object = { bucket: this.#bucket, key };
      const path = (await this.#objects.localFile(object)) ?? join(fetched, name);
      if (path === join(fetched, name)) await fetchObject(this.#objects, object, path, { signal: stopped });
      files.push({ name, path, size });
    });
    return files;
  }

  async asDirectory(signal: AbortSignal): Promise<string | undefined> {
    return await this.#objects.localDirectory(this.#bucket, `${this.#prefix}/`, signal);
  }

  #addressOf(name: string) {
    return { bucket: this.#bucket, key: this.#keyOf(name) };
  }

  #keyOf(name: string): string {
    return this.#prefix === '' ? name : `${this.#prefix}/${name}`;
  }
}
