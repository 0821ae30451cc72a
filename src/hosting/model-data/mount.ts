import { statSync } from 'node:fs';
import { basename, dirname, posix } from 'node:path';
import { servingModelDirectory } from '../../contract/serving.ts';
import type { Engine, Labels, Mount } from '../../engine/engine.ts';
import type { Scope } from '../../scope.ts';
import { collectMembers, type Member } from '../../store/members.ts';
import { tarOf } from '../../store/tar-of.ts';
import type { ModelDirectory, ModelFiles } from './fetch.ts';

/** Where volumes are made, and what goes with them. */
export interface MountPlace {
  readonly engine: Engine;
  /** Id of an image, for a container that is never started. */
  readonly image: string;
  /** A name for a volume; another one each time. */
  readonly volumeName: () => string;
  readonly labels: Labels;
  /** Owns the volumes. */
  readonly scope: Scope;
  readonly signal: AbortSignal;
  /** /opt/ml/model becomes a copy of its own, into which the container may write. */
  readonly isWritable?: boolean;
  /** Called for what cannot be stored as it is; a sentence. */
  readonly onWarning: (message: string) => void;
}

/**
 * Model data as mounts, read-only as in the cloud: the directories themselves, or volumes filled through the engine's archive API. Where the
 * model is writable, each instance needs mounts of its own. Errors: InputUnreadable, trouble of the engine, and the signal's reason.
 */
export async function mountModelData({ directories }: ModelFiles, how: 'bind' | 'archive', place: MountPlace): Promise<readonly Mount[]> {
  const mounts: Mount[] = [];
  for (const directory of directories) {
    const isWritable = place.isWritable === true && directory.target === servingModelDirectory;
    if (how === 'bind' && !isWritable) {
      mounts.push({ kind: 'bind', source: directory.path, target: directory.target, readOnly: true });
    } else {
      mounts.push(await volumeWith(directory, isWritable, place));
    }
  }
  return mounts;
}

async function volumeWith({ path, target }: ModelDirectory, isWritable: boolean, place: MountPlace): Promise<Mount> {
  const { engine, image, labels, scope, signal, onWarning } = place;
  const { name } = await engine.volumes.create({ name: place.volumeName(), labels });
  scope.defer(() => engine.volumes.remove(name));
  const mounts: Mount[] = [{ kind: 'volume', source: name, target, readOnly: false }];
  const filler = await engine.containers.create({ image, command: ['serve'], environment: {}, labels, mounts });
  try {
    const members = await collectMembers([path], { signal, onWarning });
    const options = { what: 'The model', signal };
    if (!isWritable) await filler.putArchive(target, tarOf(members, options));
    // The mode of the directory itself: some engines take it from the entry of that name above it, some from the entry "." in it.
    else if ((await engine.describe()).archivesReachMounts) {
      await filler.putArchive(dirname(target), tarOf(openToAll(members, basename(target)), options));
    } else await filler.putArchive(target, tarOf(openToAll(members, '.'), options));
  } finally {
    await filler.remove();
  }
  return { kind: 'volume', source: name, target, readOnly: !isWritable };
}

/** Whoever the image runs as may write; the files are root's. `top`: what the directory is called that they are in. */
function* openToAll(members: readonly Member[], top: string): Generator<Member> {
  yield { name: top, path: top, kind: 'directory', mode: 0o777 };
  for (const member of members) {
    const mode = (statSync(member.path, { throwIfNoEntry: false })?.mode ?? 0) & 0o777; // what went away is missed when it is packed
    const open = member.kind === 'directory' ? 0o777 : 0o666;
    yield { ...member, name: posix.join(top, member.name), mode: mode | open };
  }
}
