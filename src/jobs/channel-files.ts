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

/** The objects of a channel as files of this machine, all of them real and readable. */
export interface ChannelFiles {
  readonly channel: string;
  /** Holds exactly these files under their paths, so that it can be mounted as it stands. Absolute, without symbolic links. */
  readonly directory?: string;
  /** `path` is relative to the channel's directory, `source` the absolute file it comes from. */
  readonly files: readonly { readonly path: string; readonly source: string; readonly bytes: number }[];
}

/** Told of bytes as they are copied. */
export type OnBytes = (count: number) => void;

/** Permission bits. */
export interface ChannelModes {
  readonly file: number;
  readonly directory: number;
}

/** Of what the platform downloads; files and directories are root's. Source: contract §3 (observed jobs). */
const cloudModes: ChannelModes = { file: 0o644, directory: 0o755 };

const nameOf = ({ channel }: ChannelFiles): string => `Channel "${channel}"`;

/**
 * The channel's files below `into` as hard links. Only below an overlay, where a write makes a copy, or where nobody writes: a link shares
 * the inode. What cannot be linked, such as a file of another file system, is copied; returns how many bytes. Errors: InputUnreadable,
 * DiskTrouble, and the signal's reason.
 */
export async function linkChannel(source: ChannelFiles, into: string, signal: AbortSignal): Promise<number> {
  await makeDirectories(source, into);
  let copied = 0;
  await each(source.files, signal, async (file, stopped) => {
    const target = join(into, file.path);
    try {
      await link(file.source, target);
    } catch (error) {
      // EPERM: linking to others' files can be forbidden; EMLINK: too many links already.
      if (!['EXDEV', 'EPERM', 'EMLINK'].includes(codeOf(error) ?? '')) throw stagingError(error, source, file.source, target);
      await copyFile(file.source, target, { what: nameOf(source), mode: statOf(source, file.source).mode & 0o777, signal: stopped });
      copied += file.bytes;
    }
  });
  return copied;
}

/** The channel's files below `into` as copies, with the cloud's modes or others. Errors: InputUnreadable, DiskTrouble, and the signal's reason. */
export async function copyChannel(
  source: ChannelFiles,
  into: string,
  signal: AbortSignal,
  onBytes?: OnBytes,
  modes = cloudModes,
): Promise<void> {
  await makeDirectories(source, into, modes.directory);
  await each(source.files, signal, (file, stopped) =>
    copyFile(file.source, join(into, file.path), {
      what: nameOf(source),
      mode: modes.file,
      signal: stopped,
      ...(onBytes && { onBytes }),
    }),
  );
}

/** The channel's files as a tar stream with the cloud's modes or others; it fails with InputUnreadable, or the signal's reason. */
export function channelArchive(source: ChannelFiles, signal: AbortSignal, onBytes?: OnBytes, modes = cloudModes): Readable {
  const directories = directoriesOf(source).map((name): Member => ({ name, path: name, kind: 'directory', mode: modes.directory }));
  const files = source.files.map((file): Member => ({ name: file.path, path: file.source, kind: 'file', mode: modes.file }));
  return tarOf([...directories, ...files], { what: nameOf(source), signal, ...(onBytes && { onBytes }) });
}

/** Whether every user may read all of the channel as it lies on the disk. Errors: InputUnreadable, and the signal's reason. */
export async function isReadableByAll(source: ChannelFiles, signal: AbortSignal): Promise<boolean> {
  const turn = slices();
  const allows = async (path: string, bits: number): Promise<boolean> => {
    signal.throwIfAborted();
    await turn();
    return (statOf(source, path).mode & bits) === bits;
  };
  // The channel's own directory is never the user's: an overlay's root has the attributes of the layer that takes the writes.
  const { directory } = source;
  if (directory !== undefined) {
    for (const path of directoriesOf(source)) if (!(await allows(join(directory, path), 0o005))) return false;
  }
  for (const file of source.files) if (!(await allows(file.source, 0o004))) return false;
  return true;
}

function statOf(source: ChannelFiles, path: string): { readonly mode: number } {
  try {
    return statSync(path);
  } catch (error) {
    throw fail('InputUnreadable', { what: nameOf(source), path, why: whyOf(error) }, error);
  }
}

/** Below the channel's own, parents first. */
function directoriesOf({ files }: ChannelFiles): string[] {
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
async function makeDirectories(source: ChannelFiles, into: string, mode = cloudModes.directory): Promise<void> {
  try {
    await mkdir(dirname(into), { recursive: true });
    for (const directory of ['.', ...directoriesOf(source)]) {
      await mkdir(join(into, directory), { recursive: true });
      await chmod(join(into, directory), mode);
    }
  } catch (error) {
    throw diskTrouble('make directories in', into, error);
  }
}

/** Whose fault a failed link is: a source that is not there has the same code as a target that cannot be made. */
function stagingError(error: unknown, source: ChannelFiles, path: string, target: string): Error {
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
