import { accessSync, constants, type Dirent, lstatSync, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { fail } from '../../errors.ts';
import { codeOf, whyOf } from '../../store/disk-trouble.ts';
import { slices } from '../../store/slices.ts';
import { compareUtf8 } from '../../store/utf8-order.ts';

/** A file that is one object of a channel. */
export interface LocalFile {
  /** Relative to where it was looked for, with `/`. */
  readonly name: string;
  /** Absolute, and not through a link. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

export interface LocalTree {
  /** Absolute, and not through a link. */
  readonly root: string;
  /** In S3's order of keys. */
  readonly files: readonly LocalFile[];
  /** Whether it has links in it. Their targets need not exist where the tree is mounted. */
  readonly hasLinks: boolean;
}

/**
 * All files below a directory, as the objects of a prefix: they exist and can be read. Links count as what they point to.
 *
 * @param what whose files they are, for messages: `Channel "train"`
 * @throws InputUnreadable for a link that leads nowhere or back up, for a FIFO, a socket or a device, and for what may not be read
 */
export async function localFiles(directory: string, what: string, signal?: AbortSignal): Promise<LocalTree> {
  const root = realpathSync(directory);
  const walk = new Walk(what);
  const files: LocalFile[] = [];
  const turn = slices();
  for (const file of walk.below(root, '', [root])) {
    files.push(file);
    signal?.throwIfAborted();
    await turn();
  }
  files.sort((one, other) => compareUtf8(one.name, other.name));
  return { root, files, hasLinks: walk.hasLinks };
}

/** One file as an object; undefined when there is nothing of this name. Errors: InputUnreadable. */
export function localFile(path: string, what: string): Omit<LocalFile, 'name'> | undefined {
  const found = statOf(path, what);
  if (!found) return undefined;
  if (!found.isFile()) throw unusable(what, path, found.isDirectory() ? 'it is a directory, not a file' : notAnObject);
  checkReadable(path, what);
  return { path: realpathSync(path), size: found.size };
}

/** Undefined when there is nothing of this name. Errors: InputUnreadable. */
export function statOf(path: string, what: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (codeOf(error) === 'ENOTDIR') return undefined;
    throw unusable(what, path, whyOf(error), error);
  }
}

export const unusable = (what: string, path: string, why: string, cause?: unknown): Error =>
  fail('InputUnreadable', { what, path, why }, cause);

export const notAnObject = 'only files and directories can be objects';

class Walk {
  hasLinks = false;
  readonly #what: string;

  constructor(what: string) {
    this.#what = what;
  }

  /** @param above the real directories on the way down, to which a link must not lead back */
  *below(directory: string, prefix: string, above: readonly string[]): Generator<LocalFile, void> {
    for (const entry of this.#entries(directory)) {
      const path = join(directory, entry.name);
      const name = prefix + entry.name;
      if (entry.isFile()) yield this.#file(path, name);
      else if (entry.isDirectory()) yield* this.below(path, `${name}/`, above);
      else if (entry.isSymbolicLink()) yield* this.#behind(path, name, above);
      else throw unusable(this.#what, path, notAnObject);
    }
  }

  *#behind(link: string, name: string, above: readonly string[]): Generator<LocalFile, void> {
    this.hasLinks = true;
    const target = this.#ask(link, () => realpathSync(link));
    const found = this.#ask(link, () => statSync(target));
    if (found.isFile()) yield this.#file(target, name);
    else if (!found.isDirectory()) throw unusable(this.#what, link, notAnObject);
    else if (above.includes(target)) throw unusable(this.#what, link, 'the link leads back to a directory it is in');
    else yield* this.below(target, `${name}/`, [...above, target]);
  }

  #file(path: string, name: string): LocalFile {
    const { size } = this.#ask(path, () => lstatSync(path));
    checkReadable(path, this.#what);
    return { name, path, size };
  }

  #entries(directory: string): Dirent[] {
    const entries = this.#ask(directory, () => readdirSync(directory, { withFileTypes: true }));
    for (const { name } of entries) {
      // Node puts U+FFFD where bytes are no text; the key of an object is UTF-8.
      if (name.includes('\uFFFD') && statOf(join(directory, name), this.#what) === undefined) {
        throw unusable(this.#what, join(directory, name), 'its name is not valid UTF-8');
      }
    }
    return entries;
  }

  #ask<T>(path: string, question: () => T): T {
    try {
      return question();
    } catch (error) {
      throw unusable(this.#what, path, whyOf(error), error);
    }
  }
}

function checkReadable(path: string, what: string): void {
  if (process.getuid?.() === 0) return; // root reads all
  try {
    accessSync(path, constants.R_OK);
  } catch (error) {
    throw unusable(what, path, whyOf(error), error);
  }
}
