import { fail } from '../errors.ts';
import type { ObjectAddress, ObjectStore } from './objects.ts';
import { formatS3Uri } from './s3-uri.ts';

/** The objects below an S3 address as files of a directory. */
export interface PrefixFiles {
  /** What is left out of the keys to make the files' paths; empty, or ends in `/`. */
  readonly stripped: string;
  /** In the order of their keys. `path` is relative and leads nowhere else. */
  readonly files: readonly { readonly key: string; readonly path: string; readonly bytes: number }[];
  /** A directory of this machine that holds exactly these files, when there is one. */
  readonly directory?: string;
}

/**
 * All objects whose keys begin with the address's key, an object of that very key among them. A prefix that all keys go on from with a slash
 * is a directory; otherwise it is the beginning of names, which stay whole. Empty objects whose keys end in `/` stand for directories, and
 * are no files. Source: observed jobs (contract training §5.2). No objects give no files.
 *
 * @param what whose address it is, for the message: `Channel "train"`
 * @throws NoSuchBucket; InputUnreadable for keys that no directory can hold together
 */
export async function resolvePrefix(store: ObjectStore, address: ObjectAddress, what: string, signal?: AbortSignal): Promise<PrefixFiles> {
  const { bucket, key: prefix } = address;
  const objects: { key: string; bytes: number }[] = [];
  for await (const each of store.list(bucket, { prefix, ...(signal && { signal }) })) {
    if (each.kind === 'object' && !isMarker(each)) objects.push({ key: each.key, bytes: each.size });
  }
  const isDirectory = prefix === '' || prefix.endsWith('/') || objects.every(({ key }) => key[prefix.length] === '/');
  const stripped = isDirectory ? withSlash(prefix) : prefix.slice(0, prefix.lastIndexOf('/') + 1);
  const files = objects.map(({ key, bytes }) => ({ key, path: key.slice(stripped.length), bytes }));
  const [why] = troubles(files);
  if (why !== undefined) throw fail('InputUnreadable', { what, path: formatS3Uri(address), why });
  const directory = isDirectory && files.length > 0 ? await store.localDirectory(bucket, stripped, signal) : undefined;
  return { stripped, files, ...(directory !== undefined && { directory }) };
}

const isMarker = ({ key, size }: { readonly key: string; readonly size: number }): boolean => key.endsWith('/') && size === 0;

const withSlash = (prefix: string): string => (prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`);

/** Why they cannot be files of one directory. */
function* troubles(files: PrefixFiles['files']): Generator<string, void> {
  const paths = new Set(files.map(({ path }) => path));
  for (const { key, path } of files) {
    const parts = path.split('/');
    if (parts.some((part) => part === '' || part === '.' || part === '..' || part.includes('\0'))) {
      yield `the key ${JSON.stringify(key)} cannot be the path of a file`;
    }
    const above = parts.map((_, index) => parts.slice(0, index).join('/')).find((directory) => paths.has(directory));
    if (above !== undefined) yield `${JSON.stringify(above)} is an object, and ${JSON.stringify(key)} another one below it`;
  }
}
