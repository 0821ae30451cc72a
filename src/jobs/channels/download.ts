import { join } from 'node:path';
import { downloadFailed } from '../../contract/data-download.ts';
import { fail, isError, reasonOf } from '../../errors.ts';
import type { OnBytes } from '../../progress.ts';
import { each } from '../../store/each.ts';
import { fetchObject } from '../../store/fetch-object.ts';
import type { FileSet } from '../../store/file-set.ts';
import type { ChannelObject, ObjectsInput } from './input.ts';
import type { ObjectSource } from './locate.ts';

/** The objects of a channel as files of this machine. */
export interface ChannelFiles extends FileSet {
  readonly channel: string;
}

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
  await each(wanted, download.signal, (object, signal) => fetchContent(object, { ...download, signal }));
  return {
    channel,
    what: `Channel "${channel}"`,
    files: [...files.values()],
    ...(directory !== undefined && wanted.length === 0 && { directory }),
  };
}

async function fetchContent({ uri, name, content }: ChannelObject, { into, objects, signal, onBytes }: Download): Promise<void> {
  if (content.kind === 'file') return;
  if (!objects) throw fail('SourceNotSupported', { what: 'An object', uri });
  try {
    await fetchObject(objects, content.address, join(into, name), { signal, ...(onBytes && { onBytes }) });
  } catch (error) {
    signal.throwIfAborted();
    if (isError(error, 'DiskTrouble')) throw error;
    throw downloadFailed(`${uri}: ${reasonOf(error)}`, 'Look whether the object is still there and may be read.', error);
  }
}
