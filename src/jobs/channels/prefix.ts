import { basename, join } from 'node:path';
import { beforeNames, isDirectoryMarker, localNames } from '../../contract/channel-names.ts';
import { noObjectsFound, partialPrefix } from '../../contract/data-download.ts';
import { fail, isError } from '../../errors.ts';
import { localPath } from '../../store/location.ts';
import type { ListedObject, ObjectAddress } from '../../store/objects.ts';
import { formatS3Uri, parseS3Uri } from '../../store/s3-uri.ts';
import type { ChannelObject, InputMode, ObjectContent } from './input.ts';
import { localFile, localFiles, notAnObject, statOf, unusable } from './local-files.ts';
import type { ObjectSource, Whereabouts } from './locate.ts';

/** The objects of an S3Prefix. */
export interface PrefixObjects {
  readonly objects: readonly ChannelObject[];
  /** What their names are appended to. */
  readonly prefix: string;
  /** Holds them all under their names, and nothing else. */
  readonly directory?: string;
}

/** Who asks, for the words AWS has when there is nothing. */
export interface Asker {
  readonly region: string;
  readonly roleArn: string;
}

/**
 * A directory or a file of this machine as a prefix: everything below it, or the one file.
 *
 * @throws InputNotFound, InputUnreadable, and AWS's own words where there is no file
 */
export async function localPrefix(uri: string, { what }: Whereabouts, asker: Asker, signal?: AbortSignal): Promise<PrefixObjects> {
  const path = localPath(uri, what);
  const found = statOf(path, what);
  if (!found) throw fail('InputNotFound', { what, path });
  if (found.isDirectory()) {
    const { root, files, hasLinks } = await localFiles(path, what, signal);
    if (files.length === 0) {
      throw noObjectsFound({ uri, ...asker }, 'The directory is empty: put at least one file into it, or name another one.');
    }
    const prefix = uri.endsWith('/') ? uri : `${uri}/`;
    const objects = files.map(
      ({ name, path, size }): ChannelObject => ({ uri: prefix + name, name, size, content: { kind: 'file', path } }),
    );
    return { objects, prefix, ...(!hasLinks && { directory: root }) };
  }
  if (!found.isFile()) throw unusable(what, path, notAnObject);
  const file = localFile(path, what);
  if (!file) throw fail('InputNotFound', { what, path });
  const object: ChannelObject = { uri, name: basename(path), size: file.size, content: { kind: 'file', path: file.path } };
  return { objects: [object], prefix: uri.slice(0, uri.lastIndexOf('/') + 1) };
}

/**
 * The objects of a bucket whose keys begin with the prefix.
 *
 * @throws InputNameInvalid, InputNamesClash; DataDownloadFailed for half a name in FastFile mode; AWS's own words where there is no object
 */
export async function s3Prefix(
  uri: string,
  mode: InputMode,
  { what, objects: store }: Whereabouts,
  asker: Asker,
  signal?: AbortSignal,
): Promise<PrefixObjects> {
  if (!store) throw fail('SourceNotSupported', { what, uri });
  const { bucket, key: prefix } = parseS3Uri(uri, what);
  const listed = await listedBelow(store, { bucket, key: prefix }, uri, asker, signal);
  const before = beforeNames(listed, { kind: 'prefix', prefix });
  const isDirectory = before.length >= prefix.length;
  const isOneObject = listed.length === 1 && listed[0]?.key === prefix;
  if (mode === 'FastFile' && !isDirectory && !isOneObject) throw partialPrefix(uri);

  const names = mode === 'Pipe' ? listed.map(({ key }) => key.slice(before.length)) : localNames(listed, before, what);
  const directory = isDirectory ? await store.localDirectory(bucket, before, signal) : undefined;
  const objects: ChannelObject[] = [];
  for (const [index, { key, size }] of listed.entries()) {
    const name = names[index] ?? '';
    const content: ObjectContent =
      directory === undefined ? await contentOf({ bucket, key }, store) : { kind: 'file', path: join(directory, name) };
    objects.push({ uri: formatS3Uri({ bucket, key }), name, size, content });
    signal?.throwIfAborted();
  }
  return { objects, prefix: formatS3Uri({ bucket, key: before }), ...(directory !== undefined && { directory }) };
}

async function listedBelow(
  store: ObjectSource,
  { bucket, key: prefix }: ObjectAddress,
  uri: string,
  asker: Asker,
  signal?: AbortSignal,
): Promise<ListedObject[]> {
  const listed: ListedObject[] = [];
  try {
    for await (const item of store.list(bucket, { prefix, ...(signal && { signal }) })) {
      if (item.kind === 'object' && !isDirectoryMarker(item)) listed.push(item);
    }
  } catch (error) {
    if (!isError(error, 'NoSuchBucket')) throw error;
    throw noObjectsFound({ uri, bucket, ...asker }, `There is no bucket ${bucket}: ${error.remedy}`, error);
  }
  if (listed.length > 0) return listed;
  throw noObjectsFound({ uri, bucket, ...asker }, 'Put an object there, or check the prefix: capitals count.');
}

async function contentOf(address: ObjectAddress, store: ObjectSource): Promise<ObjectContent> {
  const path = await store.localFile(address);
  return path === undefined ? { kind: 'stored', address } : { kind: 'file', path };
}
