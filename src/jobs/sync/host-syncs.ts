import { setTimeout as pause } from 'node:timers/promises';
import { type SyncedDirectory, syncMembers } from '../../contract/training-syncs.ts';
import { reasonOf } from '../../errors.ts';
import type { ObjectStore } from '../../store/objects.ts';
import { type Place, type PlacedFile, placeOf } from '../../store/places.ts';
import { removeTree } from '../../store/temporary.ts';
import type { LiveDirectory } from './live-directory.ts';
import { Mirror } from './mirror.ts';

/** One directory of a host, as this machine sees it. */
export interface Seen {
  readonly live: LiveDirectory;
  /** A file of this machine for what the next process must know of it. */
  readonly notes: string;
}

/** One that is kept in step with a place. */
export interface HostSync extends Seen {
  readonly directory: SyncedDirectory;
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
  /** A directory of this machine for what is brought from there. */
  readonly fetched: string;
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

  /** Goes on where a process before this one had come. Errors: those of `placeOf`, DiskTrouble. */
  static async open(syncs: readonly HostSync[], options: HostSyncsOptions): Promise<HostSyncs> {
    const { onWarning } = options;
    const opened = syncs.map(async ({ directory, live, notes }) => {
      const place = await placeOf(directory.uri, options.objects, syncMembers[directory.kind]);
      const mirror = new Mirror(live, place, { hasMarkers: directory.kind === 'checkpoints', notes, onWarning });
      await mirror.recall();
      return { mirror, directory, place, fetched: `${notes}.fetched` };
    });
    return new HostSyncs(await Promise.all(opened), options);
  }

  /**
   * Brings the checkpoints of before into the host, where `deliver` puts files into a directory of the container. Errors: those of the place,
   * of `deliver`, and the signal's reason.
   */
  async restore(deliver: (path: string, files: readonly PlacedFile[]) => Promise<void>, signal: AbortSignal): Promise<void> {
    for (const { mirror, directory, place, fetched } of this.#mirrors) {
      if (directory.kind !== 'checkpoints') continue;
      const files = await place.files(fetched, signal);
      if (files.length === 0) continue;
      await deliver(directory.path, files);
      await removeTree(fetched);
      const names = files.map(({ name }) => name);
      await mirror.restored(names, signal);
    }
  }

  /** Looks again and again from now on; what cannot be put into its place is told, and tried again. */
  begin(): void {
    this.#loops = this.#mirrors.map((each) => this.#repeat(each));
  }

  /** The last look at each. Says why something could not be put into its place; undefined when all of it was. */
  async finish(signal: AbortSignal): Promise<string | undefined> {
    await this[Symbol.asyncDispose]();
    const failures: string[] = [];
    for (const { mirror, directory, place } of this.#mirrors) {
      try {
        await mirror.pass(true, signal);
      } catch (error) {
        signal.throwIfAborted();
        failures.push(`${directory.path} could not be copied to ${place.uri}: ${reasonOf(error).replace(/\.$/, '')}.`);
      }
    }
    return failures.length === 0 ? undefined : failures.join(' ');
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
      const elapsed = performance.now() - begunAt - mirror.putTime;
      await pause(Math.max(pace * 1000, 9 * elapsed), undefined, { signal }).catch(() => {}); // it is over
    }
  }
}
