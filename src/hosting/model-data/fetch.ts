import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerDefinition } from '@aws-sdk/client-sagemaker';
import { type ModelSource, modelDataOf } from '../../contract/model-data.ts';
import { servingModelDirectory } from '../../contract/serving.ts';
import type { Seconds } from '../../engine/engine.ts';
import { fail } from '../../errors.ts';
import { type ProgressEvent, withProgress } from '../../progress.ts';
import { each } from '../../store/each.ts';
import { fetchObject } from '../../store/fetch-object.ts';
import { copyFiles, type FileSet, isReadableByAll, linkFiles } from '../../store/file-set.ts';
import type { SourceCode } from '../../store/source-code.ts';
import { unpackArchive } from '../../store/unpack.ts';
import { machineTime, type Timekeeper } from '../../timekeeper.ts';
import type { ModelCache } from './cache.ts';
import { viewWithCode, writeView } from './code-view.ts';
import { type Located, locateModel, type ModelObject, type ModelObjects } from './locate.ts';

/** A container's model data as directories of this machine, not to be changed. */
export interface ModelFiles {
  /** What the user named as the model, for people. */
  readonly from: string;
  /** The model first. A directory of the cache stays as long as an endpoint's record names it. */
  readonly directories: readonly ModelDirectory[];
}

export interface ModelDirectory {
  /** Absolute, on this machine. */
  readonly path: string;
  /** Absolute, in the container. */
  readonly target: string;
}

export interface ModelFetching {
  /** Opens the store that s3:// addresses lead to. */
  readonly objects: () => Promise<ModelObjects>;
  readonly cache: ModelCache;
  /** Goes to the model's `code` directory. */
  readonly code?: SourceCode;
  /** `ModelDataDownloadTimeoutInSeconds`, or the limit `download`. */
  readonly timeout: Seconds;
  /** By which that is measured; the machine's by default. */
  readonly time?: Timekeeper;
  /** What an archive may unpack to: `VolumeSizeInGB`. */
  readonly limitBytes?: number;
  /** Ends it at once; its reason is thrown. */
  readonly signal: AbortSignal;
  readonly onWarning: (message: string) => void;
  readonly onProgress: (event: ProgressEvent) => void;
}

/**
 * Fetches and unpacks all model data of a definition that `checkModelRules` has let through. What was fetched before and is still the same is
 * not fetched again. Nothing is left after an error.
 *
 * @throws InvalidRequest for an address of no bucket there can be; ModelDataNotFound, ModelDataInvalid, ModelArchiveInvalid,
 * ModelArchiveTooLarge, ModelDownloadTimedOut, InputUnreadable, SourceNotSupported; those of the store, DiskTrouble, and the signal's reason.
 * `deploymentFailureReason` has AWS's words for them.
 */
export async function fetchModelData(definition: ContainerDefinition, fetching: ModelFetching): Promise<ModelFiles> {
  const { model, additional } = modelDataOf(definition);
  const directories = [{ path: await modelDirectory(model, fetching), target: servingModelDirectory }];
  for (const source of additional) directories.push({ path: await fetched(source, fetching), target: source.target });
  return { from: model?.uri.replace(/(?<=.)\/+$/, '') ?? 'no model', directories };
}

async function modelDirectory(model: ModelSource | undefined, fetching: ModelFetching): Promise<string> {
  const { cache, code, signal, onWarning, onProgress } = fetching;
  const path = model ? await fetched(model, fetching) : await cache.directory(['empty'], async (tree) => void (await mkdir(tree)), signal);
  if (!code) return path;
  const view = await viewWithCode(path, code, onWarning, signal);
  const bytes = view.pieces.reduce((sum, { kind, stats }) => sum + (kind === 'file' ? stats.size : 0), 0);
  const write = (tree: string): Promise<void> =>
    withProgress('Copying the model', bytes, onProgress, (onBytes) => writeView(view, tree, { signal, onBytes }));
  return await cache.directory(view.parts, write, signal);
}

/** The directory of one source, within the time that it may take. */
async function fetched(source: ModelSource, fetching: ModelFetching): Promise<string> {
  const { timeout, signal, time = machineTime } = fetching;
  const late = new AbortController();
  const expire = (): void => late.abort(fail('ModelDownloadTimedOut', { url: source.uri, seconds: timeout }));
  using _limit = time.after(timeout, expire);
  const limited = { ...fetching, signal: AbortSignal.any([signal, late.signal]) };
  return await directoryOf(source, await locateModel(source, fetching.objects, limited.signal), limited);
}

async function directoryOf({ uri }: ModelSource, located: Located, fetching: ModelFetching): Promise<string> {
  const { cache, signal, limitBytes } = fetching;
  if (located.kind === 'directory') return located.path;
  if (located.kind === 'archive') {
    const { object } = located;
    const parts = ['archive', object.version, String(limitBytes)];
    return await cache.directory(parts, (tree, scratch) => unpacked(object, uri, { tree, scratch }, fetching), signal);
  }
  const parts = ['files', ...located.files.map(({ name, version }) => `${name}\0${version}`)];
  return await cache.directory(parts, (tree, scratch) => gathered(located.files, uri, { tree, scratch }, fetching), signal);
}

interface Place {
  readonly tree: string;
  readonly scratch: string;
}

async function unpacked(object: ModelObject, url: string, { tree, scratch }: Place, fetching: ModelFetching): Promise<void> {
  const { signal, limitBytes, onProgress } = fetching;
  const [archive = ''] = await asFiles([object], url, scratch, fetching);
  await withProgress(`Unpacking ${url}`, object.size, onProgress, (onBytes) =>
    unpackArchive(archive, tree, { url, signal, onBytes, ...(limitBytes !== undefined && { limitBytes }) }),
  );
}

/** Files that everybody may read are linked, since nobody writes to them; the rest are copies that everybody may read, as in the cloud. */
async function gathered(
  objects: readonly (ModelObject & { readonly name: string })[],
  url: string,
  { tree, scratch }: Place,
  fetching: ModelFetching,
): Promise<void> {
  const { signal, onProgress } = fetching;
  const sources = await asFiles(objects, url, scratch, fetching);
  const files = objects.map(({ name, size }, index) => ({ path: name, source: sources[index] ?? '', bytes: size }));
  const set: FileSet = { what: 'The model data', files };
  const gather = (await isReadableByAll(set, signal)) ? linkFiles : copyFiles;
  await withProgress(`Copying ${url}`, sum(objects), onProgress, async (onBytes) => void (await gather(set, tree, signal, onBytes)));
}

/** Where the objects are on this machine, in their order; those of a store elsewhere after they were fetched. */
async function asFiles(objects: readonly ModelObject[], url: string, scratch: string, fetching: ModelFetching): Promise<readonly string[]> {
  const placed = objects.map(({ content, size }, index) =>
    content.kind === 'file' ? { path: content.path } : { path: join(scratch, 'fetched', String(index)), address: content.address, size },
  );
  const wanted = placed.flatMap(({ path, address, size = 0 }) => (address ? [{ path, address, size }] : []));
  if (wanted.length > 0) {
    const store = await fetching.objects();
    await withProgress(`Downloading ${url}`, sum(wanted), fetching.onProgress, (onBytes) =>
      each(wanted, fetching.signal, ({ address, path }, signal) => fetchObject(store, address, path, { signal, onBytes })),
    );
  }
  return placed.map(({ path }) => path);
}

const sum = (objects: readonly { readonly size: number }[]): number => objects.reduce((total, { size }) => total + size, 0);
