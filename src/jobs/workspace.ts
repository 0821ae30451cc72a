import { existsSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { mountPoints } from '../contract/training.ts';
import type { Container, Containers, CreatedContainer, Mount } from '../engine/engine.ts';
import { type OnBytes, withProgress } from '../progress.ts';
import { copyFiles, type FileModes, filesArchive } from '../store/file-set.ts';
import { collectMembers } from '../store/members.ts';
import type { PlacedFile } from '../store/places.ts';
import { tarOf } from '../store/tar-of.ts';
import type { ChannelFiles } from './channels/download.ts';
import { makeDirectory, treeArchive, withoutData, writeData, writeTree } from './host-tree.ts';
import { type CollectOptions, fetchOutputs, type Outputs, outputsIn } from './outputs.ts';
import type { PipePlace } from './pipe/pipes.ts';
import type { HostPlan } from './plan.ts';
import { makeVolume, type Staging, type StagingMethod, stageChannels } from './staging.ts';
import type { Seen } from './sync/host-syncs.ts';
import { boundDirectory, fetchedDirectory } from './sync/live-directory.ts';
import { localOf, mountOf, unmountedPaths } from './sync/synced-paths.ts';
import { placeWarm, takenBelow, warmDirectory } from './warm-cache.ts';

/** How the tree under /opt/ml reaches a container and how its results come back. One face; callers do not care which it is. */
export interface Workspace {
  readonly mounts: readonly Mount[];
  /** Where FIFOs are made that the container sees; absent for a host without channels in Pipe mode. */
  readonly pipes?: PipePlace;
  /** Called once, between create and start. */
  fill(container: CreatedContainer): Promise<void>;
  /** What a directory of the container holds, while it runs too. */
  live(container: Container, path: string, containers: Pick<Containers, 'open'>): Seen;
  /** Puts files into a directory of the container before it starts. */
  deliver(container: CreatedContainer, path: string, files: readonly PlacedFile[]): Promise<void>;
  /** Called after the exit. Paths are on the user's disk and live as long as the scratch directory. */
  collect(container: Container, options: CollectOptions): Promise<Outputs>;
}

/**
 * `bind`: the engine mounts directories of the user's disk. `archive`: it mounts volumes of its own, and files travel through its archive
 * API. Which one a job has follows from what the engine makes of this machine's files (`engine/file-sharing.ts`).
 */
export type WorkspaceStrategy = 'bind' | 'archive';

export const openWorkspace = (strategy: WorkspaceStrategy, plan: HostPlan, staging: Staging, method: StagingMethod): Promise<Workspace> =>
  strategy === 'bind' ? bindWorkspace(plan, staging, method) : archiveWorkspace(plan, staging, method);

/** The workspace of a host whose container is there already, as far as its results go. */
export const reopenWorkspace = (strategy: WorkspaceStrategy, host: string, scratch: string): Pick<Workspace, 'collect' | 'live'> => ({
  collect: async (container, options) =>
    strategy === 'bind' ? outputsIn(scratch, host) : await fetchOutputs(container, scratch, host, options),
  live: liveBelow(strategy, join(scratch, host)),
});

/** What only the engine sees is fetched to beside where it would be if it were bound. */
const liveBelow =
  (strategy: WorkspaceStrategy, root: string) =>
  (container: Container, path: string, containers: Pick<Containers, 'open'>): Seen => ({
    live:
      strategy === 'bind'
        ? boundDirectory(localOf(root, path), mountOf(root, path))
        : fetchedDirectory(container, path, localOf(join(root, 'synced'), path), containers),
    notes: `${localOf(join(root, '.notes'), path)}.json`,
  });

async function bindWorkspace(plan: HostPlan, staging: Staging, method: StagingMethod): Promise<Workspace> {
  const root = join(staging.scratch, plan.host);
  if (plan.directories.has(warmDirectory)) await placeWarm(staging.scratch, plan.host, root);
  writeTree(root, plan);
  const data = join(root, 'input/data');
  const channels = await stageChannels(plan, method, staging, copyBelow(data));
  const binds = mountPoints(plan.directories).map(
    (path): Mount => ({ kind: 'bind', source: join(root, path), target: `/opt/ml/${path}`, readOnly: false }),
  );
  const more = unmountedPaths(plan).map((path): Mount => ({ kind: 'bind', source: localOf(root, path), target: path, readOnly: false }));
  for (const { source } of more) await makeWritable(source, plan);
  return {
    mounts: [...binds, ...channels, ...more],
    live: liveBelow('bind', root),
    async deliver(_container, path, files) {
      const into = localOf(root, path);
      const wanted = files.map((file) => ({ path: file.name, source: file.path, bytes: file.size }));
      await deliverFiles(wanted, staging, (channel, onBytes) => copyFiles(channel, into, staging.signal, onBytes, writtenModes(plan)));
      await makeWritable(into, plan);
    },
    ...pipesIn(data, plan, staging),
    async fill() {},
    collect: async () => outputsIn(staging.scratch, plan.host),
  };
}

const copyBelow = (data: string) => (files: ChannelFiles, signal: AbortSignal, onBytes: OnBytes) =>
  copyFiles(files, join(data, files.channel), signal, onBytes);

const pipesIn = (data: string, { pipes, host }: HostPlan, { scratch }: Staging): Pick<Workspace, 'pipes'> =>
  pipes.length === 0 ? {} : { pipes: { data, spares: join(scratch, 'pipes', host) } };

/** What the image itself has where a volume is mounted stays hidden, as below a bind. */
async function archiveWorkspace(plan: HostPlan, staging: Staging, method: StagingMethod): Promise<Workspace> {
  const sent: ChannelFiles[] = [];
  const mounts: Mount[] = [];
  const points = mountPoints(plan.directories);
  // FIFOs are this machine's, so what is beside them is too: a directory that a container can read only, because what it wrote there as
  // another user could not be removed.
  const data = plan.pipes.length > 0 ? join(staging.scratch, plan.host, 'data') : undefined;
  if (data !== undefined) {
    writeData(data, plan);
    mounts.push({ kind: 'bind', source: data, target: '/opt/ml/input/data', readOnly: true });
    staging.onDeviation('/opt/ml/input/data can only be read, because this job has channels in Pipe mode and you are not root.');
  }
  const copy = data === undefined ? async (source: ChannelFiles) => void sent.push(source) : copyBelow(data);
  for (const path of points) {
    const { name } = await makeVolume({ name: `${staging.id}-${path}`, labels: staging.labels }, staging);
    mounts.push({ kind: 'volume', source: name, target: `/opt/ml/${path}`, readOnly: false });
  }
  mounts.push(...(await stageChannels(plan, method, staging, copy)));
  for (const [index, path] of unmountedPaths(plan).entries()) {
    const { name } = await makeVolume({ name: `${staging.id}-more-${index}`, labels: staging.labels }, staging);
    mounts.push({ kind: 'volume', source: name, target: path, readOnly: false });
  }
  const tree = data === undefined ? plan : withoutData(plan);
  return {
    mounts,
    ...(data !== undefined && pipesIn(data, plan, staging)),
    live: liveBelow('archive', join(staging.scratch, plan.host)),
    async deliver(container, path, files) {
      const wanted = files.map((file) => ({ path: file.name, source: file.path, bytes: file.size }));
      await deliverFiles(wanted, staging, (channel, onBytes) =>
        container.putArchive(path, filesArchive(channel, staging.signal, onBytes, writtenModes(plan))),
      );
    },
    async fill(container) {
      const { archivesReachMounts } = await staging.engine.describe();
      if (archivesReachMounts) await container.putArchive('/', treeArchive(tree));
      else for (const path of points) await container.putArchive(`/opt/ml/${path}`, treeArchive(tree, path));
      for (const source of sent) {
        staging.signal.throwIfAborted();
        await sendChannel(container, source, staging);
      }
      if (plan.directories.has(warmDirectory)) await sendWarm(container, join(takenBelow(staging.scratch), plan.host), staging);
    },
    collect: (container, options) => fetchOutputs(container, staging.scratch, plan.host, options),
  };
}

/** What was taken over, where there is something. Links become what they point to. */
async function sendWarm(container: CreatedContainer, taken: string, { signal, onWarning }: Staging): Promise<void> {
  if (!existsSync(taken)) return;
  const members = await collectMembers([taken], { signal, onWarning });
  await container.putArchive(`/opt/ml/${warmDirectory}`, tarOf(members, { what: 'The cache of the warm pool', signal }));
}

/** The checkpoints of before as files for a host. */
function deliverFiles(
  files: ChannelFiles['files'],
  staging: Staging,
  deliver: (files: ChannelFiles, onBytes: OnBytes) => Promise<void>,
): Promise<void> {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return withProgress('Restoring checkpoints', bytes, staging.onProgress, (onBytes) =>
    deliver({ channel: 'checkpoints', what: 'A checkpoint', files }, onBytes),
  );
}

/** As the directories of the tree that programs write to. */
async function makeWritable(path: string, { directories }: Pick<HostPlan, 'directories'>): Promise<void> {
  await makeDirectory(path);
  await chmod(path, writtenModes({ directories }).directory);
}

/** Modes of what the program may write to, as the tree has them. */
function writtenModes({ directories }: Pick<HostPlan, 'directories'>): FileModes {
  const directory = directories.get('output') ?? 0o755;
  return { directory, file: directory & 0o666 };
}

function sendChannel(container: CreatedContainer, files: ChannelFiles, staging: Staging): Promise<void> {
  const bytes = files.files.reduce((sum, file) => sum + file.bytes, 0);
  return withProgress(`Sending channel "${files.channel}" to the engine`, bytes, staging.onProgress, (onBytes) =>
    container.putArchive(`/opt/ml/input/data/${files.channel}`, filesArchive(files, staging.signal, onBytes)),
  );
}
