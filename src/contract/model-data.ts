import type { ContainerDefinition, S3ModelDataSource } from '@aws-sdk/client-sagemaker';
import { fail } from '../errors.ts';
import { additionalModelDirectory, servingModelDirectory } from './serving.ts';

/** Data that lies in a directory of a container before it starts. */
export interface ModelSource {
  /** S3 URI; ours: also a `file://` URI or an absolute path. */
  readonly uri: string;
  /** `archive`: a tar.gz that is unpacked. `object`: one file. `prefix`: all objects below it as files. */
  readonly form: 'archive' | 'object' | 'prefix';
  /** The directory, absolute, in the container. */
  readonly target: string;
}

/** What of a ContainerDefinition becomes files. */
export interface ModelData {
  /** Of /opt/ml/model; absent: it is empty. */
  readonly model?: ModelSource;
  readonly additional: readonly ModelSource[];
  /** Members that have no effect here; a sentence each. */
  readonly ignored: readonly string[];
}

/**
 * The model data of a definition that `checkModelRules` has let through. `Mode: MultiModel` has none before the start.
 * Source: API Reference, ContainerDefinition, S3ModelDataSource, AdditionalModelDataSource. Errors: InvalidRequest.
 */
export function modelDataOf(definition: ContainerDefinition): ModelData {
  const { Mode, ModelDataUrl, ModelDataSource, AdditionalModelDataSources = [] } = definition;
  const source = ModelDataSource?.S3DataSource;
  const ignored: string[] = [];
  const asked = (s3: S3ModelDataSource, target: string, field: string): ModelSource => {
    refuseManifest(s3, field);
    ignored.push(...ignoredIn(s3, field));
    return { uri: s3.S3Uri ?? '', form: formOf(s3), target };
  };
  const model = (): ModelSource | undefined => {
    if (Mode === 'MultiModel') return undefined;
    if (source) return asked(source, servingModelDirectory, 'ModelDataSource.S3DataSource');
    return ModelDataUrl === undefined ? undefined : { uri: ModelDataUrl, form: 'archive', target: servingModelDirectory };
  };
  const found = model();
  const additional = AdditionalModelDataSources.map(({ ChannelName = '', S3DataSource = {} as S3ModelDataSource }, index) =>
    asked(S3DataSource, additionalModelDirectory(ChannelName), `AdditionalModelDataSources[${index}].S3DataSource`),
  );
  return { ...(found && { model: found }), additional, ignored };
}

const formOf = ({ S3DataType, CompressionType }: S3ModelDataSource): ModelSource['form'] => {
  if (S3DataType === 'S3Prefix') return 'prefix';
  return CompressionType === 'Gzip' ? 'archive' : 'object';
};

function refuseManifest({ ManifestS3Uri }: S3ModelDataSource, field: string): void {
  if (ManifestS3Uri === undefined) return;
  throw fail('InvalidRequest', {
    message: `${field}.ManifestS3Uri is not supported: the form of such a manifest is not published.`,
    remedy: 'Copy the artifacts below one prefix, and name that with S3DataType S3Prefix and CompressionType None.',
  });
}

function* ignoredIn({ HubAccessConfig, ETag, ManifestEtag }: S3ModelDataSource, field: string): Generator<string> {
  const given = Object.entries({ HubAccessConfig, ETag, ManifestEtag }).flatMap(([name, value]) => (value == null ? [] : [name]));
  for (const name of given) yield `${field}.${name} has no effect here.`;
}

/** An object as its store lists it. */
interface KeyedObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * Paths below the target directory for the objects of an `S3Prefix`, in their order: what is left of the keys without the prefix.
 * Source: API Reference, S3ModelDataSource, CompressionType. Errors: ModelDataInvalid for what fails the deployment there.
 *
 * @param prefix the key of the source; empty, or ends in a slash
 * @param url the source's address, for messages
 */
export function modelFileNames(objects: readonly KeyedObject[], prefix: string, url: string): readonly string[] {
  const names = objects.map((object) => nameOf(object, prefix, url));
  refuseAmbiguous(names, url);
  return names;
}

/** The name of the only file of an `S3Object`: what follows the last slash of its key. Errors: ModelDataInvalid. */
export function modelFileName(key: string, url: string): string {
  const name = key.slice(key.lastIndexOf('/') + 1);
  refuseName(name, key, url);
  return name;
}

function nameOf({ key, size }: KeyedObject, prefix: string, url: string): string {
  if (key.endsWith('/') && size === 0) {
    const why = `${JSON.stringify(key)} is an empty object that stands for a folder, as the S3 console makes them, and is not a file`;
    throw fail('ModelDataInvalid', { url, why });
  }
  const name = key.slice(prefix.length);
  for (const part of name.split('/')) refuseName(part, key, url);
  return name;
}

/** The longest name of a file, in bytes. */
const longestName = 255;

function refuseName(name: string, key: string, url: string): void {
  const why = whyNoName(name);
  if (why !== undefined)
    throw fail('ModelDataInvalid', { url, why: `the key ${JSON.stringify(key)} cannot be the path of a file: ${why}` });
}

function whyNoName(name: string): string | undefined {
  if (name.trim() === '') return 'a part of it is empty or blank';
  if (name === '.' || name === '..') return `${JSON.stringify(name)} is not a name`;
  if (name.includes('\0')) return 'it has a zero byte in it';
  if (name.length * 3 > longestName && new TextEncoder().encode(name).length > longestName) {
    return `a part of it is longer than ${longestName} bytes`;
  }
  return undefined;
}

function refuseAmbiguous(names: readonly string[], url: string): void {
  const files = new Set(names);
  const directories = new Set<string>();
  for (const name of names) {
    for (let end = name.lastIndexOf('/'); end > 0; end = name.lastIndexOf('/', end - 1)) {
      const directory = name.slice(0, end);
      if (directories.has(directory)) break; // so are those above it
      directories.add(directory);
      if (files.has(directory)) {
        const why = `${JSON.stringify(directory)} would be both a file and the directory of ${JSON.stringify(name)}`;
        throw fail('ModelDataInvalid', { url, why });
      }
    }
  }
}
