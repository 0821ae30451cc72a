import type { Listed, ListedObject, ListOptions } from '../objects.ts';
import { slices } from '../slices.ts';
import type { BucketDirectory } from './bucket-directory.ts';
import { behindLink, statOf } from './find.ts';
import { annexEntries, Cursor, directoryOf, type Entry, entriesOf, PlainWalk } from './walk.ts';

/** What a listing shows of an object beyond its file; undefined when it has gone. */
type Details = (key: string) => Promise<Pick<ListedObject, 'etag' | 'storageClass'> | undefined>;

/** The objects and groups of a bucket; see `ObjectStore.list`. Errors: DiskTrouble, or the signal's reason. */
export async function* listObjects(bucket: BucketDirectory, options: ListOptions, details: Details): AsyncGenerator<Listed, void> {
  const { prefix = '', startAfter = '', delimiter = '', limit = Number.POSITIVE_INFINITY, signal } = options;
  const cursor = new Cursor(prefix, startAfter);
  const turn = slices();
  let count = 0;
  for (const entry of entriesOf(bucket, prefix, cursor)) {
    if (count >= limit) return;
    await turn();
    signal?.throwIfAborted();
    if (!cursor.wants(entry.key)) continue; // of a group that was passed after the walk had gone on
    const group = groupOf(entry.key, prefix, delimiter);
    if (group !== undefined) cursor.pass(group);
    const listed: Listed | undefined =
      group === undefined ? await objectOf(bucket, entry, options, details) : { kind: 'group', prefix: group };
    if (listed === undefined || group === startAfter) continue;
    count += 1;
    yield listed;
  }
}

/** The key up to the delimiter after the prefix. */
function groupOf(key: string, prefix: string, delimiter: string): string | undefined {
  const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
  return end < 0 ? undefined : key.slice(0, end + delimiter.length);
}

async function objectOf(
  { root }: BucketDirectory,
  { key, path }: Entry,
  { withDetails }: ListOptions,
  details: Details,
): Promise<ListedObject | undefined> {
  const stats = statOf(path);
  const content = stats?.isFile() ? stats : stats && behindLink(root, path, stats)?.stats;
  const more = withDetails ? await details(key) : {};
  if (!content || !more) return undefined; // it has gone since the directory was read
  return { kind: 'object', key, size: Number(content.size), lastModified: content.mtime, ...more };
}

/** See `ObjectStore.localDirectory`. Errors: DiskTrouble, or the signal's reason. */
export async function exactDirectory(bucket: BucketDirectory, prefix: string, signal?: AbortSignal): Promise<string | undefined> {
  const directory = prefix === '' || prefix.endsWith('/') ? directoryOf(bucket, prefix) : undefined;
  if (directory === undefined) return undefined;
  const isMarker = ({ key, path }: Entry): boolean => key.endsWith('/') && statOf(path)?.size === 0n;
  if (annexEntries(bucket).some((entry) => entry.key.startsWith(prefix) && !isMarker(entry))) return undefined;
  const walk = new PlainWalk(bucket, prefix, new Cursor(prefix, ''));
  const turn = slices();
  let isEmpty = true;
  for (const _entry of walk.entries()) {
    isEmpty = false;
    if (walk.hasOthers) return undefined;
    await turn();
    signal?.throwIfAborted();
  }
  return isEmpty || walk.hasOthers ? undefined : directory;
}
