import { statSync } from 'node:fs';
import { chmod, link, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { fail } from '../errors.ts';
import { copyFile } from '../store/copy-file.ts';
import { codeOf, diskTrouble, isSystemError, whyOf } from '../store/disk-trouble.ts';
import type { Member } from '../store/members.ts';
import { slices } from '../store/slices.ts';
import { tarOf } from '../store/tar-of.ts';
import type { ChannelSource } from './inputs.ts';

/** Permission bits of what the platform downloads; files and directories are root's. Source: contract §3 (observed jobs). */
const cloudModes = { file: 0o644, directory: 0o755 } as const;

const nameOf = ({ channel }: ChannelSource): string => `Channel "${channel}"`;

/**
 * The channel's files below `into` as hard links. Only below an overlay, where a write makes a copy: a link shares the inode. Across file
 * systems it is a copy. Errors: InputUnreadable, DiskTrouble, and the signal's reason.
 */
export async function linkChannel(source: ChannelSource, into: string, signal: AbortSignal): Promise<void> {
  await makeDirectories(source, into);
  await each(source.files, signal, async (file, stopped) => {
    const target = join(into, file.path);
    try {
      await link(file.source, target);
    } catch (error) {
      // EPERM: linking to others' files can be forbidden; EMLINK: too many links already.
      if (!['EXDEV', 'EPERM', 'EMLINK'].includes(codeOf(error) ?? '')) throw stagingError(error, source, file.source, target);
      await copyFile(file.source, target, { what: nameOf(source), mode: statOf(source, file.source).mode & 0o777, signal: stopped });
    }
  });
}

/** The channel's files below `into` as copies, with the cloud's modes. Errors: InputUnreadable, DiskTrouble, and the signal's reason. */
export async function copyChannel(source: ChannelSource, into: string, signal: AbortSignal): Promise<void> {
  await makeDirectories(source, into);
  await each(source.files, signal, (file, stopped) =>
    copyFile(file.source, join(into, file.path), { what: nameOf(source), mode: cloudModes.file, signal: stopped }),
  );
}

/** The channel's files as a tar stream with the cloud's modes; it fails with InputUnreadable, or the signal's reason. */
export function channelArchive(source: ChannelSource, signal: AbortSignal): Readable {
  const directories = directoriesOf(source).map((name): Member => ({ name, path: name, kind: 'directory', mode: cloudModes.directory }));
  const files = source.files.map((file): Member => ({ name: file.path, path: file.source, kind: 'file', mode: cloudModes.file }));
  return tarOf([...directories, ...files], { what: nameOf(source), signal });
}

/** Whether every user may read all of the channel as it lies on the disk. Errors: InputUnreadable, and the signal's reason. */
export async function isReadableByAll(source: ChannelSource, signal: AbortSignal): Promise<boolean> {
  const turn = slices();
  const allows = async (path: string, bits: number): Promise<boolean> => {
    signal.throwIfAborted();
    await turn();
    return (statOf(source, path).mode & bits) === bits;
  };
  // The channel's own directory is never the user's: an overlay's root has the attributes of the layer that takes the writes.
  if (source.kind === 'whole') {
    for (const path of directoriesOf(source)) if (!(await allows(join(source.root, path), 0o005))) return false;
  }
  for (const file of source.files) if (!(await allows(file.source, 0o004))) return false;
  return true;
}

function statOf(source: ChannelSource, path: string): { readonly mode: number } {
  try {
    return statSync(path);
  } catch (error) {
    throw fail('InputUnreadable', { what: nameOf(source), path, why: whyOf(error) }, error);
  }
}

/** Below the channel's own, parents first. */
function directoriesOf({ files }: ChannelSource): string[] {
  const directories = new Set<string>();
  const add = (path: string): void => {
    if (path === '.' || directories.has(path)) return;
    add(dirname(path));
    directories.add(path);
  };
  for (const { path } of files) add(dirname(path));
  return [...directories];
}

/** Modes are set one by one, because the process's umask would cut them. */
async function makeDirectories(source: ChannelSource, into: string): Promise<void> {
  try {
    await mkdir(dirname(into), { recursive: true });
    for (const directory of ['.', ...directoriesOf(source)]) {
      await mkdir(join(into, directory), { recursive: true });
      await chmod(join(into, directory), cloudModes.directory);
    }
  } catch (error) {
    throw diskTrouble('make directories in', into, error);
  }
}

/** Whose fault a failed link is: a source that is not there has the same code as a target that cannot be made. */
function stagingError(error: unknown, source: ChannelSource, path: string, target: string): Error {
  statOf(source, path);
  return isSystemError(error) ? diskTrouble('write', target, error) : (error as Error);
}

/**
 * Sixteen at a time: small files gain most from it, and more gains nothing (one disk). The first failure, and `signal`, end them all; it
 * returns or throws when all of them have come to rest, so that whoever removes what they made does not race with them.
 */
export async function each<T>(
  items: readonly T[],
  signal: AbortSignal,
  work: (item: T, stopped: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const stopped = AbortSignal.any([signal, failed.signal]);
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) {
      stopped.throwIfAborted();
      await work(item, stopped);
    }
  };
  const failing = Array.from({ length: 16 }, () => worker().catch((error) => failed.abort(error)));
  await Promise.all(failing);
  signal.throwIfAborted();
  failed.signal.throwIfAborted();
}
