import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fail } from '../errors.ts';
import { copyFile } from './copy-file.ts';
import { codeOf, diskTrouble, isSystemError } from './disk-trouble.ts';
import { localPath } from './location.ts';
import type { ObjectStore } from './objects.ts';
import { resolvePrefix } from './prefix.ts';
import { formatS3Uri, isS3Uri, parseS3Uri } from './s3-uri.ts';
import { beside, isBeside, removeEmpty } from './temporary.ts';
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
  /** All that is there, as files of this machine. Errors: as `put`; NoSuchBucket. */
  files(signal: AbortSignal): Promise<readonly PlacedFile[]>;
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
    const temporary = beside(target);
    try {
      await mkdir(dirname(target), { recursive: true });
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
      throw diskTrouble('remove', target, error);
    }
    for (let above = dirname(name); above !== '.'; above = dirname(above)) await removeEmpty(join(this.directory, above));
  }

  async files(signal: AbortSignal): Promise<readonly PlacedFile[]> {
    const found: PlacedFile[] = [];
    await this.#list('', found, signal);
    return found;
  }

  async #list(prefix: string, found: PlacedFile[], signal: AbortSignal): Promise<void> {
    const directory = join(this.directory, prefix);
    signal.throwIfAborted();
    try {
      for (const entry of await readdir(directory, { withFileTypes: true })) {
        const path = join(directory, entry.name);
        if (isBeside(entry.name)) continue; // half of a file that is being written
        if (entry.isDirectory()) await this.#list(`${prefix}${entry.name}/`, found, signal);
        else if (entry.isFile()) found.push({ name: prefix + entry.name, path, size: (await stat(path)).size });
      }
    } catch (error) {
      if (prefix === '' && codeOf(error) === 'ENOENT') return;
      throw isSystemError(error) ? diskTrouble('read', directory, error) : error;
    }
  }

  async asDirectory(): Promise<string | undefined> {
    return await stat(this.directory).then(
      () => this.directory,
      () => undefined,
    );
  }
}

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
    if (!(await this.#objects.bucket(this.#bucket))) throw fail('NoSuchBucket', { bucket: this.#bucket });
  }

  async put(name: string, path: string, how: 'move' | 'copy', signal: AbortSignal): Promise<string | undefined> {
    const address = this.#addressOf(name);
    await this.#objects.putFile(address, path, { how, signal });
    return await this.#objects.localFile(address);
  }

  async remove(name: string): Promise<void> {
    await this.#objects.remove(this.#addressOf(name));
  }

  async files(signal: AbortSignal): Promise<readonly PlacedFile[]> {
    const address = { bucket: this.#bucket, key: this.#prefix === '' ? '' : `${this.#prefix}/` };
    const found = await resolvePrefix(this.#objects, address, this.#what, signal);
    const files: PlacedFile[] = [];
    for (const { key, path, bytes } of found.files) {
      const local = await this.#objects.localFile({ bucket: this.#bucket, key });
      if (local === undefined) throw fail('SourceNotSupported', { what: this.#what, uri: formatS3Uri({ bucket: this.#bucket, key }) });
      files.push({ name: path, path: local, size: bytes });
    }
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
