import { createReadStream } from 'node:fs';
import { chmod, mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { fail, reasonOf } from '../errors.ts';
import { headSize, whyNotGzip } from './archive-form.ts';
import { codeOf, diskTrouble, isSystemError, whyOf } from './disk-trouble.ts';
import { beside, removeTree } from './temporary.ts';
import { type Unpacked, unpackMembers } from './unpack-members.ts';

export interface UnpackOptions {
  /** How the user named the archive; its path when absent. */
  readonly url?: string;
  readonly signal?: AbortSignal;
  /** The most that all files together may unpack to. */
  readonly limitBytes?: number;
  /** Told of the archive's bytes as they are read. */
  readonly onBytes?: (count: number) => void;
}

/**
 * Unpacks a model.tar.gz to a directory that is not there yet, or empty. It appears when it is whole. Files keep their modes but for setuid
 * bits; the directory itself can be read by everyone who gets to it.
 *
 * @throws ModelArchiveInvalid when it is no tar.gz, is cut or damaged, or holds what SageMaker does not deploy: symlinks, devices, paths that
 * lead elsewhere; ModelArchiveTooLarge, InputUnreadable, DiskTrouble, or the signal's reason
 */
export async function unpackArchive(archive: string, directory: string, options: UnpackOptions = {}): Promise<Unpacked> {
  const invalid = (why: string, cause?: unknown) => fail('ModelArchiveInvalid', { url: options.url ?? archive, why }, cause);
  const unreadable = (cause: unknown) => fail('InputUnreadable', { what: 'The model archive', path: archive, why: whyOf(cause) }, cause);
  const head = await headOf(archive).catch((error: unknown) => {
    throw unreadable(error);
  });
  const wrongForm = whyNotGzip(head);
  if (wrongForm) throw invalid(wrongForm);

  const temporary = beside(directory);
  try {
    await mkdir(dirname(directory), { recursive: true });
    await mkdir(temporary, { mode: 0o700 });
    const { limitBytes: bytes, signal } = options;
    const unpacked = await unpackMembers(gunzipped(archive, options.onBytes), temporary, {
      ...(signal && { signal }),
      refuse: invalid,
      ...(bytes !== undefined && {
        limit: { bytes, exceeded: () => fail('ModelArchiveTooLarge', { url: options.url ?? archive, bytes }) },
      }),
      sourceError: (cause) => (isSystemError(cause) ? unreadable(cause) : invalid(whyDamaged(cause), cause)),
    });
    // The archive's own root may be private to whoever packed it, while the image may run as anyone.
    await chmod(temporary, 0o755);
    await rename(temporary, directory);
    return unpacked;
  } catch (error) {
    // What went wrong first is what counts.
    await removeTree(temporary).catch(() => undefined);
    throw isSystemError(error) ? diskTrouble('unpack to', directory, error) : error;
  }
}

export interface UnpackTarOptions {
  readonly signal?: AbortSignal;
  /** How many leading parts of each name to leave out; an engine's archive of a directory begins with the directory's own name. */
  readonly strip?: number;
  /** Given, only members whose path parts, without the leading ones, it accepts are looked at. */
  readonly isWanted?: (parts: readonly string[]) => boolean;
  /** Called for each member that is left out, such as a FIFO; a sentence. */
  readonly onWarning?: (warning: string) => void;
}

/**
 * Unpacks an engine's tar stream into a directory that is there. Everything belongs to the current user, who can read and remove it.
 * Symlinks are kept as they are, wherever they lead, and nothing is written through them. After an error, what was written stays.
 *
 * @throws EngineFailed when the stream breaks off or is no tar archive; DiskTrouble, or the signal's reason
 */
export function unpackTar(stream: Readable, directory: string, options: UnpackTarOptions = {}): Promise<Unpacked> {
  const broken = (message: string, cause?: unknown) => fail('EngineFailed', { action: 'hand over files of a container', message }, cause);
  return unpackMembers(stream, directory, {
    ...options,
    refuse: broken,
    sourceError: (cause) => broken(reasonOf(cause), cause),
    leaveOut: options.onWarning ?? (() => undefined),
  });
}

async function headOf(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headSize), 0, headSize, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function gunzipped(archive: string, onBytes?: (count: number) => void): Readable {
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  const source = createReadStream(archive, { highWaterMark: 1024 * 1024 });
  // An error of either ends `gunzip`, whose reader reports it.
  pipeline(source, gunzip, () => undefined);
  if (onBytes) source.on('data', (chunk) => onBytes(chunk.length));
  return gunzip;
}

const whyDamaged = (error: unknown): string => (codeOf(error) === 'Z_BUF_ERROR' ? 'it is cut short' : `it is damaged: ${reasonOf(error)}`);
