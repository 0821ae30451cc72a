import { lstat, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Resource } from './upkeep/resources.ts';

/** Disk space as `du` counts it: the blocks that are really taken, those of a file with several names once. */
export class DiskUse {
  readonly #seen = new Set<string>();

  /** Bytes that a file, or a directory with all that is below it, takes and that were not counted before. What is gone, or may not be read, takes none. */
  async add(path: string): Promise<number> {
    const found = await lstat(path).catch(() => undefined);
    if (found === undefined) return 0;
    if (found.nlink > 1) {
      const inode = `${found.dev} ${found.ino}`;
      if (this.#seen.has(inode)) return 0;
      this.#seen.add(inode);
    }
    let bytes = found.blocks * blockSize;
    if (!found.isDirectory()) return bytes;
    for (const name of await readdir(path).catch(() => [])) bytes += await this.add(join(path, name));
    return bytes;
  }
}

/** The unit of `st_blocks`, whatever the file system's own. Source: POSIX, sys/stat.h, as Linux, macOS and Node on Windows keep it. */
const blockSize = 512;

/** Bytes that each one takes: logs, archives, and temporary files while it runs; and all of them together, where what they share counts once. */
export async function sizesOf(resources: readonly Resource[]): Promise<{ readonly each: readonly number[]; readonly total: number }> {
  const all = new DiskUse();
  const each: number[] = [];
  let total = 0;
  for (const resource of resources) {
    const own = new DiskUse();
    let bytes = 0;
    for (const path of pathsOf(resource)) {
      bytes += await own.add(path);
      total += await all.add(path);
    }
    each.push(bytes);
  }
  return { each, total };
}

/** What it has on the user's disk. Logs have a directory of their own. */
function pathsOf(resource: Resource): readonly string[] {
  const logs = (files: Readonly<Record<string, string>>): string[] => [...new Set(Object.values(files).map(dirname))];
  if (resource.kind === 'endpoint') return logs(resource.record.run?.logs ?? {});
  const { files, run } = resource.record;
  return [...logs(files.logs), ...[files.model, files.output, run?.scratch].flatMap((path) => path ?? [])];
}
