import { createHash } from 'node:crypto';
import { access, mkdir, realpath, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { servingModelDirectory } from '../contract/serving.ts';
import type { Engine, Labels, Mount } from '../engine/engine.ts';
import { fail } from '../errors.ts';
import type { Scope } from '../scope.ts';
import { collectMembers } from '../store/members.ts';
import { tarOf } from '../store/tar-of.ts';
import { unpackArchive } from '../store/unpack.ts';

/** A model on the user's disk, ready to be mounted. */
export interface Model {
  /** Absolute; what is below it is the content of /opt/ml/model. */
  readonly directory: string;
  /** What the user named, for people. */
  readonly from: string;
}

export interface ModelSources {
  readonly cwd: string;
  /** Where archives are unpacked, once for each version of each. */
  readonly cache: string;
  /** Ends the unpacking of an archive; its reason is thrown. */
  readonly signal?: AbortSignal;
  /** The model.tar.gz of a training job, or the directory of its files; undefined when there is no such job. */
  readonly ofJob: (name: string) => Promise<string | undefined>;
}

/**
 * What the user named as a model: a directory, a model.tar.gz, or a training job. A path wins over a job of the same name.
 * Errors: InputNotFound, InputUnreadable, ResourceNotFound, ModelArchiveInvalid.
 */
export async function resolveModel(text: string, sources: ModelSources): Promise<Model> {
  const path = localPath(text, sources.cwd);
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return { directory: await realpath(path), from: path };
  if (found?.isFile()) return { directory: await unpackOnce(path, sources), from: path };
  if (/^[./~]|:\/\/|\.t(ar\.)?gz$/.test(text)) throw fail('InputNotFound', { what: '--model', path });
  const archive = await sources.ofJob(text);
  if (archive === undefined)
    throw fail('ResourceNotFound', { what: `a directory, a model.tar.gz or a training job called "${text}" for --model` });
  if ((await stat(archive).catch(() => undefined))?.isDirectory()) return { directory: await realpath(archive), from: archive };
  return { directory: await unpackOnce(archive, sources), from: archive };
}

/** Where what the user named as a model lies: a directory, an archive, or the model of a training job. Errors: as `resolveModel`. */
export async function modelPath(text: string, cwd: string, ofJob: ModelSources['ofJob']): Promise<string> {
  const path = localPath(text, cwd);
  if (await isThere(path)) return path;
  if (/^[./~]|:\/\/|\.t(ar\.)?gz$/.test(text)) throw fail('InputNotFound', { what: '--model', path });
  const archive = await ofJob(text);
  if (archive !== undefined) return archive;
  throw fail('ResourceNotFound', { what: `a directory, a model.tar.gz or a training job called "${text}" for --model` });
}

/** The empty directory that an endpoint without model data finds. Source: contract hosting §4 (inferred). */
export async function noModel(cache: string): Promise<Model> {
  const directory = join(cache, 'empty');
  await mkdir(directory, { recursive: true, mode: 0o755 });
  return { directory, from: 'no model' };
}

function localPath(text: string, cwd: string): string {
  if (!text.includes('://')) return resolve(cwd, text);
  if (text.startsWith('file://')) return decodeURIComponent(new URL(text).pathname);
  throw fail('SourceNotSupported', { what: '--model', uri: text });
}

/** Unpacked once for each content: the key is what changes when a file is replaced. */
async function unpackOnce(archive: string, { cache, signal }: ModelSources): Promise<string> {
  const path = await realpath(archive).catch((error) => {
    throw fail('InputNotFound', { what: '--model', path: archive }, error);
  });
  const { mtimeMs, size, ino } = await stat(path);
  const key = createHash('sha256').update(`${path}\0${mtimeMs}\0${size}\0${ino}`).digest('hex').slice(0, 32);
  const directory = join(cache, key);
  if (await isThere(directory)) return directory;
  try {
    await unpackArchive(path, directory, { url: archive, ...(signal && { signal }) });
  } catch (error) {
    if (!(await isThere(directory))) throw error; // else another process has just unpacked the same archive
  }
  return directory;
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/**
 * The model as a mount, read-only as in the cloud: the directory itself, or a volume that belongs to `scope` and is filled through the
 * engine's archive API. Errors: InputUnreadable, trouble of the engine, and the signal's reason.
 */
export async function mountModel(model: Model, how: 'bind' | 'archive', place: ModelPlace): Promise<Mount> {
  const target = servingModelDirectory;
  if (how === 'bind') return { kind: 'bind', source: model.directory, target, readOnly: true };
  const { engine, image, labels, scope, signal, onWarning } = place;
  const volume = await engine.volumes.create({ name: place.name, labels });
  scope.defer(() => engine.volumes.remove(volume.name));
  const mounts: Mount[] = [{ kind: 'volume', source: volume.name, target, readOnly: false }];
  const filler = await engine.containers.create({ image, command: ['serve'], environment: {}, labels, mounts });
  try {
    const members = await collectMembers([model.directory], { signal, onWarning });
    await filler.putArchive(target, tarOf(members, { what: 'The model', signal }));
  } finally {
    await filler.remove();
  }
  return { kind: 'volume', source: volume.name, target, readOnly: true };
}

/** Where the volume of a model is made, and what goes with it. */
export interface ModelPlace {
  readonly engine: Engine;
  /** Id of an image, for a container that is never started. */
  readonly image: string;
  /** The volume's name. */
  readonly name: string;
  readonly labels: Labels;
  readonly scope: Scope;
  readonly signal: AbortSignal;
  /** Called for what cannot be stored as it is; a sentence. */
  readonly onWarning: (message: string) => void;
}
