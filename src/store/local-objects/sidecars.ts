import { createHash } from 'node:crypto';
import { type BigIntStats, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { codeOf, diskTrouble } from '../disk-trouble.ts';
import type { ObjectAttributes } from '../objects.ts';
import { slices } from '../slices.ts';
import { beside } from '../temporary.ts';

/** What is kept of an object besides its content. */
export interface Kept extends ObjectAttributes {
  readonly etag?: string;
}

/** Tells one content of a file from the next. A file that is changed by hand gets another one. */
export const identityOf = ({ size, mtimeNs, ino }: BigIntStats): string => `${size}-${mtimeNs}-${ino}`;

/**
 * Small files with what is kept of the objects of one bucket, each for one content of one key. So they can be written before that content
 * takes its place, and content and metadata change in one moment; what was kept of a file that was changed since means nothing any more.
 * What was given with an object and an ETag that was worked out later are files of their own, because both may be written at once.
 */
export class Sidecars {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Undefined when nothing is kept. Errors: DiskTrouble. */
  read(key: string, identity: string): Kept | undefined {
    const path = this.#path(key, identity);
    const given = readJson(`${path}.given`);
    const etag = given?.etag === undefined ? readJson(`${path}.etag`) : undefined;
    if (!given && !etag) return undefined;
    const { key: _key, ...kept } = { ...given, ...etag };
    return kept;
  }

  /**
   * What is given with a content of which nothing is kept, and that has no place yet: nobody looks for it before, so that it may grow where it stays.
   * Errors: the system's.
   */
  keepAhead(key: string, identity: string, kept: Kept): void {
    const path = `${this.#path(key, identity)}.given`;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    try {
      writeFileSync(path, textOf({ key, ...kept }), { mode: 0o600, flag: 'wx' });
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      this.keep(key, identity, kept); // over what a writer that was killed has left of it
    }
  }

  /** Replaces what was given with the object. Errors: the system's. */
  keep(key: string, identity: string, kept: Kept): void {
    write(`${this.#path(key, identity)}.given`, { key, ...kept });
  }

  /** Errors: the system's. */
  keepETag(key: string, identity: string, etag: string): void {
    write(`${this.#path(key, identity)}.etag`, { key, etag });
  }

  /** Errors: the system's. */
  forget(key: string, identity: string): void {
    const path = this.#path(key, identity);
    for (const kind of kinds) rmSync(`${path}.${kind}`, { force: true });
  }

  /** Removes what is kept of contents that are there no more. `identity` tells the present one of a key. Errors: DiskTrouble. */
  async sweep(identity: (key: string) => string | undefined): Promise<void> {
    const turn = slices();
    for (const part of namesIn(this.#directory)) {
      for (const name of namesIn(join(this.#directory, part))) {
        const path = join(this.#directory, part, name);
        await turn();
        if (!isSettled(path)) continue;
        const key = readJson(path)?.key;
        const current = key === undefined ? '' : this.#path(key, identity(key) ?? '');
        const isCurrent = kinds.some((kind) => path === `${current}.${kind}`);
        if (!isCurrent) rmSync(path, { force: true });
      }
    }
  }

  /** Of both kinds, without their endings. */
  #path(key: string, identity: string): string {
    const digest = createHash('sha256').update(key).digest('hex').slice(0, 40);
    return join(this.#directory, digest.slice(0, 2), `${digest.slice(2)}.${identity}`);
  }
}

const kinds = ['given', 'etag'] as const;

/** Older than any writer needs from a sidecar to its content, in milliseconds. */
const settledAfter = 3_600_000;

/** Whether a file is old enough not to belong to something that is just being written. */
export const isSettled = (path: string): boolean => {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && Date.now() - found.mtimeMs > settledAfter;
};

/** Errors: DiskTrouble. */
export function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw diskTrouble('read', directory, error);
  }
}

/** Undefined for a file that is not there, or that somebody made something else of. */
function readJson(path: string): (Kept & { readonly key: string }) | undefined {
  if (!existsSync(path)) return undefined; // most often; an error would cost ten times as much
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw diskTrouble('read', path, error);
  }
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'key' in value ? (value as Kept & { readonly key: string }) : undefined;
  } catch {
    return undefined;
  }
}

const textOf = (content: object): string => `${JSON.stringify(content)}\n`;

function write(path: string, content: object): void {
  const temporary = beside(path);
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(temporary, textOf(content), { mode: 0o600 });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
