import { basename, relative, resolve, sep } from 'node:path';
import { watch } from 'chokidar';
import { readRules } from '../engine/context-files.ts';
import { fail, reasonOf } from '../errors.ts';
import { GitIgnores, isIgnoreFile, isOfNobody } from './ignored.ts';

/** What is watched; absolute paths. */
export interface CodePlaces {
  /** The directory with the Dockerfile, less what its .dockerignore leaves out. */
  readonly context?: string;
  /** Files and directories besides: those that are declared, source code. */
  readonly others: readonly string[];
}

/** Sees to what people change; the places are taken as they are now. */
export interface CodeWatch extends AsyncDisposable {
  /**
   * What has changed since it was last asked for, when that has been quiet for a moment: absolute paths, each once. Errors: WatchFailed, and the
   * signal's reason.
   */
  next(signal: AbortSignal): Promise<readonly string[]>;
  /** Aborts with the first change that `next` has not handed out; another one after each `next`. */
  readonly overtaken: AbortSignal;
}

/** Milliseconds without a change after which a burst is over; an editor's save is several changes within a few of them. */
const quiet = 50;
/** Milliseconds after which a burst that does not end is handed out all the same. */
const longest = 1000;

/**
 * Resolves when every change from now on is seen. What git ignores, what the context does not send, and what programs write beside code is left
 * out; ignore files count from the moment they change. Errors: WatchFailed, InputUnreadable.
 */
export async function watchCode({ context, others }: CodePlaces): Promise<CodeWatch> {
  const roots = [...(context === undefined ? [] : [context]), ...others].map((path) => resolve(path));
  const git = new Map(roots.map((root) => [root, new GitIgnores(root)]));
  const rules = async () => (context === undefined ? undefined : await readRules(context, 'Dockerfile', true));
  let sent = await rules();
  const isLeftOut = (path: string, isDirectory: boolean): boolean =>
    roots
      .filter((root) => isBelow(path, root))
      .every((root) => {
        const within = relative(root, path).split(sep).join('/');
        if (within === '' || (root === context && ['Dockerfile', '.dockerignore', 'Dockerfile.dockerignore'].includes(within)))
          return false;
        if (isOfNobody(within) || git.get(root)?.isIgnored(path, isDirectory)) return true;
        if (root !== context || !sent) return false;
        return !sent.isSent(within) && !(isDirectory && sent.isWayToSent(within)) && basename(path) !== '.gitignore';
      });
  const bursts = new Bursts();
  // Links are changes themselves; what is behind them is not of the context.
  const watcher = watch(roots, {
    ignoreInitial: true,
    followSymlinks: false,
    ignored: (path, stats) => isLeftOut(resolve(path), stats?.isDirectory() ?? false),
  });
  let reading: Promise<void> = Promise.resolve();
  watcher.on('all', (event, path) => {
    const changed = resolve(path);
    if (!isIgnoreFile(changed)) return void (isLeftOut(changed, event.endsWith('Dir')) || bursts.add(changed));
    for (const each of git.values()) each.forget();
    reading = rules().then(
      (read) => {
        sent = read;
        bursts.add(changed);
        watcher.add(roots); // what they left out before is seen from now on
      },
      () => bursts.add(changed), // the next build says what is wrong with it
    );
  });
  const failed = (error: unknown): void => bursts.end(watchFailed(error));
  await new Promise<void>((ready, broken) => {
    watcher.once('ready', ready);
    watcher.on('error', (error) => {
      failed(error);
      broken(watchFailed(error));
    });
  }).catch(async (error) => {
    await watcher.close();
    throw error;
  });
  return {
    next: (signal) => bursts.next(signal),
    get overtaken() {
      return bursts.overtaken;
    },
    async [Symbol.asyncDispose]() {
      await reading;
      bursts.end(new Error('It is not watched any more.'));
      await watcher.close();
    },
  };
}

const isBelow = (path: string, root: string): boolean => path === root || path.startsWith(root === sep ? sep : root + sep);

const watchFailed = (error: unknown): Error => {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  return fail('WatchFailed', { why: reasonOf(error), isLimit: code === 'ENOSPC' || code === 'EMFILE' }, error);
};

/** Gathers changes until they pause. */
class Bursts {
  #changed = new Set<string>();
  #overtaken = new AbortController();
  #failure: Error | undefined;
  #firstAt = 0;
  #lastAt = 0;
  #wake: (() => void) | undefined;

  get overtaken(): AbortSignal {
    return this.#overtaken.signal;
  }

  add(path: string): void {
    this.#lastAt = performance.now();
    if (this.#changed.size === 0) this.#firstAt = this.#lastAt;
    this.#changed.add(path);
    this.#overtaken.abort();
    this.#wake?.();
  }

  end(failure: Error): void {
    this.#failure ??= failure;
    this.#wake?.();
  }

  async next(signal: AbortSignal): Promise<readonly string[]> {
    for (;;) {
      signal.throwIfAborted();
      if (this.#failure) throw this.#failure;
      const now = performance.now();
      const due = Math.min(this.#lastAt + quiet, this.#firstAt + longest);
      if (this.#changed.size > 0 && now >= due) return this.#handOut();
      await this.#woken(this.#changed.size > 0 ? due - now : undefined, signal);
    }
  }

  #handOut(): readonly string[] {
    const changed = [...this.#changed];
    this.#changed = new Set();
    this.#overtaken = new AbortController();
    return changed;
  }

  /** By a change, by the signal, or after so many milliseconds. */
  #woken(within: number | undefined, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = within === undefined ? undefined : setTimeout(wake, within);
      const self = this;
      function wake(): void {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        self.#wake = undefined;
        resolve();
      }
      this.#wake = wake;
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}
