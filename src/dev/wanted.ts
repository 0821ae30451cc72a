import { isError } from '../errors.ts';
import { eitherOf, onAbort } from '../stop.ts';
import type { CodeWatch } from './code-watch.ts';
import type { ImageUpdates, Update } from './image-updates.ts';
import { Wishes } from './wishes.ts';

/** What has to be done so that what runs is made of the files as they are. */
export interface Wanted {
  /** Absolute paths of what has changed; none where a person has asked for it. */
  readonly files: readonly string[];
  /** Another image, or another patch of the one there is; absent where source code alone has changed, which is delivered besides. */
  readonly image?: Extract<Update, { readonly kind: 'patch' | 'build' }>;
  /** When the first of it was noticed, as `performance.now()` tells it. */
  readonly since: number;
}

export interface WantedSources {
  readonly changes: Pick<CodeWatch, 'next' | 'overtaken'>;
  readonly updates: Pick<ImageUpdates, 'update' | 'rebuild'>;
  /** Files have changed that nothing is made of. */
  readonly onIgnored: (files: readonly string[]) => void;
  /** Changes could not be made sense of. */
  readonly onTrouble: (error: unknown) => void;
}

/** Gathers what is wanted, from changes and from keys, until somebody takes it: nothing is lost, and nothing done twice. */
export class WantedChanges {
  readonly #sources: WantedSources;
  readonly #wishes = new Wishes(joined);
  /** Aborts with why nothing can be watched any more. */
  readonly #failing = new AbortController();

  constructor(sources: WantedSources) {
    this.#sources = sources;
  }

  /** Aborts as soon as something is wanted that `next` has not handed out; another signal after each `next`. */
  get overtaken(): AbortSignal {
    return this.#wishes.arrived;
  }

  /** What key r asks for. */
  rebuild(): void {
    this.#wishes.put({ files: [], image: this.#sources.updates.rebuild(), since: performance.now() });
  }

  /** All that is wanted, when there is something. Errors: the signal's reason; WatchFailed, and whatever else ends the watching. */
  async next(signal: AbortSignal): Promise<Wanted> {
    using over = eitherOf(signal, this.#failing.signal);
    return await this.#wishes.next(over.signal);
  }

  /** Makes sense of changes until `stop` aborts. When nothing can be watched any more, `next` says why. Never rejects. */
  async listen(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      try {
        await this.#listenOnce(stop);
      } catch (error) {
        if (!stop.aborted) this.#failing.abort(error);
        return;
      }
    }
  }

  async #listenOnce(stop: AbortSignal): Promise<void> {
    const { changes, updates, onIgnored } = this.#sources;
    let since: number | undefined;
    const noticed = onAbort(changes.overtaken, undefined);
    void noticed.aborted.then(() => {
      since = performance.now();
    });
    const files = await changes.next(stop).finally(noticed.release);
    const update = await updates.update(files).catch((error: unknown): Update => {
      if (stop.aborted || !isError(error)) throw error;
      this.#sources.onTrouble(error);
      return updates.rebuild(); // where it cannot be told what has changed, all of it has
    });
    if (update.kind === 'none') return onIgnored(files);
    this.#wishes.put({ files, ...(update.kind !== 'code' && { image: update }), since: since ?? performance.now() });
  }
}

/** Both, as one. Each holds all that those before it held; a build that is due stays due. */
function joined(waiting: Wanted, more: Wanted): Wanted {
  const image = waiting.image?.kind === 'build' && more.image?.kind !== 'build' ? waiting.image : (more.image ?? waiting.image);
  return { files: [...new Set([...waiting.files, ...more.files])], ...(image && { image }), since: waiting.since };
}
