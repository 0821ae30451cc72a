import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import { diskTrouble } from '../store/disk-trouble.ts';
import type { HostPlan } from './plan.ts';

/** What a host finds below /opt/ml before its program starts, but for its channels. */
export type HostTree = Pick<HostPlan, 'directories' | 'tree'>;

/**
 * Modes are set one by one, because the process's umask would cut them. All at once: some thirty calls of ten microseconds, which through libuv's pool
 * take the processors three times as long; only the manifest of a channel may be a file of some size. Errors: DiskTrouble.
 */
export function writeTree(root: string, { directories, tree }: HostTree): void {
  try {
    for (const path of directories.keys()) mkdirSync(join(root, path), { recursive: true });
    for (const [path, content] of tree) {
      writeFileSync(join(root, path), content);
      chmodSync(join(root, path), 0o644);
    }
    for (const [path, mode] of directories) chmodSync(join(root, path), mode);
  } catch (error) {
    throw diskTrouble('write to', root, error);
  }
}

/** The part of the tree that is below input/data, in a directory of this machine. */
export function writeData(data: string, { directories, tree }: HostPlan): void {
  const below = <T>(entries: ReadonlyMap<string, T>): ReadonlyMap<string, T> =>
    new Map([...entries].filter(([path]) => isData(path)).map(([path, value]) => [path.slice(dataPath.length), value]));
  writeTree(data, { directories: below(directories), tree: below(tree) });
}

const dataPath = 'input/data';
const isData = (path: string): boolean => path === dataPath || path.startsWith(`${dataPath}/`);

export const withoutData = <T extends HostTree>(plan: T): HostTree => ({
  directories: new Map([...plan.directories].filter(([path]) => !isData(path))),
  tree: new Map([...plan.tree].filter(([path]) => !isData(path))),
});

/** The same tree as a tar stream of root's files: all of /opt/ml with names relative to /, or what is below one of its directories. */
export function treeArchive({ directories, tree }: HostTree, below?: string): Readable {
  const archive = pack();
  const nameOf = (path: string): string | undefined => {
    if (below === undefined) return `opt/ml/${path}`;
    if (path === below) return '.';
    return path.startsWith(`${below}/`) ? path.slice(below.length + 1) : undefined;
  };
  // Parents too: an engine that has to invent one makes it unreadable for others.
  const parents = below === undefined ? ['opt', 'opt/ml'] : [];
  for (const name of parents) archive.entry({ name, type: 'directory', mode: 0o755 });
  for (const [path, mode] of directories) {
    const name = nameOf(path);
    if (name !== undefined) archive.entry({ name, type: 'directory', mode });
  }
  for (const [path, content] of tree) {
    const name = nameOf(path);
    if (name !== undefined) archive.entry({ name, mode: 0o644 }, content);
  }
  archive.finalize();
  return Readable.from(archive as AsyncIterable<Buffer>, { objectMode: false });
}

export async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw diskTrouble('make', path, error);
  }
}
