import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Pack, pack } from 'tar-stream';
import { diskTrouble, isSystemError } from './disk-trouble.ts';
import { earlyFlush } from './early-flush.ts';
import { type GzipMember, gzip } from './gzip.ts';
import { makeDirectories } from './make-directories.ts';
import { collectMembers, type Member } from './members.ts';
import { addMember, pieceSize } from './pack-member.ts';
import { Pieces } from './pieces.ts';
import { slices } from './slices.ts';
import { beside } from './temporary.ts';

export interface PackOptions {
  readonly signal?: AbortSignal;
  /** The path under which a container knew the sources: absolute links to below it are followed too. */
  readonly seenAs?: string;
  /** Where the archive grows; a free name beside the destination when absent. What somebody left there is replaced. */
  readonly temporary?: string;
  /** Called for each member that could not be stored as it is; a sentence. From the 21st on they are only counted. */
  readonly onWarning?: (warning: string) => void;
  /** Called after each file, and within large ones after each MB. */
  readonly onProgress?: (progress: Progress) => void;
}

export interface Progress {
  readonly files: number;
  /** Bytes of content, before compression. */
  readonly bytes: number;
}

export interface Packed extends Progress {
  /** Size of the archive. */
  readonly archiveBytes: number;
}

/**
 * Writes what `sources` hold to `destination` as a tar.gz. Members are named relative to their source; a later source overrides an
 * earlier one. Symlinks become what they point to; what leads outside, FIFOs, sockets and devices are left out with a warning. The
 * archive appears under its name when it is whole and on the disk.
 *
 * @returns undefined when the sources hold nothing at all; then nothing is written
 * @throws InputUnreadable, DiskTrouble, or the signal's reason
 */
export async function packDirectories(
  sources: readonly string[],
  destination: string,
  options: PackOptions = {},
): Promise<Packed | undefined> {
  using warnings = new Warnings(options.onWarning);
  const told = { ...options, onWarning: warnings.tell };
  const members = await collectMembers(sources, told);
  if (members.length === 0) return undefined;
  options.signal?.throwIfAborted();
  const { temporary = beside(destination) } = options;
  try {
    await makeDirectories(dirname(destination));
    await rm(temporary, { force: true });
    const packed = await writeArchive(members, temporary, told);
    await rename(temporary, destination);
    return packed;
  } catch (error) {
    // What went wrong first is what counts.
    await rm(temporary, { force: true }).catch(() => undefined);
    options.signal?.throwIfAborted();
    throw isSystemError(error) ? diskTrouble('write', destination, error) : error;
  }
}

async function writeArchive(members: readonly Member[], path: string, options: PackOptions): Promise<Packed> {
  await using file = await opened(path);
  const tar = pack({ highWaterMark: 1024 * 1024 });
  const pieces = new Pieces(pieceSize);
  const filling = fill(tar, members, pieces, options);
  // Ends the loop below, which reports it.
  filling.catch((error: Error) => tar.destroy(error));
  const flush = earlyFlush(file.handle);
  let archiveBytes = 0;
  try {
    for await (const member of gzip(tar as AsyncIterable<Buffer>, (chunk) => pieces.giveBack(chunk))) {
      const count = await writeMember(file.handle, member);
      archiveBytes += count;
      flush.written(count);
      options.signal?.throwIfAborted();
    }
  } finally {
    tar.destroy();
    await filling.catch(() => undefined);
    await flush.settled();
  }
  await flush.end();
  return { ...(await filling), archiveBytes };
}

async function fill(tar: Pack, members: readonly Member[], pieces: Pieces, options: PackOptions): Promise<Progress> {
  const turn = slices();
  const warn = options.onWarning ?? (() => undefined);
  let done: Progress = { files: 0, bytes: 0 };
  const report = (files: number, bytes: number) => {
    options.signal?.throwIfAborted();
    done = { files: done.files + files, bytes: done.bytes + bytes };
    options.onProgress?.(done);
  };
  for (const member of members) {
    await turn();
    await addMember(tar, member, {
      report,
      pieces,
      gone: ({ name }) => warn(`${name} was left out: it went away while it was being packed.`),
      changed: ({ name }) => warn(`${name} changed while it was being packed.`),
    });
  }
  tar.finalize();
  return done;
}

/** Returns how many bytes it is. */
async function writeMember(handle: FileHandle, member: GzipMember): Promise<number> {
  const length = member.reduce((sum, piece) => sum + piece.length, 0);
  const { bytesWritten } = await handle.writev(member);
  // A system may take less than it was given; then the rest goes out, or says why it does not.
  if (bytesWritten < length) await handle.writeFile(Buffer.concat(member).subarray(bytesWritten));
  return length;
}

async function opened(path: string): Promise<AsyncDisposable & { readonly handle: FileHandle }> {
  const handle = await open(path, 'wx', 0o644);
  return { handle, [Symbol.asyncDispose]: () => handle.close() };
}

/** Passes on what a person will read, and counts the rest. */
class Warnings implements Disposable {
  static readonly #told = 20;
  readonly #listener: ((warning: string) => void) | undefined;
  #count = 0;

  constructor(listener: ((warning: string) => void) | undefined) {
    this.#listener = listener;
  }

  readonly tell = (warning: string): void => {
    this.#count += 1;
    if (this.#count <= Warnings.#told) this.#listener?.(warning);
  };

  [Symbol.dispose](): void {
    const rest = this.#count - Warnings.#told;
    if (rest > 0) this.#listener?.(`${rest} more warnings of this kind.`);
  }
}
