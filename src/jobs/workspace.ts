import { constants } from 'node:fs';
import { chmod, mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';
import { mountPoints } from '../contract/training.ts';
import type { Container, CreatedContainer, EngineDescription, Mount } from '../engine/engine.ts';
import { removeTree } from '../store/temporary.ts';
import { unpackTar } from '../store/unpack.ts';
import type { ChannelSource } from './inputs.ts';
import type { HostPlan } from './plan.ts';
import { copyChannel, overlayChannel, type Staging, type StagingMethod } from './staging.ts';

/** How the tree under /opt/ml reaches a container and how its results come back. One face; callers do not care which it is. */
export interface Workspace {
  readonly mounts: readonly Mount[];
  /** Called once, between create and start. */
  fill(container: CreatedContainer): Promise<void>;
  /** Called after the exit. Paths are on the user's disk and live as long as the scratch directory. */
  collect(container: Container): Promise<Outputs>;
}

export interface Outputs {
  /** Content of /opt/ml/model. */
  readonly model: string;
  /** Content of /opt/ml/output/data. */
  readonly outputData: string;
  /** The beginning of /opt/ml/output/failure, when there is one. */
  readonly failure: string | undefined;
}

/** `bind`: the engine mounts directories of the user's disk. `archive`: files travel through the engine's archive API. */
export type WorkspaceStrategy = 'bind' | 'archive';

/**
 * Binds are free, so they are used wherever they are harmless: not where the engine is elsewhere, and not where it is root and the user is
 * not, because a container would leave files that the user can neither read nor delete.
 */
export function chooseStrategy(engine: EngineDescription, uid: number | undefined): WorkspaceStrategy {
  const leavesForeignFiles = !engine.rootless && uid !== 0;
  const sharesFiles = engine.isNative || engine.rootless;
  return sharesFiles && !leavesForeignFiles ? 'bind' : 'archive';
}

export const openWorkspace = (strategy: WorkspaceStrategy, plan: HostPlan, staging: Staging, method: StagingMethod): Promise<Workspace> =>
  strategy === 'bind' ? bindWorkspace(plan, staging, method) : archiveWorkspace(plan, staging, method);

/** The workspace of a host whose container is there already, as far as its results go. */
export const reopenWorkspace = (strategy: WorkspaceStrategy, host: string, scratch: string): Pick<Workspace, 'collect'> => ({
  collect: (container) => (strategy === 'bind' ? outputsIn(scratch, host) : fetchOutputs(container, scratch, host)),
});

/** What was collected of a host, or what its binds hold. */
export const outputsIn = (scratch: string, host: string): Promise<Outputs> => {
  const root = join(scratch, host);
  return readOutputs(join(root, 'model'), join(root, 'output'));
};

async function bindWorkspace(plan: HostPlan, staging: Staging, method: StagingMethod): Promise<Workspace> {
  const root = join(staging.scratch, plan.host);
  await writeTree(root, plan);
  const binds = mountPoints(plan.directories).map(
    (path): Mount => ({ kind: 'bind', source: join(root, path), target: `/opt/ml/${path}`, readOnly: false }),
  );
  const channels = await stageChannels(plan, staging, method, (source) => copyChannel(source, join(root, 'input/data', source.channel)));
  return {
    mounts: [...binds, ...channels],
    async fill() {},
    collect: () => outputsIn(staging.scratch, plan.host),
  };
}

async function archiveWorkspace(plan: HostPlan, staging: Staging, method: StagingMethod): Promise<Workspace> {
  const sent: ChannelSource[] = [];
  const mounts = await stageChannels(plan, staging, method, async (source) => void sent.push(source));
  return {
    mounts,
    async fill(container) {
      await container.putArchive('/', treeArchive(plan));
      for (const source of sent) await container.putArchive(`/opt/ml/input/data/${source.channel}`, filesArchive(source));
    },
    collect: (container) => fetchOutputs(container, staging.scratch, plan.host),
  };
}

/** Over whatever an earlier attempt has left. */
async function fetchOutputs(container: Container, scratch: string, host: string): Promise<Outputs> {
  for (const path of ['model', 'output']) {
    const into = join(scratch, host, path);
    await removeTree(into);
    await mkdir(into, { recursive: true });
    const tar = await container.getArchive(`/opt/ml/${path}`);
    if (tar) await unpackTar(tar, into, { strip: 1 });
  }
  return await outputsIn(scratch, host);
}

function stageChannels(
  { channels }: HostPlan,
  staging: Staging,
  method: StagingMethod,
  copy: (source: ChannelSource) => Promise<void>,
): Promise<Mount[]> {
  const stage = async (source: ChannelSource): Promise<Mount[]> => {
    if (method === 'overlay') return [await overlayChannel(source, `/opt/ml/input/data/${source.channel}`, staging)];
    await copy(source);
    return [];
  };
  return Promise.all(channels.map(stage)).then((mounts) => mounts.flat());
}

/** Modes are set one by one, because the process's umask would cut them. */
async function writeTree(root: string, { directories, tree }: HostPlan): Promise<void> {
  await mkdir(root, { recursive: true });
  for (const path of directories.keys()) await mkdir(join(root, path), { recursive: true });
  await Promise.all(
    [...tree].map(async ([path, content]) => {
      await writeFile(join(root, path), content);
      await chmod(join(root, path), 0o644);
    }),
  );
  await Promise.all([...directories].map(([path, mode]) => chmod(join(root, path), mode)));
}

/** The same tree as a tar stream of root's files. */
function treeArchive({ directories, tree }: HostPlan): PassThrough {
  const archive = pack();
  // Parents too: an engine that has to invent one makes it unreadable for others.
  for (const path of ['opt', 'opt/ml']) archive.entry({ name: path, type: 'directory', mode: 0o755 });
  for (const [path, mode] of directories) archive.entry({ name: `opt/ml/${path}`, type: 'directory', mode });
  for (const [path, content] of tree) archive.entry({ name: `opt/ml/${path}`, mode: 0o644 }, content);
  archive.finalize();
  return archive.pipe(new PassThrough());
}

function filesArchive({ files }: ChannelSource): PassThrough {
  const archive = pack();
  const out = new PassThrough();
  const write = async (): Promise<void> => {
    for (const file of files) {
      const handle = await open(file.source);
      try {
        const entry = archive.entry({ name: file.path, size: file.bytes, mode: 0o644 }) as unknown as Writable;
        const content = file.bytes === 0 ? Readable.from([]) : handle.createReadStream({ autoClose: false, end: file.bytes - 1 });
        await pipeline(content, entry);
      } finally {
        await handle.close();
      }
    }
    archive.finalize();
  };
  write().catch((error) => out.destroy(error));
  archive.on('error', (error) => out.destroy(error));
  return archive.pipe(out);
}

async function readOutputs(model: string, output: string): Promise<Outputs> {
  return { model, outputData: join(output, 'data'), failure: await readFailure(join(output, 'failure')) };
}

/** Enough for the 1024 characters the cloud keeps, at up to four bytes each, without reading a file that might be huge. */
const failureBytes = 4096 + 4;

async function readFailure(path: string): Promise<string | undefined> {
  try {
    // Not through a link: the container made it, and it could point at any file of this machine.
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      if (!(await handle.stat()).isFile()) return undefined;
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(failureBytes), 0, failureBytes, 0);
      return new TextDecoder('utf-8').decode(buffer.subarray(0, bytesRead));
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP' || code === 'ENXIO') return undefined;
    throw error;
  }
}
