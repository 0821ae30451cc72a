import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isNotUploaded, markers } from '../../contract/training-syncs.ts';
import { codeOf } from '../../store/disk-trouble.ts';
import type { Place } from '../../store/places.ts';
import type { LiveDirectory } from './live-directory.ts';

export interface MirrorOptions {
  /** Whether the directory gets the marker files that checkpoints have. */
  readonly hasMarkers: boolean;
  /** Called for what cannot be copied; a sentence, each once. */
  readonly onWarning: (message: string) => void;
}

/**
 * Keeps a place in step with a directory of a container: new and changed files are put there as they are, and what was put there and is
 * gone is removed. It never takes anything from there, nor removes what it has not put there: hosts share a place. Source: "Use
 * Checkpoints in Amazon SageMaker".
 */
export class Mirror {
  readonly #live: LiveDirectory;
  readonly #place: Place;
  readonly #options: MirrorOptions;
  /** Name -> signature of what lies in the place. */
  readonly #placed = new Map<string, string>();
  readonly #removed = new Set<string>();
  /** Name -> signature at the last look. */
  #seen: ReadonlyMap<string, string> = new Map();
  readonly #warned = new Set<string>();

  constructor(live: LiveDirectory, place: Place, options: MirrorOptions) {
    this.#live = live;
    this.#place = place;
    this.#options = options;
  }

  /** What was restored from the place is there already. */
  async restored(names: readonly string[], signal: AbortSignal): Promise<void> {
    const directory = await this.#live.look(signal);
    if (directory === undefined) return;
    for (const name of names) this.#placed.set(name, await this.#live.signature(join(directory, name)));
  }

  /**
   * One look. A file that is being written waits for the next one, unless this is the last. Errors: the first file that could not be put
   * there, when all were tried; the signal's reason.
   */
  async pass(isLast: boolean, signal: AbortSignal): Promise<void> {
    const directory = await this.#live.look(signal);
    const found = directory === undefined ? new Listing() : await this.#list(directory);
    const seen = new Map<string, string>();
    const failures: unknown[] = [];
    for (const name of found.files) {
      signal.throwIfAborted();
      try {
        await this.#consider(name, join(directory ?? '', name), seen, isLast, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (await isThere(join(directory ?? '', name))) failures.push(error); // else the next look tells that it has gone
      }
    }
    this.#seen = seen;
    await this.#removeGone(found);
    if (failures.length > 0) throw failures[0];
  }

  async #consider(name: string, path: string, seen: Map<string, string>, isLast: boolean, signal: AbortSignal): Promise<void> {
    const signature = await this.#live.signature(path);
    seen.set(name, signature);
    if (this.#placed.get(name) === signature) return;
    if (!isLast && this.#seen.get(name) !== signature) return;
    const { hasMarkers } = this.#options;
    if (hasMarkers) {
      await this.#live.unmark(name + markers.uploaded);
      await this.#live.mark(name + markers.uploading);
    }
    await this.#place.put(name, path, 'copy', signal);
    this.#removed.delete(name);
    this.#placed.set(name, signature); // as it was before: what was written meanwhile makes it another one
    if (hasMarkers) {
      await this.#live.mark(name + markers.uploaded);
      await this.#live.unmark(name + markers.uploading);
    }
  }

  /** A marker without its file tells of one that a process before this one has put there. */
  async #removeGone({ files, marked }: Listing): Promise<void> {
    const there = new Set(files);
    for (const name of new Set([...this.#placed.keys(), ...marked])) {
      if (there.has(name) || this.#removed.has(name)) continue;
      await this.#place.remove(name);
      this.#placed.delete(name);
      this.#removed.add(name); // its marker may stay, and another host may put a file of this name there
      if (!this.#options.hasMarkers) continue;
      for (const suffix of [markers.uploading, markers.uploaded]) await this.#live.unmark(name + suffix);
    }
  }

  async #list(directory: string): Promise<Listing> {
    const listing = new Listing();
    await this.#listBelow(directory, '', listing);
    return listing;
  }

  async #listBelow(root: string, prefix: string, listing: Listing): Promise<void> {
    for (const entry of await readdir(join(root, prefix), { withFileTypes: true }).catch(goneIsEmpty)) {
      const name = prefix + entry.name;
      if (entry.isDirectory()) await this.#listBelow(root, `${name}/`, listing);
      else if (name.endsWith(markers.uploaded)) listing.marked.add(name.slice(0, -markers.uploaded.length));
      else if (isNotUploaded(name)) continue;
      else if (entry.isFile()) listing.files.push(name);
      else this.#warnOnce(`${name} is not copied to ${this.#place.uri}: it is no file.`);
    }
  }

  #warnOnce(message: string): void {
    if (!this.#warned.has(message)) this.#options.onWarning(message);
    this.#warned.add(message);
  }
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

class Listing {
  readonly files: string[] = [];
  /** Names of files, there or not, that are marked as uploaded. */
  readonly marked = new Set<string>();
}

/** A directory that the container has removed meanwhile. */
function goneIsEmpty(error: unknown): [] {
  if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return [];
  throw error;
}
