import type { Channel } from '@aws-sdk/client-sagemaker';
import type { ManifestNames } from '../../contract/channel-names.ts';
import { noObjectsFound } from '../../contract/data-download.ts';
import { fail } from '../../errors.ts';
import { localPath } from '../../store/location.ts';
import { isS3Uri, parseS3Uri } from '../../store/s3-uri.ts';
import { augmentedManifest } from './augmented-manifest.ts';
import { type FileSystems, fileSystemDirectory } from './file-systems.ts';
import type { ChannelInput, InputMode, LocatedObject, ObjectsInput } from './input.ts';
import { statOf, unusable } from './local-files.ts';
import { locate, type ObjectSource, type Whereabouts } from './locate.ts';
import { manifestObjects } from './manifest-file.ts';
import { type Asker, localPrefix, type PrefixObjects, s3Prefix } from './prefix.ts';

/** Where sources are and what becomes of them, as far as no request says so. */
export interface SourceOptions {
  readonly fileSystems?: FileSystems;
  /** What File mode calls the objects of a manifest; whole keys when absent. */
  readonly manifestNames?: ManifestNames;
}

/** Where the sources of channels are. */
export interface Sources extends Asker, SourceOptions {
  /** Where s3:// addresses lead; without it they are refused. */
  readonly objects?: ObjectSource;
}

/** Whether a channel's source is, or may name, objects of a store: those of a manifest are known only when it is read. */
export function readsStore({ DataSource }: Channel): boolean {
  const { S3DataType, S3Uri = '' } = DataSource?.S3DataSource ?? {};
  return isS3Uri(S3Uri) || S3DataType === 'ManifestFile' || S3DataType === 'AugmentedManifestFile';
}

/**
 * Looks through the source of a channel before anything starts: it is there, it has objects, all of them can be read and have names, and a
 * manifest says what it should. The request has been validated. Nothing is created.
 *
 * @throws InputNotFound, InputUnreadable, InputNameInvalid, InputNamesClash, ManifestInvalid, SourceNotSupported, FileSystemUnknown; InvalidRequest
 *   and DataDownloadFailed in AWS's own words
 */
export async function resolveChannel(channel: Channel, mode: InputMode, sources: Sources, signal?: AbortSignal): Promise<ChannelInput> {
  const name = channel.ChannelName ?? '';
  const what = `Channel "${name}"`;
  const { S3DataSource, FileSystemDataSource } = channel.DataSource ?? {};
  if (FileSystemDataSource) {
    const directory = fileSystemDirectory(FileSystemDataSource, sources.fileSystems ?? {}, what);
    const found = statOf(directory, what);
    if (!found) throw fail('InputNotFound', { what, path: directory });
    if (!found.isDirectory()) throw unusable(what, directory, 'it is not a directory');
    return { kind: 'file-system', channel: name, mode, directory, readOnly: FileSystemDataSource.FileSystemAccessMode !== 'rw' };
  }
  const uri = S3DataSource?.S3Uri ?? '';
  const whereabouts: Whereabouts = { what, ...(sources.objects && { objects: sources.objects }) };
  switch (S3DataSource?.S3DataType) {
    case 'ManifestFile': {
      const manifest = await findManifest(uri, whereabouts, sources, signal);
      const found = await manifestObjects(manifest, mode, sources.manifestNames ?? 'whole-key', whereabouts, signal);
      return objectsInput(name, mode, found);
    }
    case 'AugmentedManifestFile': {
      const names = S3DataSource.AttributeNames ?? [];
      if (names.length === 0) {
        throw fail('InvalidRequest', {
          message: `${what}: an AugmentedManifestFile needs AttributeNames, or nothing of it would be streamed.`,
          remedy: 'Name the attributes that the program reads, in their order: AttributeNames: ["source-ref", "class"].',
        });
      }
      const manifest = await findManifest(uri, whereabouts, sources, signal);
      const lines = await augmentedManifest(manifest, names, whereabouts, signal);
      using opened = await lines.open(signal ?? new AbortController().signal);
      if (opened.count === 0) throw noObjectsFound({ uri, ...sources }, 'The manifest is empty: give it a line for each object.');
      return { kind: 'lines', channel: name, mode, manifest: lines };
    }
    default: {
      const found = isS3Uri(uri)
        ? await s3Prefix(uri, mode, whereabouts, sources, signal)
        : await localPrefix(uri, whereabouts, sources, signal);
      return objectsInput(name, mode, found);
    }
  }
}

const objectsInput = (channel: string, mode: InputMode, found: PrefixObjects): ObjectsInput => ({
  kind: 'objects',
  channel,
  mode,
  ...found,
  bytes: found.objects.reduce((sum, { size }) => sum + size, 0),
});

async function findManifest(uri: string, whereabouts: Whereabouts, sources: Sources, signal?: AbortSignal): Promise<LocatedObject> {
  const { what } = whereabouts;
  const manifest = await locate(uri, whereabouts, signal);
  if (manifest) return manifest;
  if (!isS3Uri(uri)) throw fail('InputNotFound', { what, path: localPath(uri, what) });
  throw noObjectsFound({ uri, bucket: parseS3Uri(uri, what).bucket, ...sources }, `There is no manifest ${uri}.`);
}
