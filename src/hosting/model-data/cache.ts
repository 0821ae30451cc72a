import { createHash } from 'node:crypto';
import { chmod, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { orAborted } from '../../engine/steady.ts';
import { codeOf, diskTrouble, isSystemError } from '../../store/disk-trouble.ts';
import type { TemporaryDirectory } from '../../store/home.ts';

/** Directories of model data that are made once for each content, and that endpoints read together. */
export class ModelCache {
  readonly #directory: string;
  readonly #temporaryDirectory: (name: string) => Promise<TemporaryDirectory>;

  /** @param temporaryDirectory makes one on the same file system as `directory` */
  constructor(directory: string, temporaryDirectory: (name: string) => Promise<TemporaryDirectory>) {
    this.#directory = directory;
    this.#temporaryDirectory = temporaryDirectory;
  }

  /**
   * The directory for a content that `parts` tell from every other. `make` is called when there is none, with the path of a tree that is not
   * there yet and a scratch directory around it; the tree appears when it is whole. Of several processes each may make it, and one tree stays;
   * within one, the others wait. Errors: DiskTrouble, and what `make` throws.
   */
  async directory(parts: readonly string[], make: (tree: string, scratch: string) => Promise<void>, signal: AbortSignal): Promise<string> {
    const key = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
    const path = join(this.#directory, key);
    for (let other = making.get(path); other; other = making.get(path)) await orAborted(other, signal);
    const made = this.#ensure(path, make);
    // Whoever waits hears nothing of an error, and tries it again.
    making.set(
      path,
      made.catch(() => {}).finally(() => making.delete(path)),
    );
    await made;
    return path;
  }

  async #ensure(path: string, make: (tree: string, scratch: string) => Promise<void>): Promise<void> {
    if (await isUsed(path)) return;
    await using scratch = await this.#temporaryDirectory('model');
    const tree = join(scratch.path, 'model');
    await make(tree, scratch.path);
    try {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      await chmod(tree, 0o755); // the image may run as anyone
      await rename(tree, path);
    } catch (error) {
      if (['ENOTEMPTY', 'EEXIST'].includes(codeOf(error) ?? '')) return; // another process has just made the same
      throw isSystemError(error) ? diskTrouble('write', path, error) : error;
    }
  }
}

/** What this process is making now. */
const making = new Map<string, Promise<void>>();

/** Whether it is there; from now on it counts as last used now. Errors: DiskTrouble. */
async function isUsed(path: string): Promise<boolean> {
  try {
    await chmod(path, 0o755); // changes nothing but the time of the last change, by which `clean --older-than` goes
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    if (['EPERM', 'EROFS'].includes(codeOf(error) ?? '')) return true; // root made it, in a home that an ordinary user has too
    throw diskTrouble('use', path, error);
  }
}
