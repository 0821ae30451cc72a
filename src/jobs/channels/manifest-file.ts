import { isUtf8 } from 'node:buffer';
import { beforeNames, isDirectoryMarker, localNames, type ManifestNames } from '../../contract/channel-names.ts';
import { type Manifest, parseManifest } from '../../contract/manifest.ts';
import { fail } from '../../errors.ts';
import { localPath } from '../../store/location.ts';
import { formatS3Uri, isS3Uri, parseS3Uri } from '../../store/s3-uri.ts';
import { slices } from '../../store/slices.ts';
import { readWhole } from './content.ts';
import type { ChannelObject, InputMode, LocatedObject } from './input.ts';
import { fromManifest, locate, type Whereabouts } from './locate.ts';

/** The objects that a manifest names, in its order. */
export interface ManifestObjects {
  readonly objects: readonly ChannelObject[];
  /** What their names are appended to. */
  readonly prefix: string;
}

/**
 * Reads a manifest and finds all its objects.
 *
 * @throws ManifestInvalid for a manifest that is none, or that names what is not there; InputUnreadable; InputNameInvalid; InputNamesClash
 */
export async function manifestObjects(
  manifest: LocatedObject,
  mode: InputMode,
  names: ManifestNames,
  whereabouts: Whereabouts,
  signal?: AbortSignal,
): Promise<ManifestObjects> {
  const { what, objects: store } = whereabouts;
  const { uri } = manifest;
  const bytes = await readWhole(manifest, store, signal);
  if (!isUtf8(bytes)) throw fail('ManifestInvalid', { what, uri, place: 'it', message: 'is not UTF-8', remedy: 'Save it as UTF-8.' });
  const { prefix, entries } = withLocalPrefix(parseManifest(bytes.toString('utf8'), uri, what), uri, what);

  const found: LocatedObject[] = [];
  const turn = slices();
  for (const [index, entry] of entries.entries()) {
    const object = await locate(prefix + entry, whereabouts, signal);
    if (!object) {
      const message = `names ${prefix}${entry}, which does not exist`;
      const remedy = 'Entries are appended to the prefix as they stand. Put the object there, or take the entry out.';
      throw fail('ManifestInvalid', { what, uri, place: `entry ${index + 1}`, message, remedy });
    }
    found.push(object);
    signal?.throwIfAborted();
    await turn();
  }
  return named(found, prefix, mode, names, what);
}

/** Paths of this machine as plain ones, because an entry is appended to a path and not to a URL, where `%` and `#` have a meaning. */
function withLocalPrefix({ prefix, entries }: Manifest, uri: string, what: string): Manifest {
  const full = fromManifest(prefix, uri, what);
  return { prefix: isS3Uri(full) ? full : localPath(full, what), entries };
}

function named(found: readonly LocatedObject[], prefix: string, mode: InputMode, names: ManifestNames, what: string): ManifestObjects {
  const isRemote = isS3Uri(prefix);
  const keyOf = (uri: string): string => (isRemote ? parseS3Uri(uri, what).key : uri);
  const keyed = found.map((object) => ({ object, key: keyOf(object.uri), size: object.size })).filter((one) => !isDirectoryMarker(one));
  // A path of this machine is no key: its directories would say where the user keeps things.
  const before = beforeNames(keyed, { kind: 'manifest', prefix: keyOf(prefix), names: isRemote ? names : 'relative' });
  const paths = mode === 'Pipe' ? keyed.map(({ key }) => key) : localNames(keyed, before, what);
  return {
    objects: keyed.map(({ object }, index) => ({ ...object, name: paths[index] ?? '' })),
    prefix: isRemote ? formatS3Uri({ bucket: parseS3Uri(prefix, what).bucket, key: before }) : before,
  };
}
