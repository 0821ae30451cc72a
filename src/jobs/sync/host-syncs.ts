import { setTimeout as pause } from 'node:timers/promises';
import { type SyncedDirectory, syncMembers } from '../../contract/training-syncs.ts';
import { reasonOf } from '../../errors.ts';
import type { ObjectStore } from '../../store/objects.ts';
import { type Place, type PlacedFile, placeOf } from '../../store/places.ts';
import type { LiveDirectory } from './live-directory.ts';
import { Mirror } from './mirror.ts';

/** One directory of a host and the place that it is kept in step with. */
export interface HostSync {
  readonly directory: SyncedDirectory;
  readonly live: LiveDirectory;
}

export interface HostSyncsOptions {
  readonly objects: () => Promise<ObjectStore>;
  readonly onWarning: (message: string) => void;
  /** Seconds between two looks, where a look takes no time; half a second by default. */
  readonly pace?: number;
}

interface MirroredDirectory {
  readonly mirror: Mirror;
  readonly directory: SyncedDirectory;
  readonly place: Place;
}

/** All that a host syncs while its program runs. */
export class HostSyncs implements AsyncDisposable {
  readonly #mirrors: readonly MirroredDirectory[];
  readonly #options: HostSyncsOptions;
  readonly #ending = new AbortController();
  #loops: readonly Promise<void>[] = [];

  private constructor(mirrors: readonly MirroredDirectory[], options: HostSyncsOptions) {
    this.#mirrors = mirrors;
    this.#options = options;
  }

  /** Errors: those of `placeOf`. */
  static async open(syncs: readonly HostSync[], options: HostSyncsOptions): Promise<HostSyncs> {
    const { onWarning } = options;
    const opened = syncs.map(async ({ directory, live }) => {
      const place = await placeOf(directory.uri, options.objects, syncMembers[directory.kind]);
      return { mirror: new Mirror(live, place, { hasMarkers: directory.kind === 'checkpoints', onWarning }), directory, place };
    });
    return new HostSyncs(await Promise.all(opened), options);
  }

  /**
   * Brings the checkpoints of before into the host, where `deliver` puts files into a directory of the container. Errors: those of the place,
   * of `deliver`, and the signal's reason.
   */
  async restore(deliver: (path: string, files: readonly PlacedFile[]) => Promise<void>, signal: AbortSignal): Promise<void> {
    for (const { mirror, directory, place } of this.#mirrors) {
      if (directory.kind !== 'checkpoints') continue;
      const files = await place.files(signal);
      if (files.length === 0) continue;
      await deliver(directory.path, files);
      const names = files.map(({ name }) => name);
      await mirror.restored(names, signal);
    }
  }

  /** Looks again and again from now on; what cannot be put into its place is told, and tried again. */
  begin(): void {
    this.#loops = this.#mirrors.map((each) => this.#repeat(each));
  }

  /** The last look. Says why something could not be put into its place; undefined when all of it was. */
  async finish(signal: AbortSignal): Promise<string | undefined> {
    await this[Symbol.asyncDispose]();
    for (const { mirror, directory, place } of this.#mirrors) {
      try {
        await mirror.pass(true, signal);
      } catch (error) {
        signal.throwIfAborted();
        return `${directory.path} could not be copied to ${place.uri}: ${reasonOf(error)}`;
      }
    }
    return undefined;
  }

  /** Settles when nothing is looked at any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await Promise.all(this.#loops);
  }

  /** Whoever looks at a lot looks seldom: a tenth of the time at most. */
  async #repeat({ mirror, directory, place }: MirroredDirectory): Promise<void> {
    const { signal } = this.#ending;
    const { onWarning, pace = 0.5 } = this.#options;
    let told = '';
    while (!signal.aborted) {
      const begunAt = performance.now();
      try {
        await mirror.pass(false, signal);
      } catch (error) {
        if (signal.aborted) return;
        const why = `${directory.path} could not be copied to ${place.uri}, and is tried again: ${reasonOf(error)}`;
        if (why !== told) onWarning(why);
        told = why;
      }
      const elapsed = performance.now() - begunAt;
      await pause(Math.max(pace * 1000, 9 * elapsed), undefined, { signal }).catch(() => {}); // it is over
    }
  }
}
