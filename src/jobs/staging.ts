import { mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Engine, Labels, Mount, Volume, VolumeSpec } from '../engine/engine.ts';
import { isError } from '../errors.ts';
import { inDockerDesktop, isDockerDesktop } from '../host-paths.ts';
import { type OnBytes, type ProgressEvent, withProgress } from '../progress.ts';
import type { Scope } from '../scope.ts';
import { diskTrouble } from '../store/disk-trouble.ts';
import { each } from '../store/each.ts';
import { copyFiles, isReadableByAll, linkFiles } from '../store/file-set.ts';
import { trace } from '../trace.ts';
import { size } from '../units.ts';
import { type ChannelFiles, downloaded, isElsewhere } from './channels/download.ts';
import type { FileSystemInput, ObjectsInput } from './channels/input.ts';
import type { ObjectSource } from './channels/locate.ts';
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
  /** Whether a container sees a directory of this machine that is mounted into it. */
  readonly showsFiles: boolean;
  /** Where objects are that are not files of this machine. */
  readonly objects?: ObjectSource | undefined;
  /** Owns the volumes made here. */
  readonly scope: Scope;
  /** Ends the staging at once. */
  readonly signal: AbortSignal;
  readonly onWarning: (message: string) => void;
  /** Called for what a program could tell from the cloud; a sentence. */
  readonly onDeviation: (message: string) => void;
  readonly onProgress: (event: ProgressEvent) => void;
}

/** Copies a channel to where the container will have it. */
export type CopyChannel = (files: ChannelFiles, signal: AbortSignal, onBytes: OnBytes) => Promise<void>;

/**
 * The mounts of a host's channels, and of the directories that stand for file systems. File mode gives copy-on-write views, FastFile mode
 * views that cannot be written; `copy` gets the channels that can be neither: all of them where the engine does not see this machine's files,
 * and those whose files the image's user may not read as they are, while in the cloud everybody may. Errors: InputUnreadable,
 * DataDownloadFailed, DiskTrouble, trouble of the engine, and the signal's reason; nothing goes on then.
 */
export async function stageChannels(plan: HostPlan, method: StagingMethod, staging: Staging, copy: CopyChannel): Promise<readonly Mount[]> {
  const mounts: Mount[] = plan.fileSystems.map(fileSystemMount);
  const copies: (() => Promise<void>)[] = [];
  await each(plan.channels, staging.signal, async (input, signal) => {
    if (input.objects.length === 0) return; // a share of nothing: its directory is there
    const channel = new StagedChannel(input, await fetched(input, plan, staging, signal), plan, staging);
    trace(() => `channel ${input.channel}: ${input.mode}, ${input.objects.length} objects, ${method} where it can be`);
    if (input.mode === 'FastFile') {
      if (staging.showsFiles) mounts.push(await channel.readOnly(signal));
      else copies.push(() => channel.copiedForFastFile(copy));
    } else if (method === 'overlay' && (await channel.isReadable(signal))) mounts.push(await channel.overlay(signal));
    else copies.push(() => channel.copied(copy, method));
  });
  await each(copies, staging.signal, (begin) => begin());
  return mounts;
}

const targetOf = (channel: string): string => `/opt/ml/input/data/${channel}`;

const fileSystemMount = ({ channel, directory, readOnly }: FileSystemInput): Mount => ({
  kind: 'bind',
  source: directory,
  target: targetOf(channel),
  readOnly,
});

/** What staging keeps of a channel on the user's disk. */
const stagedPath = (kind: 'download' | 'selection' | 'copy' | 'alias', { host }: HostPlan, { scratch }: Staging, channel: string): string =>
  join(scratch, 'staged', host, kind, channel);

async function fetched(input: ObjectsInput, plan: HostPlan, staging: Staging, signal: AbortSignal): Promise<ChannelFiles> {
  const { channel, bytes, mode } = input;
  const into = stagedPath('download', plan, staging, channel);
  const { objects } = staging;
  if (!isElsewhere(input)) return await downloaded(input, { into, objects, signal });
  if (mode === 'FastFile') {
    staging.onDeviation(`Channel "${channel}" in FastFile mode is downloaded whole before the start; the cloud fetches what is read.`);
  }
  return await withProgress(`Downloading channel "${channel}"`, bytes, staging.onProgress, (onBytes) =>
    downloaded(input, { into, objects, signal, onBytes }),
  );
}

/** A channel whose objects are files of this machine, on its way into one host. */
class StagedChannel {
  readonly #input: ObjectsInput;
  readonly #files: ChannelFiles;
  readonly #plan: HostPlan;
  readonly #staging: Staging;

  constructor(input: ObjectsInput, files: ChannelFiles, plan: HostPlan, staging: Staging) {
    this.#input = input;
    this.#files = files;
    this.#plan = plan;
    this.#staging = staging;
  }

  /** Whether the image's user may read all of it as it lies on the disk. */
  async isReadable(signal: AbortSignal): Promise<boolean> {
    return isRoot(this.#plan.user) || (await isReadableByAll(this.#files, signal));
  }

  /**
   * A copy-on-write view: the engine's `local` volume driver mounts an overlay whose lower layer is the user's directory. It costs the same
   * for a kilobyte and a terabyte. The layers that take the writes are volumes of the engine, so that the engine, which may be root where
   * the user is not, can remove them.
   */
  async overlay(signal: AbortSignal): Promise<Mount> {
    const { id, labels } = this.#staging;
    const name = (part: string): string => `${id}-${this.#files.channel.replaceAll(/[^a-zA-Z0-9_.-]/g, '-')}-${part}`;
    const lower = await this.#lowerLayer(signal);
    const upper = await makeVolume({ name: name('upper'), labels }, this.#staging);
    const work = await makeVolume({ name: name('work'), labels }, this.#staging);
    const options = `lowerdir=${await this.#asEngineHasIt(lower)},upperdir=${upper.mountpoint},workdir=${work.mountpoint}`;
    const merged = await makeVolume({ name: name('data'), labels, mount: { type: 'overlay', device: 'overlay', options } }, this.#staging);
    return { kind: 'volume', source: merged.name, target: targetOf(this.#files.channel), readOnly: false };
  }

  /** The files as they are, for reading alone: nothing is copied unless it must be. */
  async readOnly(signal: AbortSignal): Promise<Mount> {
    return { kind: 'bind', source: await this.#directory(signal), target: targetOf(this.#files.channel), readOnly: true };
  }

  async #directory(signal: AbortSignal): Promise<string> {
    const { channel, directory } = this.#files;
    if (!(await this.isReadable(signal))) {
      const into = this.#place('copy');
      this.#staging.onDeviation(`${this.#fastFile()} is copied before the start, because ${this.#whyUnreadable()}`);
      await this.#copy((files, stopped, onBytes) => copyFiles(files, into, stopped, onBytes));
      return into;
    }
    if (directory !== undefined) return directory;
    const links = this.#place('selection');
    const copied = await linkFiles(this.#files, links, signal);
    if (copied > 0) {
      const why = 'files of another file system than the home (or of another owner) cannot be linked';
      this.#staging.onDeviation(`Channel "${channel}" in FastFile mode is copied before the start (${size(copied)}), because ${why}.`);
    }
    return links;
  }

  async copied(copy: CopyChannel, method: StagingMethod): Promise<void> {
    if (method === 'overlay') this.#staging.onWarning(`Channel "${this.#files.channel}" is copied, because ${this.#whyUnreadable()}`);
    await this.#copy(copy);
  }

  async copiedForFastFile(copy: CopyChannel): Promise<void> {
    const why = "the engine does not see this machine's files";
    this.#staging.onDeviation(`${this.#fastFile()} is copied before the start and can be written to, because ${why}.`);
    await this.#copy(copy);
  }

  #copy(copy: CopyChannel): Promise<void> {
    const { host } = this.#plan;
    const what = `Copying channel "${this.#files.channel}" to ${host}`;
    return withProgress(what, this.#input.bytes, this.#staging.onProgress, (onBytes) => copy(this.#files, this.#staging.signal, onBytes));
  }

  async #lowerLayer(signal: AbortSignal): Promise<string> {
    const { directory } = this.#files;
    if (directory === undefined) {
      const tree = this.#place('selection');
      await linkFiles(this.#files, tree, signal);
      return tree;
    }
    if (!hasReserved(directory)) return directory;
    const alias = this.#place('alias');
    try {
      await mkdir(dirname(alias), { recursive: true });
      await symlink(directory, alias);
    } catch (error) {
      throw diskTrouble('write', alias, error);
    }
    return alias;
  }

  /** Docker Desktop translates the paths of binds alone. */
  async #asEngineHasIt(path: string): Promise<string> {
    const { operatingSystem } = await this.#staging.engine.describe();
    return (isDockerDesktop(operatingSystem) ? inDockerDesktop(path) : undefined) ?? path;
  }

  #fastFile(): string {
    return `Channel "${this.#files.channel}" in FastFile mode`;
  }

  #whyUnreadable(): string {
    const { directory, files } = this.#files;
    const path = directory ?? (files.length === 1 ? files[0]?.source : dirname(files[0]?.source ?? ''));
    return `the image runs as user ${this.#plan.user}, who may not read all of it. To spare the copy: chmod -R o+rX ${path}`;
  }

  #place(kind: 'selection' | 'copy' | 'alias'): string {
    return stagedPath(kind, this.#plan, this.#staging, this.#files.channel);
  }
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
