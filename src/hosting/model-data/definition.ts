import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ContainerDefinition } from '@aws-sdk/client-sagemaker';
import { closest } from '../../contract/closest.ts';
import { fail } from '../../errors.ts';
import { absolutePath, isAddress, looksLikePath, pathOfFileUri } from '../../host-paths.ts';
import { isS3Uri } from '../../store/s3-uri.ts';

export interface DefinitionSources {
  /** Relative paths start here. */
  readonly cwd: string;
  /** The model.tar.gz of a training job, or the directory of its files, as a path or an s3:// address; undefined when there is no such job. */
  readonly ofJob: (name: string) => Promise<string | undefined>;
  /** Names of the jobs there are, one of which may have been meant. */
  readonly jobs?: () => readonly string[];
}

/** The members of a ContainerDefinition that say where its model is. */
export type ModelMembers = Pick<ContainerDefinition, 'ModelDataUrl' | 'ModelDataSource'>;

/**
 * What the user named as a model, as a request says it: a directory, a model.tar.gz, a training job, or an s3:// address, which is a prefix
 * where it ends in a slash, an archive where it ends as one does, else one object. A path wins over a job of the same name.
 * Errors: InputNotFound, SourceNotSupported, ResourceNotFound.
 */
export async function modelDefinitionOf(text: string, { cwd, ofJob, jobs = () => [] }: DefinitionSources): Promise<ModelMembers> {
  if (text === '') {
    throw fail('WrongUsage', {
      message: '--model is empty, as an unset variable of a shell is.',
      remedy: 'Name a directory, an archive or a training job; leave --model out for none; write . for the current directory.',
    });
  }
  if (isS3Uri(text)) return ofObjects(text);
  const path = pathOf(text, cwd);
  const found = await membersFor(path);
  if (found) return found;
  if (mustBePath(text)) throw fail('InputNotFound', { what: '--model', path });
  const files = await ofJob(text);
  if (files === undefined) {
    const near = closest(text, jobs());
    const what = `a directory, a model.tar.gz or a training job called "${text}" for --model`;
    throw fail('ResourceNotFound', { what, ...(near !== undefined && { near }) });
  }
  if (isS3Uri(files)) return ofObjects(files);
  const members = await membersFor(files);
  if (!members) throw fail('InputNotFound', { what: '--model', path: files });
  return members;
}

function ofObjects(uri: string): ModelMembers {
  if (uri.endsWith('/')) return { ModelDataSource: { S3DataSource: { S3Uri: uri, S3DataType: 'S3Prefix', CompressionType: 'None' } } };
  if (isArchiveName(uri)) return { ModelDataUrl: uri };
  return { ModelDataSource: { S3DataSource: { S3Uri: uri, S3DataType: 'S3Object', CompressionType: 'None' } } };
}

/** Undefined when there is neither a file nor a directory. */
async function membersFor(path: string): Promise<ModelMembers | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile()) return { ModelDataUrl: path };
  if (!found?.isDirectory()) return undefined;
  return { ModelDataSource: { S3DataSource: { S3Uri: withSlash(path), S3DataType: 'S3Prefix', CompressionType: 'None' } } };
}

function pathOf(text: string, cwd: string): string {
  if (!isAddress(text)) return resolve(absolutePath(text, cwd));
  if (text.startsWith('file:')) return pathOfFileUri(text);
  throw fail('SourceNotSupported', { what: '--model', uri: text });
}

const withSlash = (path: string): string => (path.endsWith('/') ? path : `${path}/`);

const isArchiveName = (text: string): boolean => /\.t(ar\.)?gz$/.test(text);

const mustBePath = (text: string): boolean => looksLikePath(text) || isAddress(text) || isArchiveName(text);
