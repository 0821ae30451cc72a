import { realpathSync, type Stats, statSync } from 'node:fs';
import { basename } from 'node:path';
import { type ModelSource, modelFileName, modelFileNames } from '../../contract/model-data.ts';
import { fail, isError } from '../../errors.ts';
import { codeOf, whyOf } from '../../store/disk-trouble.ts';
import { localPath } from '../../store/location.ts';
import type { ListedObject, ObjectAddress, ObjectStore } from '../../store/objects.ts';
import { formatS3Uri, isS3Uri, parseS3Uri } from '../../store/s3-uri.ts';

/** What model data ask of a store of objects. */
export type ModelObjects = Pick<ObjectStore, 'list' | 'head' | 'get' | 'localFile'>;

/** What model data are made of, found before anything is fetched. */
export type Located =
  /** A directory of this machine, taken as it is. */
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'archive'; readonly object: ModelObject }
  /** Never empty. */
  | { readonly kind: 'files'; readonly files: readonly (ModelObject & { readonly name: string })[] };

export interface ModelObject {
  readonly content: { readonly kind: 'file'; readonly path: string } | { readonly kind: 'stored'; readonly address: ObjectAddress };
  /** Bytes. */
  readonly size: number;
  /** Another text when the object is replaced. */
  readonly version: string;
}

/**
 * Finds the objects of a source. An address of this machine that is a directory stands for all it holds, whatever the source's form is.
 * Errors: ModelDataNotFound, ModelDataInvalid, InputUnreadable, SourceNotSupported, InvalidRequest; those of the store.
 */
export async function locateModel(source: ModelSource, objects: () => Promise<ModelObjects>, signal: AbortSignal): Promise<Located> {
  const { uri, form } = source;
  if (!isS3Uri(uri)) return locateHere(uri, form);
  const address = parseS3Uri(uri, 'The model data');
  try {
    return await locateStored(address, form, await objects(), signal);
  } catch (error) {
    throw isError(error, 'NoSuchKey') || isError(error, 'NoSuchBucket') ? fail('ModelDataNotFound', { url: uri }, error) : error;
  }
}

function locateHere(uri: string, form: ModelSource['form']): Located {
  const path = localPath(uri, 'The model data');
  const stats = statHere(path);
  if (stats?.isDirectory()) return { kind: 'directory', path: realpathSync(path) };
  if (stats === undefined || form === 'prefix') throw fail('ModelDataNotFound', { url: uri });
  if (!stats.isFile()) throw fail('InputUnreadable', { what: 'The model data', path, why: 'it is neither a file nor a directory' });
  const object = objectHere(realpathSync(path), stats);
  return form === 'archive' ? { kind: 'archive', object } : { kind: 'files', files: [{ ...object, name: basename(path) }] };
}

async function locateStored(address: ObjectAddress, form: ModelSource['form'], store: ModelObjects, signal: AbortSignal): Promise<Located> {
  const { bucket, key } = address;
  const url = formatS3Uri(address);
  if (form === 'archive') return { kind: 'archive', object: await objectAt(address, store, signal) };
  if (form === 'object') {
    const object = await objectAt(address, store, signal);
    return { kind: 'files', files: [{ ...object, name: modelFileName(key, url) }] };
  }
  const listed: ListedObject[] = [];
  for await (const each of store.list(bucket, { prefix: key, signal })) if (each.kind === 'object') listed.push(each);
  if (listed.length === 0) throw fail('ModelDataNotFound', { url });
  const names = modelFileNames(listed, key, url);
  const files: (ModelObject & { name: string })[] = [];
  for (const [index, { key: each }] of listed.entries()) {
    files.push({ ...(await objectAt({ bucket, key: each }, store, signal)), name: names[index] ?? '' });
  }
  return { kind: 'files', files };
}

/** Errors: NoSuchKey, NoSuchBucket, InputUnreadable; those of the store. */
async function objectAt(address: ObjectAddress, store: ModelObjects, signal: AbortSignal): Promise<ModelObject> {
  signal.throwIfAborted();
  const path = await store.localFile(address);
  if (path !== undefined) {
    const stats = statHere(path);
    if (!stats) throw fail('NoSuchKey', address); // it went away in this moment
    return objectHere(path, stats);
  }
  const found = await store.head(address, signal);
  if (!found) throw fail('NoSuchKey', address);
  const version = `${formatS3Uri(address)} ${found.etag} ${found.lastModified.toISOString()} ${found.size}`;
  return { content: { kind: 'stored', address }, size: found.size, version };
}

const objectHere = (path: string, stats: Stats): ModelObject => ({
  content: { kind: 'file', path },
  size: stats.size,
  version: versionOf(path, stats),
});

/** What changes when a file of this machine is replaced or written to. */
export const versionOf = (path: string, { mtimeMs, size, ino }: Pick<Stats, 'mtimeMs' | 'size' | 'ino'>): string =>
  [path, mtimeMs, size, ino].join('\0');

/** Undefined when there is nothing of this name. Errors: InputUnreadable. */
function statHere(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return undefined;
    throw fail('InputUnreadable', { what: 'The model data', path, why: whyOf(error) }, error);
  }
}
