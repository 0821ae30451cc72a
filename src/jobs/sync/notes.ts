import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeAtomically } from '../../store/atomic.ts';
import { codeOf, diskTrouble } from '../../store/disk-trouble.ts';

/** Name of a file -> signature of what lies in its place; empty for one that is on its way there. */
export type Placed = ReadonlyMap<string, string>;

/** What a process writes down for the one that may have to go on with its work. `path` is a file of this machine that need not exist. */
export class Notes {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** What was written last; nothing when nothing was. Errors: DiskTrouble. */
  async read(): Promise<Placed> {
    try {
      return new Map(Object.entries(JSON.parse(await readFile(this.#path, 'utf8')) as Record<string, string>));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return new Map();
      throw diskTrouble('read', this.#path, error);
    }
  }

  /** It outlives this process, not a power cut: no container does. Errors: DiskTrouble. */
  async write(placed: Placed): Promise<void> {
    try {
      await mkdir(dirname(this.#path), { recursive: true });
      await writeAtomically(this.#path, JSON.stringify(Object.fromEntries(placed)), { isDurable: false });
    } catch (error) {
      throw diskTrouble('write', this.#path, error);
    }
  }
}
