import { statSync } from 'node:fs';
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
    const found = await collectMembers([path], { signal, onWarning });
    const members = isWritable ? openToAll(found) : found;
    await filler.putArchive(target, tarOf(members, { what: 'The model', signal }));
  } finally {
    await filler.remove();
  }
  return { kind: 'volume', source: name, target, readOnly: !isWritable };
}

/** Whoever the image runs as may write; the files are root's. */
function* openToAll(members: readonly Member[]): Generator<Member> {
  yield { name: '.', path: '.', kind: 'directory', mode: 0o777 };
  for (const member of members) {
    const mode = (statSync(member.path, { throwIfNoEntry: false })?.mode ?? 0) & 0o777; // what went away is missed when it is packed
    yield { ...member, mode: mode | (member.kind === 'directory' ? 0o777 : 0o666) };
  }
}
