import { mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Engine, Labels, Mount, Volume, VolumeSpec } from '../engine/engine.ts';
import { isError } from '../errors.ts';
import type { Scope } from '../scope.ts';
import { diskTrouble } from '../store/disk-trouble.ts';
import { each, isReadableByAll, linkChannel } from './channel-files.ts';
import type { ChannelSource } from './inputs.ts';
import { type HostPlan, isRoot } from './plan.ts';

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
  /** Ends the staging at once. */
  readonly signal: AbortSignal;
  readonly onWarning: (message: string) => void;
}

/**
 * The mounts of the channels that containers see as copy-on-write views; `copy` gets the others: all of them where there can be no views, and
 * those whose files the image's user may not read as they are, while in the cloud everybody may. Errors: InputUnreadable, DiskTrouble, trouble
 * of the engine, and the signal's reason; nothing goes on then.
 */
export async function stageChannels(
  { channels, user }: HostPlan,
  method: StagingMethod,
  staging: Staging,
  copy: (source: ChannelSource, signal: AbortSignal) => Promise<void>,
): Promise<readonly Mount[]> {
  const mounts: Mount[] = [];
  const unreadable: ChannelSource[] = [];
  await each(channels, staging.signal, async (source, signal) => {
    if (method === 'copy') return await copy(source, signal);
    if (isRoot(user) || (await isReadableByAll(source, signal))) {
      mounts.push(await overlayChannel(source, `/opt/ml/input/data/${source.channel}`, staging));
    } else unreadable.push(source);
  });
  for (const { channel, kind, root, files } of unreadable) {
    const path = kind === 'selection' && files.length === 1 ? files[0]?.source : root;
    staging.onWarning(
      `Channel "${channel}" is copied, because the image runs as user ${user}, who may not read all of it. To spare the copy: chmod -R o+rX ${path}`,
    );
  }
  await each(unreadable, staging.signal, copy);
  return mounts;
}

/**
 * A copy-on-write view of the channel: the engine's `local` volume driver mounts an overlay whose lower layer is the user's directory. It
 * costs the same for a kilobyte and a terabyte. The layers that take the writes are volumes of the engine, so that the engine, which may
 * be root where the user is not, can remove them.
 */
async function overlayChannel(source: ChannelSource, target: string, staging: Staging): Promise<Mount> {
  const { labels } = staging;
  const name = (part: string): string => `${staging.id}-${source.channel.replaceAll(/[^a-zA-Z0-9_.-]/g, '-')}-${part}`;
  const lower = await lowerLayer(source, staging);
  const upper = await makeVolume({ name: name('upper'), labels }, staging);
  const work = await makeVolume({ name: name('work'), labels }, staging);
  const options = `lowerdir=${lower},upperdir=${upper.mountpoint},workdir=${work.mountpoint}`;
  const merged = await makeVolume({ name: name('data'), labels, mount: { type: 'overlay', device: 'overlay', options } }, staging);
  return { kind: 'volume', source: merged.name, target, readOnly: false };
}

/** A volume that goes with the staging's scope. */
export async function makeVolume(spec: VolumeSpec, { engine, scope }: Staging): Promise<Volume> {
  const volume = await engine.volumes.create(spec);
  scope.defer(() => engine.volumes.remove(volume.name));
  return volume;
}

/** Whether a start failed because the engine could not mount an overlay: its file system or kernel refuses some combinations. */
export const isOverlayRefused = (error: unknown): boolean =>
  isError(error, 'EngineFailed') && /failed to mount local volume|error while mounting volume/i.test(error.message);

/** The mount syntax has no way to write these in a path. */
const hasReserved = (path: string): boolean => /[,:\\]/.test(path);

async function lowerLayer(source: ChannelSource, { scratch, signal }: Staging): Promise<string> {
  if (source.kind === 'selection') {
    const tree = join(scratch, 'selection', source.channel);
    await linkChannel(source, tree, signal);
    return tree;
  }
  if (!hasReserved(source.root)) return source.root;
  const alias = join(scratch, 'alias', source.channel);
  try {
    await mkdir(dirname(alias), { recursive: true });
    await symlink(source.root, alias);
  } catch (error) {
    throw diskTrouble('write', alias, error);
  }
  return alias;
}
