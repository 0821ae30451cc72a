import { chmodSync, linkSync, lstatSync, mkdirSync, openSync, symlinkSync, unlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from './disk-trouble.ts';

/** Path parts below the writer's directory. */
export type Parts = readonly string[];

/**
 * Writes a tree below one directory and nowhere else: every directory on the way is one it has made or has seen to be no link, files are
 * only ever created, and symlinks come last, so that nothing is written through them. Raises what `refuse` makes of an archive that
 * contradicts itself, and the system's errors as they are.
 */
export class TreeWriter {
  readonly #root: string;
  readonly #refuse: (why: string) => Error;
  readonly #directories = new Set(['']);
  readonly #files = new Set<string>();
  readonly #symlinks = new Map<string, string>();
  readonly #attributes = new Map<string, { readonly mode: number; readonly mtime: Date }>();

  constructor(root: string, refuse: (why: string) => Error) {
    this.#root = root;
    this.#refuse = refuse;
  }

  /** Makes a new file in the place of an older one and returns its descriptor. */
  create(parts: Parts): number {
    const descriptor = this.#inPlace(parts, (path) => openSync(path, 'wx'));
    this.#files.add(parts.join('/'));
    return descriptor;
  }

  /** `mode` and `mtime` are set at the end; the owner can always list and change the directory, so that it can be removed. */
  directory(parts: Parts, mode: number, mtime: Date): void {
    this.#attributes.set(this.#ensure(parts), { mode: (mode & 0o777) | 0o700, mtime });
  }

  /** A second name of a file that was written before. */
  hardLink(parts: Parts, target: Parts): void {
    const [name, targetName] = [parts.join('/'), target.join('/')];
    const symlink = this.#symlinks.get(targetName);
    if (symlink !== undefined) {
      this.symlink(parts, symlink);
      return;
    }
    if (!this.#files.has(targetName)) throw this.#refuse(`${name} is a link to a file that is not in the archive before it`);
    if (name === targetName) return;
    this.#inPlace(parts, (path) => linkSync(join(this.#root, targetName), path));
    this.#files.add(name);
  }

  symlink(parts: Parts, text: string): void {
    this.#ensure(parts.slice(0, -1));
    this.#symlinks.set(parts.join('/'), text);
  }

  /** Makes the links, then gives the directories their attributes. */
  finish(): void {
    for (const [name, text] of this.#symlinks) this.#createIn(join(this.#root, name), name, (path) => symlinkSync(text, path));
    for (const [path, { mode, mtime }] of this.#attributes) {
      chmodSync(path, mode);
      if (!Number.isNaN(mtime.getTime())) utimesSync(path, mtime, mtime);
    }
  }

  #inPlace<T>(parts: Parts, create: (path: string) => T): T {
    const name = parts.join('/');
    const path = join(this.#ensure(parts.slice(0, -1)), parts.at(-1) ?? '');
    this.#symlinks.delete(name);
    return this.#createIn(path, name, create);
  }

  #createIn<T>(path: string, name: string, create: (path: string) => T): T {
    try {
      return create(path);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      if (lstatSync(path).isDirectory()) throw this.#refuse(`${name} is both a directory and something else`);
      unlinkSync(path);
      return create(path);
    }
  }

  /** The path of a directory that is there and is no link. */
  #ensure(parts: Parts): string {
    const name = parts.join('/');
    const path = join(this.#root, name);
    if (this.#directories.has(name)) return path;
    this.#ensure(parts.slice(0, -1));
    try {
      if (this.#symlinks.has(name)) throw this.#refuse(`${name} is both a directory and something else`);
      mkdirSync(path);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      if (!lstatSync(path).isDirectory()) throw this.#refuse(`${name} is both a directory and something else`);
    }
    this.#directories.add(name);
    return path;
  }
}
