import { closeSync, fchmodSync, futimesSync, write, writeSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { isError, reasonOf, type SmLocalError } from '../errors.ts';
import { codeOf, diskTrouble, isSystemError } from './disk-trouble.ts';
import { slices } from './slices.ts';
import { memberName } from './tar-names.ts';
import { type TarEntry, tarEntries } from './tar-reader.ts';
import { type Parts, TreeWriter } from './tree-writer.ts';

export interface Unpacked {
  readonly files: number;
  /** Bytes of content. */
  readonly bytes: number;
}

export interface UnpackRules {
  readonly signal?: AbortSignal;
  readonly strip?: number;
  readonly isWanted?: (parts: Parts) => boolean;
  /** What all files together may have, and the error for those that have more. */
  readonly limit?: { readonly bytes: number; readonly exceeded: () => SmLocalError };
  /** Makes the error for an archive that is broken or holds what it must not. */
  readonly refuse: (why: string, cause?: unknown) => SmLocalError;
  readonly sourceError: (cause: unknown) => Error;
  /** Present: symlinks are kept, and what cannot be written is told here. Absent: both are refused. */
  readonly leaveOut?: (warning: string) => void;
}

/** Writes the members of a tar stream below `directory`. */
export async function unpackMembers(source: Readable, directory: string, rules: UnpackRules): Promise<Unpacked> {
  const writer = new TreeWriter(directory, rules.refuse);
  const turn = slices();
  let [members, files, bytes] = [0, 0, 0];
  try {
    for await (const entry of tarEntries(source, rules)) {
      members += 1;
      if (isFile(entry)) {
        files += 1;
        bytes += entry.header.size;
        if (rules.limit && bytes > rules.limit.bytes) throw rules.limit.exceeded();
      }
      await writeMember(writer, entry, rules);
      await turn();
    }
    writer.finish();
  } catch (error) {
    rules.signal?.throwIfAborted();
    if (isError(error)) throw error;
    if (codeOf(error) === 'ENAMETOOLONG') throw rules.refuse('a name in it is longer than file systems take', error);
    if (isSystemError(error)) throw diskTrouble('unpack to', directory, error);
    throw rules.refuse(members === 0 ? 'what it holds is not a tar archive' : whyBroken(error), error);
  }
  return { files, bytes };
}

async function writeMember(writer: TreeWriter, entry: TarEntry, rules: UnpackRules): Promise<void> {
  const { name, type, mode, mtime, linkname } = entry.header;
  const told = quoted(name);
  const parts = partsOf(name, told, rules);
  if (parts.length === 0 || rules.isWanted?.(parts) === false) return;
  if (isSparse(entry)) throw rules.refuse(`${told} is stored as a sparse file; make the archive without --sparse`);
  if (isFile(entry)) return writeFile(writer.create(parts), entry);
  if (type === 'directory') return writer.directory(parts, mode, mtime);
  if (type === 'link') return writer.hardLink(parts, partsOf(linkname, `the target of ${told}`, rules));
  if (type === 'symlink' && rules.leaveOut) return writer.symlink(parts, linkname);
  if (type === 'symlink') throw rules.refuse(`${told} is a symlink, and SageMaker deploys no archive with symlinks`);
  if (!rules.leaveOut) throw rules.refuse(`${told} is neither a file nor a directory`);
  rules.leaveOut(`${told} was left out: it is neither a file nor a directory.`);
}

function partsOf(name: string, told: string, { strip = 0, refuse }: UnpackRules): Parts {
  const checked = memberName(name);
  if ('refused' in checked) throw refuse(`${told} ${checked.refused}`);
  return checked.parts.slice(strip);
}

const isFile = ({ header: { type } }: TarEntry): boolean => type === 'file' || type === 'contiguous-file';

/** GNU tar describes the holes in records that begin so; the content is then not what the file holds. */
const isSparse = ({ header: { pax } }: TarEntry): boolean => Object.keys(pax ?? {}).some((key) => key.startsWith('GNU.sparse'));

/** Up to this size a file is written synchronously, at a fraction of the cost of the way through libuv's pool. */
const smallSize = 64 * 1024;

const writeAsync = promisify(write);

async function writeFile(descriptor: number, { header, content }: TarEntry): Promise<void> {
  try {
    for await (const chunk of content) {
      for (let done = 0; done < chunk.length; ) {
        if (header.size <= smallSize) done += writeSync(descriptor, chunk, done);
        else done += (await writeAsync(descriptor, chunk, done, chunk.length - done, null)).bytesWritten;
      }
    }
    // Its owner can always read it; no more is needed to remove it.
    fchmodSync(descriptor, (header.mode & 0o777) | 0o400);
    if (!Number.isNaN(header.mtime.getTime())) futimesSync(descriptor, header.mtime, header.mtime);
  } finally {
    closeSync(descriptor);
  }
}

/** tar-stream's own words would tell the user to gunzip what has been. */
const whyBroken = (error: unknown): string =>
  reasonOf(error) === 'Unexpected end of data' ? 'the tar archive in it is cut short' : 'the tar archive in it is damaged';

/** A name from a stranger's archive, fit for a message. */
const quoted = (name: string): string => JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
