import { dirname, resolve } from 'node:path';
import { fail, isError } from '../../errors.ts';
import { localPath } from '../../store/location.ts';
import type { ObjectStore } from '../../store/objects.ts';
import { isS3Uri, parseS3Uri } from '../../store/s3-uri.ts';
import type { LocatedObject } from './input.ts';
import { localFile } from './local-files.ts';

/** What channels ask of a store of objects. */
export type ObjectSource = Pick<ObjectStore, 'list' | 'head' | 'get' | 'localFile' | 'localDirectory'>;

/** Where addresses lead, and for whom. */
export interface Whereabouts {
  /** Whose addresses they are, for messages: `Channel "train"`. */
  readonly what: string;
  /** Where s3:// addresses lead; without it they are refused. */
  readonly objects?: ObjectSource;
}

/** The object of exactly this address; undefined when there is none. Errors: InputUnreadable, SourceNotSupported, InvalidRequest. */
export async function locate(uri: string, { what, objects }: Whereabouts, signal?: AbortSignal): Promise<LocatedObject | undefined> {
  if (!isS3Uri(uri)) {
    const found = localFile(localPath(uri, what), what);
    return found && { uri, size: found.size, content: { kind: 'file', path: found.path } };
  }
  if (!objects) throw fail('SourceNotSupported', { what, uri });
  const address = parseS3Uri(uri, what);
  try {
    const path = await objects.localFile(address);
    if (path !== undefined) {
      const file = localFile(path, what);
      return file && { uri, size: file.size, content: { kind: 'file', path: file.path } };
    }
    const found = await objects.head(address, signal);
    return found && { uri, size: found.size, content: { kind: 'stored', address } };
  } catch (error) {
    if (isError(error, 'NoSuchKey') || isError(error, 'NoSuchBucket')) return undefined;
    throw error;
  }
}

/**
 * An address that a manifest names. `./…` and `../…` start where the manifest is, so that a manifest can lie beside its data in a repository. One
 * that lies in S3 may be anybody's, and names no files of this machine.
 */
export function fromManifest(uri: string, manifest: string, what: string): string {
  if (isS3Uri(manifest) && !isS3Uri(uri)) throw fail('SourceNotSupported', { what, uri });
  if (!/^\.{1,2}\//.test(uri)) return uri;
  const path = resolve(dirname(localPath(manifest, what)), uri);
  return uri.endsWith('/') ? `${path}/` : path;
}
