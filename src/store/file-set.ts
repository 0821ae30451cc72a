import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { fail } from '../errors.ts';
import { copyFile } from './copy-file.ts';
import { codeOf, diskTrouble, isSystemError, whyOf } from './disk-trouble.ts';
import { each } from './each.ts';
import { linkAll } from './link-all.ts';
import { makeDirectories as makeWithParents } from './make-directories.ts';
import type { Member } from './members.ts';
import { slices } from './slices.ts';
import { tarOf } from './tar-of.ts';

/** Files of this machine, all of them real and readable, under the paths that they have in the directory which is made of them. */
export interface FileSet {
  /** What they are, for errors: `Channel "train"`. */
  readonly what: string;
  /** Holds exactly these files under their paths, so that it can be mounted as it stands. Absolute, without symbolic links. */
  readonly directory?: string;
  /** `path` is relative to the directory that is made, `source` the absolute file it comes from. */
  readonly files: readonly { readonly path: string; readonly source: string; readonly bytes: number }[];
}

/** Told of bytes as they are copied. */
type OnBytes = (count: number) => void;

/** Permission bits. */
export interface FileModes {
  readonly file: number;
  readonly directory: number;
}

/** Of what the platform downloads; files and directories are root's. Source: contract training §3 (observed jobs). */
const cloudModes: FileModes = { file: 0o644, directory: 0o755 };

/**
 * The files below `into` as hard links. Only below an overlay, where a write makes a copy, or where nobody writes: a link shares
 * the inode. What cannot be linked, such as a file of another file system, is copied; returns how many bytes. Errors: InputUnreadable,
 * DiskTrouble, and the signal's reason.
 */
export async function linkFiles(source: FileSet, into: string, signal: AbortSignal, onBytes?: OnBytes): Promise<number> {
  await makeDirectories(source, into);
  const unlinked: FileSet['files'][number][] = [];
  const links = source.files.map((file) => ({ source: file.source, target: join(into, file.path), file }));
  await linkAll(links, signal, ({ target, file }, error) => {
    // EPERM: linking to others' files can be forbidden; EMLINK: too many links already.
    if (!['EXDEV', 'EPERM', 'EMLINK'].includes(codeOf(error) ?? '')) throw stagingError(error, source, file.source, target);
    unlinked.push(file);
  });
  await each(unlinked, signal, (file, stopped) =>
    copyFile(file.source, join(into, file.path), {
      what: source.what,
      mode: statOf(source, file.source).mode & 0o777,
      signal: stopped,
      ...(onBytes && { onBytes }),
    }),
  );
  return unlinked.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** The files below `into` as copies, with the cloud's modes or others. Errors: InputUnreadable, DiskTrouble, and the signal's reason. */
export async function copyFiles(source: FileSet, into: string, signal: AbortSignal, onBytes?: OnBytes, modes = cloudModes): Promise<void> {
  await makeDirectories(source, into, modes.directory);
  await each(source.files, signal, (file, stopped) =>
    copyFile(file.source, join(into, file.path), {
      what: source.what,
      mode: modes.file,
      signal: stopped,
      ...(onBytes && { onBytes }),
    }),
  );
}

/** The files as a tar stream with the cloud's modes or others; it fails with InputUnreadable, or the signal's reason. */
export function filesArchive(source: FileSet, signal: AbortSignal, onBytes?: OnBytes, modes = cloudModes): Readable {
  const directories = directoriesOf(source).map((name): Member => ({ name, path: name, kind: 'directory', mode: modes.directory }));
  const files = source.files.map((file): Member => ({ name: file.path, path: file.source, kind: 'file', mode: modes.file }));
  return tarOf([...directories, ...files], { what: source.what, signal, ...(onBytes && { onBytes }) });
}

/** Whether every user may read all of them as they lie on the disk. Errors: InputUnreadable, and the signal's reason. */
export async function isReadableByAll(source: FileSet, signal: AbortSignal): Promise<boolean> {
  const turn = slices();
  const allows = async (path: string, bits: number): Promise<boolean> => {
    signal.throwIfAborted();
    await turn();
    return (statOf(source, path).mode & bits) === bits;
  };
  // The directory itself is never what a container gets: an overlay's root has the attributes of the layer that takes the writes.
  const { directory } = source;
  if (directory !== undefined) {
    for (const path of directoriesOf(source)) if (!(await allows(join(directory, path), 0o005))) return false;
  }
  for (const file of source.files) if (!(await allows(file.source, 0o004))) return false;
  return true;
}

function statOf(source: FileSet, path: string): { readonly mode: number } {
  try {
    return statSync(path);
  } catch (error) {
    throw fail('InputUnreadable', { what: source.what, path, why: whyOf(error) }, error);
  }
}

/** Below the one that is made, parents first. */
function directoriesOf({ files }: FileSet): string[] {
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
async function makeDirectories(source: FileSet, into: string, mode = cloudModes.directory): Promise<void> {
  const turn = slices();
  try {
    await makeWithParents(dirname(into));
    for (const directory of ['.', ...directoriesOf(source)]) {
      await turn();
      const path = join(into, directory);
      mkdirSync(path, { recursive: true }); // here too the way through libuv's pool takes several times as long
      chmodSync(path, mode);
    }
  } catch (error) {
    throw diskTrouble('make directories in', into, error);
  }
}

/** Whose fault a failed link is: a source that is not there has the same code as a target that cannot be made. */
function stagingError(error: unknown, source: FileSet, path: string, target: string): Error {
  statOf(source, path);
  return isSystemError(error) ? diskTrouble('write', target, error) : (error as Error);
}
