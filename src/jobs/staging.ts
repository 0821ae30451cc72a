import { copyFile, link, mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Engine, Labels, Mount } from '../engine/engine.ts';
import { isError } from '../errors.ts';
import type { Scope } from '../scope.ts';
import type { ChannelSource } from './inputs.ts';

/** How a File-mode channel becomes writable for the container without ever touching the user's files. */
export type StagingMethod = 'overlay' | 'copy';

export interface Staging {
  readonly engine: Engine;
  /** Unique among everything in the engine; names the volumes. */
  readonly id: string;
  readonly labels: Labels;
  /** A directory of ours on the user's disk, removed afterwards. */
  readonly scratch: string;
  /** Owns the volumes made here. */
  readonly scope: Scope;
}

/**
 * A copy-on-write view of the channel: the engine's `local` volume driver mounts an overlay whose lower layer is the user's directory. It
 * costs the same for a kilobyte and a terabyte. The layers that take the writes are volumes of the engine, so that the engine, which may
 * be root where the user is not, can remove them.
 */
export async function overlayChannel(source: ChannelSource, target: string, staging: Staging): Promise<Mount> {
  const { engine, labels, scope } = staging;
  const name = (part: string): string => `${staging.id}-${source.channel.replaceAll(/[^a-zA-Z0-9_.-]/g, '-')}-${part}`;
  const lower = await lowerLayer(source, staging);
  const [upper, work] = await Promise.all(
    ['upper', 'work'].map(async (part) => {
      const volume = await engine.volumes.create({ name: name(part), labels });
      scope.defer(() => engine.volumes.remove(volume.name));
      return volume.mountpoint;
    }),
  );
  const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
  const merged = await engine.volumes.create({ name: name('data'), labels, mount: { type: 'overlay', device: 'overlay', options } });
  scope.defer(() => engine.volumes.remove(merged.name));
  return { kind: 'volume', source: merged.name, target, readOnly: false };
}

/** Whether a start failed because the engine could not mount an overlay: its file system or kernel refuses some combinations. */
export const isOverlayRefused = (error: unknown): boolean =>
  isError(error, 'EngineFailed') && /failed to mount local volume|error while mounting volume/i.test(error.message);

/** The mount syntax has no way to write these in a path. */
const hasReserved = (path: string): boolean => /[,:\\]/.test(path);

async function lowerLayer(source: ChannelSource, { scratch }: Staging): Promise<string> {
  if (source.kind === 'selection') {
    const tree = join(scratch, 'selection', source.channel);
    await linkFiles(source, tree);
    return tree;
  }
  if (!hasReserved(source.root)) return source.root;
  const alias = join(scratch, 'alias', source.channel);
  await mkdir(dirname(alias), { recursive: true });
  await symlink(source.root, alias);
  return alias;
}

/** A tree of hard links; below an overlay, where a write makes a copy, sharing the inode is safe. Across file systems it is a copy. */
async function linkFiles(source: ChannelSource, into: string): Promise<void> {
  await makeDirectories(source, into);
  await each(source.files, async (file) => {
    const target = join(into, file.path);
    try {
      await link(file.source, target);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      // EPERM: linking to others' files can be forbidden; EMLINK: too many links already.
      if (code !== 'EXDEV' && code !== 'EPERM' && code !== 'EMLINK') throw error;
      await copyFile(file.source, target);
    }
  });
}

/** Copies the channel's files below `into`: where the engine cannot do better. */
export async function copyChannel(source: ChannelSource, into: string): Promise<void> {
  await makeDirectories(source, into);
  await each(source.files, async (file) => {
    await copyFile(file.source, join(into, file.path));
  });
}

async function makeDirectories({ files }: ChannelSource, into: string): Promise<void> {
  const directories = new Set(files.map(({ path }) => dirname(path)));
  await mkdir(into, { recursive: true });
  for (const directory of directories) await mkdir(join(into, directory), { recursive: true });
}

/** Sixteen at a time: small files gain most from it, and more gains nothing (one disk). */
async function each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}
