import { type Stats, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
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
  const git = new Map(roots.map((root) => [root, new GitIgnores(isFile(root) ? dirname(root) : root)]));
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
  // A file that goes and comes back is seen by the directory that it is in alone.
  const places = [...new Set(roots.map((root) => (isFile(root) ? dirname(root) : root)))];
  const rights = new Map<string, number>();
  const watcher = watch(places, {
    ignoreInitial: true,
    followSymlinks: false, // links are changes themselves; what is behind them is not of the context
    atomic: false, // it would tell of what is gone a tenth of a second late, in another burst
    // It asks first without saying what it is, when nobody can tell yet whether something below it counts.
    ignored: (path, stats) => {
      if (stats === undefined || places.includes(resolve(path))) return false;
      const isIgnored = isLeftOut(resolve(path), stats.isDirectory());
      if (!isIgnored && stats.isFile()) rights.set(resolve(path), stats.mode);
      return isIgnored;
    },
  });
  const inodes = new Inodes(watcher);
  // A change of rights alone is none to the watcher when the file has been read since it was written.
  watcher.on('raw', (_event, name, where) => {
    const { watchedPath } = where as { readonly watchedPath: string };
    for (const path of [resolve(watchedPath), join(resolve(watchedPath), name ?? '')]) {
      if (inodes.isReplaced(path)) bursts.add(path, 'change');
      const before = rights.get(path);
      const now = before === undefined ? undefined : statOf(path)?.mode;
      if (now === undefined || now === before) continue;
      rights.set(path, now);
      bursts.add(path, 'change');
    }
  });
  let reading: Promise<unknown> = Promise.resolve();
  watcher.on('all', (event, path) => {
    const changed = resolve(path);
    if (event.endsWith('Dir')) inodes.look(changed);
    if (!isIgnoreFile(changed)) return void (isLeftOut(changed, event.endsWith('Dir')) || bursts.add(changed, event));
    for (const each of git.values()) each.forget();
    reading = reading.then(rules).then(
      (read) => {
        sent = read;
        bursts.add(changed, event);
        watcher.add(places); // what they left out before is seen from now on
      },
      () => bursts.add(changed, event), // the next build says what is wrong with it
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
  inodes.lookAtAll();
  return {
    async next(signal) {
      const changed = await bursts.next(signal);
      const made = await inodes.watchAnew(changed.map((path) => dirname(path)));
      return [...new Set([...changed, ...made.filter((path) => !isLeftOut(path, false))])];
    },
    get overtaken() {
      return bursts.overtaken;
    },
    async [Symbol.asyncDispose]() {
      bursts.end(new Error('It is not watched any more.'));
      await reading;
      await watcher.close();
    },
  };
}

/** A directory that is removed and made again at once is another one, of which the watcher hears nothing. */
class Inodes {
  readonly #watcher: FSWatcher;
  readonly #known = new Map<string, string>();

  constructor(watcher: FSWatcher) {
    this.#watcher = watcher;
  }

  lookAtAll(): void {
    for (const directory of Object.keys(this.#watcher.getWatched())) this.look(resolve(directory));
  }

  look(directory: string): void {
    const inode = inodeOf(directory);
    if (inode === undefined) this.#known.delete(directory);
    else if (!this.#known.has(directory)) this.#known.set(directory, inode);
  }

  isReplaced(directory: string): boolean {
    if (!this.#known.has(directory)) return false;
    const inode = inodeOf(directory);
    return inode !== undefined && inode !== this.#known.get(directory);
  }

  /** Those of these directories, and below them, that are others than before; the files that are in them. */
  async watchAnew(directories: readonly string[]): Promise<readonly string[]> {
    const near = [...this.#known.keys()].filter((known) =>
      directories.some((directory) => isBelow(known, directory) || known === dirname(directory)),
    );
    const replaced = near.filter((directory) => inodeOf(directory) !== this.#known.get(directory));
    const found: string[] = [];
    for (const directory of replaced) {
      this.#known.delete(directory);
      this.look(directory);
      this.#watcher.unwatch(directory);
      if (!this.#known.has(directory)) continue;
      this.#watcher.add(directory);
      const entries = await readdir(directory, { withFileTypes: true }).catch(() => []); // gone again, which is told
      found.push(...entries.filter((entry) => !entry.isDirectory()).map(({ name }) => join(directory, name)));
    }
    return found;
  }
}

/** With the time of its birth: file systems give the number of what is removed to what is made next. */
function inodeOf(directory: string): string | undefined {
  const found = statOf(directory);
  return found?.isDirectory() ? `${found.ino} ${found.birthtimeMs}` : undefined;
}

/** Nothing where there is none, or none that may be looked at: this is asked in the midst of events, where nobody could catch it. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

const isFile = (path: string): boolean => statOf(path)?.isFile() ?? false;

const isBelow = (path: string, root: string): boolean => path === root || path.startsWith(root === sep ? sep : root + sep);

const watchFailed = (error: unknown): Error => {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  return fail('WatchFailed', { why: reasonOf(error), isLimit: code === 'ENOSPC' || code === 'EMFILE' }, error);
};

/** Gathers changes until they pause. */
class Bursts {
  /** What has changed, whether it was there before, and whether it is now. */
  #changed = new Map<string, { readonly was: boolean; readonly is: boolean }>();
  #overtaken = new AbortController();
  #failure: Error | undefined;
  #firstAt = 0;
  #lastAt = 0;
  #wake: (() => void) | undefined;

  get overtaken(): AbortSignal {
    return this.#overtaken.signal;
  }

  add(path: string, event: string): void {
    this.#lastAt = performance.now();
    if (this.#changed.size === 0) this.#firstAt = this.#lastAt;
    const { was } = this.#changed.get(path) ?? { was: !event.startsWith('add') };
    this.#changed.set(path, { was, is: !event.startsWith('unlink') });
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
      if (this.#changed.size > 0 && now >= due) {
        const changed = this.#handOut();
        if (changed.length > 0) return changed;
        continue;
      }
      await this.#woken(this.#changed.size > 0 ? due - now : undefined, signal);
    }
  }

  #handOut(): readonly string[] {
    // What has come and gone meanwhile, as the files of editors that write beside and rename, never was.
    const changed = [...this.#changed].flatMap(([path, { was, is }]) => (was || is ? [path] : []));
    this.#changed = new Map();
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
