import { createHash } from 'node:crypto';
import { mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Channel, CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { localFiles } from '../../jobs/channels/local-files.ts';
import { toUri } from '../../store/location.ts';
import type { ImageContent } from './image-content.ts';
import { isOfOthers } from './origins.ts';

/** Channels that programs of the image name; `train` where there is none. */
export function channelNames({ files }: ImageContent): readonly string[] {
  const names = new Set<string>();
  for (const [path, { text }] of files) {
    if (text === undefined || isOfOthers(path)) continue; // packages, the SageMaker toolkits among them, have channels in their examples
    for (const [, name = ''] of text.matchAll(/\/opt\/ml\/input\/data\/([A-Za-z0-9][A-Za-z0-9._-]*)/g)) names.add(name);
    for (const [, name = ''] of text.matchAll(/\bSM_CHANNEL_([A-Z0-9_]+)\b/g)) names.add(name.toLowerCase());
    for (const [, name = ''] of text.matchAll(/\bchannel_?name\s*=\s*["']([A-Za-z0-9][A-Za-z0-9._-]*)["']/gi)) names.add(name);
  }
  // A FIFO of it, or its manifest, may be what is named.
  const known = [...names].map((name) => name.replace(/(_\d*|-manifest|[._-]+)$/, '')).filter((name) => !reserved.has(name));
  return known.length === 0 ? ['train'] : [...new Set(known)].slice(0, mostChannels);
}

/** Programs come through the first; a model to go on with, which nobody can make up, through the second. */
const reserved = new Set(['code', 'model']);

/** An image that names more has them by way of example. */
const mostChannels = 5;

/** Directory of a channel that was made up: 150 rows of four numbers and a label in front of them, without a header, always the same. */
export async function makeUpChannel(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const digit = (seed: string): number => createHash('sha256').update(seed).digest().readUInt16BE() / 0x10000;
  const row = (index: number): string => {
    const label = index % 3;
    const numbers = [5, 3, 1, 0.2].map((base, column) => (base + label + digit(`${index}/${column}`)).toFixed(2));
    return [label, ...numbers].join(',');
  };
  await writeFile(join(directory, 'data.csv'), `${Array.from({ length: 150 }, (_, index) => row(index)).join('\n')}\n`);
}

export const channelAt = (ChannelName: string, directory: string): Channel => ({
  ChannelName,
  DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: toUri(directory, '/'), S3DataDistributionType: 'FullyReplicated' } },
});

/**
 * The request with a channel that has no file. In the cloud a host has one when there are fewer objects than hosts, or its data is a file system
 * with an empty directory, which is how it is made here.
 */
export function withEmptyChannel(request: CreateTrainingJobRequest, id: string): CreateTrainingJobRequest {
  const channels = request.InputDataConfig ?? [];
  const FileSystemDataSource = { FileSystemId: id, FileSystemAccessMode: 'rw', FileSystemType: 'EFS', DirectoryPath: '/' } as const;
  return {
    ...request,
    InputDataConfig: [...channels, { ChannelName: furtherName(channels), InputMode: 'File', DataSource: { FileSystemDataSource } }],
    VpcConfig: request.VpcConfig ?? { SecurityGroupIds: ['sg-0123456789abcdef0'], Subnets: ['subnet-0123456789abcdef0'] },
  };
}

/** The request with a channel of the same name that has the data of another one. Undefined where none has data that can be had as files. */
export function withFullChannel(request: CreateTrainingJobRequest): CreateTrainingJobRequest | undefined {
  const channels = request.InputDataConfig ?? [];
  const model = channels.find(({ DataSource }) => DataSource?.S3DataSource?.S3DataType === 'S3Prefix' || DataSource?.FileSystemDataSource);
  return model && { ...request, InputDataConfig: [...channels, { ...model, ChannelName: furtherName(channels), InputMode: 'File' }] };
}

function furtherName(channels: readonly Channel[]): string {
  const taken = new Set(channels.map(({ ChannelName }) => ChannelName));
  return ['empty', 'empty-2', 'empty-3'].find((each) => !taken.has(each)) ?? 'empty-channel';
}

/** A file of a channel once more under another name, beside the ones that are there. */
export interface CopiedFile {
  readonly channel: string;
  /** `données 学習 обучение.csv` */
  readonly name: string;
}

/** Letters of several scripts, and spaces. */
export const unicodeName = 'données 学習 обучение';
/** As plain as can be, to tell the name from the file. */
export const plainName = 'copy';

/**
 * The request with a copy of a data file below `directory`, which stands for the channel then. Undefined where no channel has files of this machine
 * that are few enough. Errors: InputUnreadable.
 */
export async function withCopiedFile(
  request: CreateTrainingJobRequest,
  directory: string,
  name: string,
  signal: AbortSignal,
): Promise<{ readonly request: CreateTrainingJobRequest; readonly copied: CopiedFile } | undefined> {
  const channels = request.InputDataConfig ?? [];
  for (const channel of channels) {
    const data = await localData(channel, signal);
    if (!data || (channel.InputMode ?? request.AlgorithmSpecification?.TrainingInputMode) === 'Pipe') continue;
    const { files, entries } = data;
    const first = files.find((file) => !file.name.includes('/') && !file.name.startsWith('.'));
    const size = files.reduce((sum, file) => sum + file.size, 0);
    if (!first || size > mostBytes || files.length > mostCopied) continue;
    await mkdir(directory, { recursive: true });
    for (const entry of entries) await symlink(entry, join(directory, basename(entry)));
    const copy = `${name}${extname(first.name)}`;
    await symlink(first.path, join(directory, copy));
    const ChannelName = channel.ChannelName ?? '';
    const InputDataConfig = channels.map((each) => (each === channel ? movedTo(each, directory) : each));
    return { request: { ...request, InputDataConfig }, copied: { channel: ChannelName, name: copy } };
  }
  return undefined;
}

/** A channel that has links in it is copied whole. */
const [mostBytes, mostCopied] = [256 * 2 ** 20, 2000];

/** The request with channels whose files have the names of theirs, and hold nothing that anybody could learn from. */
export async function withGarbage(
  request: CreateTrainingJobRequest,
  directory: string,
  signal: AbortSignal,
): Promise<CreateTrainingJobRequest> {
  const InputDataConfig: Channel[] = [];
  for (const channel of request.InputDataConfig ?? []) {
    const files = (await localData(channel, signal))?.files ?? [];
    const names = files.length === 0 ? ['data'] : files.slice(0, mostGarbage).map(({ name }) => name);
    const into = join(directory, channel.ChannelName ?? '');
    for (const name of names) {
      await mkdir(join(into, name, '..'), { recursive: true });
      await writeFile(join(into, name), garbage);
    }
    InputDataConfig.push(movedTo(channel, into));
  }
  return { ...request, InputDataConfig };
}

const mostGarbage = 100;

/** Neither text in any usual encoding nor the beginning of a known format. */
const garbage = Buffer.concat(Array.from({ length: 32 }, (_, index) => createHash('sha256').update(`garbage ${index}`).digest()));

/** Everything else of it stays. */
const movedTo = (channel: Channel, directory: string): Channel => ({
  ...channel,
  DataSource: channelAt(channel.ChannelName ?? '', directory).DataSource,
});

/** Of a channel that is a directory or a file of this machine: all its files, and what lies at the top of it. */
async function localData({ ChannelName, DataSource }: Channel, signal: AbortSignal) {
  const { S3Uri: uri, S3DataType } = DataSource?.S3DataSource ?? {};
  if (uri === undefined || !uri.startsWith('file://') || S3DataType !== 'S3Prefix') return undefined;
  const root = fileURLToPath(uri);
  if ((await stat(root)).isFile()) return { files: [{ name: basename(root), path: root, size: 0 }], entries: [root] };
  const { files } = await localFiles(root, `Channel "${ChannelName}"`, signal);
  return { files, entries: (await readdir(root)).map((name) => join(root, name)) };
}
