import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { downloadFailed } from '../../contract/data-download.ts';
import { reasonOf } from '../../errors.ts';
import { diskTrouble, isSystemError } from '../../store/disk-trouble.ts';
import { type ChannelFiles, each, type OnBytes } from '../channel-files.ts';
import { openContent } from './content.ts';
import type { ChannelObject, ObjectsInput } from './input.ts';
import type { ObjectSource } from './locate.ts';

export interface Download {
  /** A directory that need not exist; objects of a store elsewhere become files there. */
  readonly into: string;
  /** Where they are. */
  readonly objects?: ObjectSource | undefined;
  readonly signal: AbortSignal;
  readonly onBytes?: OnBytes;
}

/** Whether any of the objects is in a store elsewhere, so that it has to be fetched before a container can read it. */
export const isElsewhere = ({ objects }: ObjectsInput): boolean => objects.some(({ content }) => content.kind === 'stored');

/**
 * The objects of a channel as files of this machine. Those that are files already are left where they are.
 *
 * @throws DataDownloadFailed for an object that cannot be fetched; DiskTrouble; the signal's reason
 */
export async function downloaded(input: ObjectsInput, download: Download): Promise<ChannelFiles> {
  const { channel, directory } = input;
  const files = new Map<string, ChannelFiles['files'][number]>();
  const wanted: ChannelObject[] = [];
  for (const object of input.objects) {
    const { name, content, size } = object;
    if (files.has(name)) continue; // a manifest may name an object twice
    if (content.kind === 'stored') wanted.push(object);
    files.set(name, { path: name, source: content.kind === 'file' ? content.path : join(download.into, name), bytes: size });
  }
  await each(wanted, download.signal, (object, signal) => fetchObject(object, { ...download, signal }));
  return { channel, files: [...files.values()], ...(directory !== undefined && wanted.length === 0 && { directory }) };
}

async function fetchObject({ uri, name, content }: ChannelObject, { into, objects, signal, onBytes }: Download): Promise<void> {
  const path = join(into, name);
  try {
    await mkdir(dirname(path), { recursive: true });
    const body = await openContent(content, objects, signal);
    if (onBytes) body.on('data', (chunk: Buffer) => onBytes(chunk.length));
    await pipeline(body, createWriteStream(path, { mode: 0o644 }), { signal });
  } catch (error) {
    signal.throwIfAborted();
    if (isSystemError(error)) throw diskTrouble('write', path, error);
    throw downloadFailed(`${uri}: ${reasonOf(error)}`, 'Look whether the object is still there and may be read.', error);
  }
}
