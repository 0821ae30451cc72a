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
}

/**
 * The model data of a definition that `checkModelRules` has let through. `Mode: MultiModel` has none before the start.
 * Source: API Reference, ContainerDefinition, S3ModelDataSource, AdditionalModelDataSource.
 */
export function modelDataOf(definition: ContainerDefinition): ModelData {
  const model = mainSource(definition);
  const additional = (definition.AdditionalModelDataSources ?? []).flatMap(({ ChannelName = '', S3DataSource }) =>
    S3DataSource ? [sourceFrom(S3DataSource, additionalModelDirectory(ChannelName))] : [],
  );
  return { ...(model && { model }), additional };
}

function mainSource({ Mode, ModelDataUrl, ModelDataSource }: ContainerDefinition): ModelSource | undefined {
  if (Mode === 'MultiModel') return undefined;
  const source = ModelDataSource?.S3DataSource;
  if (source) return sourceFrom(source, servingModelDirectory);
  return ModelDataUrl === undefined ? undefined : { uri: ModelDataUrl, form: 'archive', target: servingModelDirectory };
}

const sourceFrom = (source: S3ModelDataSource, target: string): ModelSource => ({ uri: source.S3Uri ?? '', form: formOf(source), target });

function formOf({ S3DataType, CompressionType }: S3ModelDataSource): ModelSource['form'] {
  if (S3DataType === 'S3Prefix') return 'prefix';
  return CompressionType === 'Gzip' ? 'archive' : 'object';
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
