import { randomBytes } from 'node:crypto';
import { access, constants, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { extract, pack } from 'tar-stream';
import { fail, isError, reasonOf } from '../errors.ts';
import { Scope } from '../scope.ts';
import type { CreatedContainer, Engine, Labels } from './engine.ts';

/** What keeps a directory of this machine from being mounted into containers; `obstacleTexts` says it to people. */
export type SharingObstacle = 'unseen' | 'selinux' | 'remapped' | 'unwritable' | 'foreign-root' | 'foreign-user';

export const obstacleTexts: Readonly<Record<SharingObstacle, string>> = {
  unseen: "the engine does not see this machine's files",
  selinux: 'SELinux keeps containers from files that are not labelled for them',
  remapped: "root in a container is another user on this machine, who may not read your files (the engine's user namespaces)",
  unwritable: 'the engine may not write into your directories as any user of a container would',
  'foreign-root': 'files that containers make would belong to root, and you could neither read nor delete them all',
  'foreign-user':
    'files that containers make as another user than root would not belong to you, and you could neither read nor delete them all',
};

/** What an engine makes of directories of this machine, for the user who runs this process. */
export interface FileSharing {
  /** Empty where mounts do whatever is wanted of them. */
  readonly obstacles: readonly SharingObstacle[];
  /** A mounted directory shows containers what is in it. */
  readonly showsFiles: boolean;
  /** Besides, what containers write into it can be read and deleted by this user. */
  readonly takesFiles: boolean;
}

export function fileSharing(obstacles: readonly SharingObstacle[]): FileSharing {
  const showsFiles = !obstacles.some((obstacle) => obstacle === 'unseen' || obstacle === 'selinux' || obstacle === 'remapped');
  return { obstacles, showsFiles, takesFiles: showsFiles && obstacles.length === 0 };
}

export interface SharingProbe {
  /** An empty one of ours on this machine; what stays in it this user can remove. */
  readonly directory: string;
  /** Of what is made in the engine, which is removed on every path. */
  readonly labels: Labels;
  /** Id of any image; an empty one is built for the purpose when there is none at hand. */
  readonly image?: string;
  readonly signal?: AbortSignal;
}

/**
 * Tries it out, without running a program: a container that is never started has a directory mounted, and files go in and out of it through
 * the engine's archive API. Takes some 150 ms, and as much again without an image. Errors: DiskTrouble, trouble of the engine, and the signal's
 * reason.
 */
export async function probeFileSharing(engine: Engine, probe: SharingProbe): Promise<FileSharing> {
  const { directory, signal } = probe;
  const { usesSelinux } = await engine.describe();
  const shared = join(directory, 'shared');
  const token = randomBytes(16).toString('hex');
  await onDisk('write to', shared, async () => {
    await mkdir(shared);
    await writeFile(join(shared, 'token'), token, { mode: 0o600 });
  });
  const things = new Scope();
  try {
    const container = await mountingContainer(engine, probe, shared, things);
    signal?.throwIfAborted();
    const seen = container && (await unless(isUnreadable, readToken(container)));
    if (seen !== token) return fileSharing(['unseen']);
    signal?.throwIfAborted();
    const obstacles: SharingObstacle[] = usesSelinux ? ['selinux'] : [];
    const isWritten = await unless(
      isUnwritable,
      container?.putArchive(target, foreignFiles(token)).then(() => true),
    );
    return fileSharing([...obstacles, ...(isWritten ? await obstaclesIn(shared, token) : (['unwritable'] as const))]);
  } finally {
    await things[Symbol.asyncDispose]();
  }
}

/** Where the directory is mounted. */
const target = '/shared';

/** Undefined when the engine refuses the mount, because it has no such directory or does not share it. */
async function mountingContainer(
  engine: Engine,
  { labels, ...probe }: SharingProbe,
  source: string,
  things: Scope,
): Promise<CreatedContainer | undefined> {
  const image = probe.image ?? (await emptyImage(engine, join(probe.directory, 'image'), things, probe.signal));
  const mounts = [{ kind: 'bind', source, target, readOnly: false }] as const;
  const created = engine.containers.create({ image, command: ['none'], environment: {}, labels, mounts, network: 'none' });
  const container = await unless(isMountRefused, created);
  if (container) things.defer(() => container.remove());
  return container;
}

/** What the promise gives; undefined when it fails in words that are an answer too. */
async function unless<T>(isAnswer: RegExp, promise: Promise<T> | undefined): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (isError(error, 'EngineFailed') && isAnswer.test(error.message)) return undefined;
    throw error;
  }
}

/**
 * Whether an engine that shares some of this machine's files shares this directory too: a container that is never started has it mounted. Takes some
 * 30 ms. Errors: trouble of the engine.
 */
export async function showsDirectory(
  engine: Engine,
  source: string,
  { image, labels }: { readonly image: string; readonly labels: Labels },
): Promise<boolean> {
  const mounts = [{ kind: 'bind', source, target, readOnly: true }] as const;
  const container = engine.containers
    .create({ image, command: ['none'], environment: {}, labels, mounts, network: 'none' })
    .catch((error: unknown) => {
      if (isBindRefused(error)) return undefined;
      throw error;
    });
  await (await container)?.remove();
  return (await container) !== undefined;
}

/** Whether a container could not be made because the engine does not have a directory of this machine that it should mount. */
export const isBindRefused = (error: unknown): boolean =>
  isError(error, 'EngineFailed') &&
  /bind source path does not exist|mounts denied|is not shared|statfs .*no such file/i.test(error.message);

/** Docker's words for a path that it does not have, Docker Desktop's for one that it does not share, podman's; and for one that even root may not enter. */
const isMountRefused = /bind source path does not exist|mounts denied|is not shared|no such file or directory|permission denied/i;
/** Root of another machine may be nobody on a network's file system. */
const isUnreadable = /no such file or directory|permission denied/i;
/** Without a range of user ids, or on such a file system, files cannot be given away. */
const isUnwritable = /permission denied|operation not permitted|invalid argument|read-only file system/i;

/** Nothing but a name: a container that is never started needs no more. Its own one, so that a probe beside this one does not remove it. */
async function emptyImage(engine: Engine, context: string, things: Scope, signal: AbortSignal | undefined): Promise<string> {
  const name = randomBytes(6).toString('hex');
  await onDisk('write to', context, async () => {
    await mkdir(context);
    await writeFile(join(context, 'Dockerfile'), `FROM scratch\nLABEL sm-local.kind=image sm-local.probe=${name}\n`);
  });
  const tag = `sm-local-probe:${name}`;
  things.defer(() => engine.images.remove(tag)); // also when the build is interrupted after it has named the image
  return (await engine.images.build({ directory: context, tag }, { ...(signal && { signal }) })).id;
}

async function readToken(container: CreatedContainer): Promise<string | undefined> {
  const tar = await container.getArchive(`${target}/token`);
  if (tar === undefined) return undefined;
  const members = extract();
  tar.on('error', (error) => members.destroy(error)).pipe(members);
  let token: string | undefined;
  for await (const member of members) token = await text(member);
  return token;
}

/** Users whom programs in containers run as: root, and the first ordinary one. */
const users = [0, 1000] as const;

/** What such users leave that is for themselves alone. The directories are empty, so that they can always be removed. */
function foreignFiles(content: string): Readable {
  const archive = pack();
  for (const uid of users) {
    archive.entry({ name: `directory-${uid}`, type: 'directory', mode: 0o700, uid, gid: uid });
    archive.entry({ name: `file-${uid}`, mode: 0o600, uid, gid: uid }, content);
  }
  archive.finalize();
  return archive as unknown as Readable;
}

async function obstaclesIn(shared: string, content: string): Promise<SharingObstacle[]> {
  const obstacles: SharingObstacle[] = [];
  // Root in a container reads what this user can read if it is root here, or this user.
  const self = process.getuid?.();
  const { uid: rootHere } = await onDisk('look at', shared, () => stat(join(shared, 'file-0')));
  if (self !== undefined && rootHere !== 0 && rootHere !== self) obstacles.push('remapped');
  const [roots, users1000] = await Promise.all(users.map((uid) => isOurs(shared, uid, content)));
  if (!roots) obstacles.push('foreign-root');
  if (!users1000) obstacles.push('foreign-user');
  return obstacles;
}

/** Whether this user can read the file, and list and empty the directory. */
async function isOurs(shared: string, uid: number, content: string): Promise<boolean> {
  try {
    await access(join(shared, `directory-${uid}`), constants.R_OK | constants.W_OK | constants.X_OK);
    return (await readFile(join(shared, `file-${uid}`), 'utf8')) === content;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return false;
    throw diskTrouble('read', shared, error);
  }
}

async function onDisk<T>(action: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw diskTrouble(action, path, error);
  }
}

const diskTrouble = (action: string, path: string, error: unknown): Error =>
  fail('DiskTrouble', { action, path, why: reasonOf(error) }, error);
