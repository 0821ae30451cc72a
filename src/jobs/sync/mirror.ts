import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isNotUploaded, markers } from '../../contract/training-syncs.ts';
import { codeOf } from '../../store/disk-trouble.ts';
import type { Place } from '../../store/places.ts';
import type { LiveDirectory } from './live-directory.ts';
import { Notes } from './notes.ts';

export interface MirrorOptions {
  /** Whether the directory gets the marker files that checkpoints have. */
  readonly hasMarkers: boolean;
  /** A file of this machine in which it keeps what another process needs to go on. */
  readonly notes: string;
  /** Called for what cannot be copied; a sentence, each once. */
  readonly onWarning: (message: string) => void;
}

/**
 * Keeps a place in step with a directory of a container: new and changed files are put there as they are, and what was put there, or came from
 * there, and is gone is removed. It takes nothing from there, and removes nothing else: hosts share a place. Source: "Use Checkpoints in
 * Amazon SageMaker".
 */
export class Mirror {
  /** Milliseconds of the last pass that went into copies, not into looking. */
  putTime = 0;
  readonly #live: LiveDirectory;
  readonly #place: Place;
  readonly #hasMarkers: boolean;
  readonly #notes: Notes;
  readonly #onWarning: (message: string) => void;
  /** Name -> signature of what lies in the place. */
  readonly #placed = new Map<string, string>();
  /** Name -> signature at the last look. */
  #seen: ReadonlyMap<string, string> = new Map();
  readonly #warned = new Set<string>();

  constructor(live: LiveDirectory, place: Place, { hasMarkers, notes, onWarning }: MirrorOptions) {
    this.#live = live;
    this.#place = place;
    this.#hasMarkers = hasMarkers;
    this.#notes = new Notes(notes);
    this.#onWarning = onWarning;
  }

  /** What a process before this one has put there. Errors: DiskTrouble. */
  async recall(): Promise<void> {
    for (const [name, signature] of await this.#notes.read()) this.#placed.set(name, signature);
  }

  /** What was restored from the place is there already. Errors: as `LiveDirectory.look`. */
  async restored(names: readonly string[], signal: AbortSignal): Promise<void> {
    const directory = await this.#live.look(signal, this.#warnOnce);
    if (directory === undefined) return;
    for (const name of names) this.#placed.set(name, await this.#live.signature(join(directory, name)));
    await this.#notes.write(this.#placed);
  }

  /**
   * One look. A file that is being written waits for the next one, unless this is the last. Errors: those of looking; the first file that could
   * not be put there or removed, when all were tried; the signal's reason.
   */
  async pass(isLast: boolean, signal: AbortSignal): Promise<void> {
    this.putTime = 0;
    const directory = await this.#live.look(signal, this.#warnOnce);
    const names = directory === undefined ? [] : await this.#list(directory, '');
    const pathOf = (name: string): string => join(directory ?? '', name);
    const failures: unknown[] = [];
    const changed = await this.#changed(names, pathOf, isLast, signal);
    const there = new Set(names);
    const gone = [...this.#placed.keys()].filter((name) => !there.has(name));
    if (changed.size === 0 && gone.length === 0) return;
    // Before anything is put there: whoever goes on must know what may be there.
    await this.#notes.write(new Map([...[...changed.keys()].map((name) => [name, ''] as const), ...this.#placed]));
    const remove = async (name: string): Promise<void> => {
      await this.#remove(name).catch((error: unknown) => failures.push(error));
    };
    const { inTheWay, others } = sortedOut(gone, changed);
    for (const name of inTheWay) await remove(name);
    for (const [name, signature] of changed) {
      signal.throwIfAborted();
      try {
        await this.#put(name, pathOf(name), signature, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (await isThere(pathOf(name))) failures.push(error); // else the next look tells that it has gone
      }
    }
    for (const name of others) await remove(name); // last, so that what was renamed is never missing
    await this.#notes.write(this.#placed);
    if (failures.length > 0) throw failures[0];
  }

  /** Files that are not in the place as they are now, and have come to rest. */
  async #changed(
    names: readonly string[],
    pathOf: (name: string) => string,
    isLast: boolean,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, string>> {
    const seen = new Map<string, string>();
    const changed = new Map<string, string>();
    for (const name of names) {
      signal.throwIfAborted();
      const signature = await this.#live.signature(pathOf(name)).catch(undefinedIfGone);
      if (signature === undefined) continue;
      seen.set(name, signature);
      if (this.#placed.get(name) === signature) continue;
      if (isLast || this.#seen.get(name) === signature) changed.set(name, signature);
    }
    this.#seen = seen;
    return changed;
  }

  async #put(name: string, path: string, signature: string, signal: AbortSignal): Promise<void> {
    if (this.#hasMarkers) {
      if (this.#placed.has(name)) await this.#unmark([name + markers.uploaded]);
      await this.#live.mark(name + markers.uploading);
    }
    const begunAt = performance.now();
    await this.#place.put(name, path, 'copy', signal);
    this.putTime += performance.now() - begunAt;
    this.#placed.set(name, signature); // as it was before: what was written meanwhile makes it another one
    if (this.#hasMarkers) {
      await this.#live.mark(name + markers.uploaded);
      await this.#unmark([name + markers.uploading]);
    }
  }

  async #remove(name: string): Promise<void> {
    await this.#place.remove(name);
    this.#placed.delete(name);
    if (this.#hasMarkers) await this.#unmark([name + markers.uploading, name + markers.uploaded]);
  }

  async #unmark(names: readonly string[]): Promise<void> {
    const why = await this.#live.unmark(names);
    if (why !== undefined) this.#warnOnce(`Markers of checkpoints stay in the container longer than in the cloud (${why}).`);
  }

  async #list(root: string, prefix: string): Promise<readonly string[]> {
    const names: string[] = [];
    const reading = readdir(join(root, prefix), { withFileTypes: true });
    // The directory itself was there: a look that cannot see it has not seen that it is empty.
    for (const entry of (await (prefix === '' ? reading : reading.catch(undefinedIfGone))) ?? []) {
      const name = prefix + entry.name;
      if (entry.isDirectory()) names.push(...(await this.#list(root, `${name}/`)));
      else if (isNotUploaded(name)) continue;
      else if (entry.isFile()) names.push(name);
      else this.#warnOnce(`${name} is not copied to ${this.#place.uri}: it is no file.`);
    }
    return names;
  }

  readonly #warnOnce = (message: string): void => {
    if (!this.#warned.has(message)) this.#onWarning(message);
    this.#warned.add(message);
  };
}

/** A file cannot be where a directory is needed, nor a directory where a file is. */
function sortedOut(gone: readonly string[], changed: ReadonlyMap<string, string>) {
  const directories = new Set([...changed.keys()].flatMap(directoriesOf));
  const isInTheWay = (name: string): boolean => directories.has(name) || directoriesOf(name).some((directory) => changed.has(directory));
  return { inTheWay: gone.filter(isInTheWay), others: gone.filter((name) => !isInTheWay(name)) };
}

/** `a/b/c` -> `a`, `a/b`. */
const directoriesOf = (name: string): readonly string[] =>
  name
    .split('/')
    .slice(0, -1)
    .map((_, index, parts) => parts.slice(0, index + 1).join('/'));

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** What the container has removed meanwhile. */
function undefinedIfGone(error: unknown): undefined {
  if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
  throw error;
}
