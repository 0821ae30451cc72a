import { access, chmod, constants, copyFile as copyWhole, type FileHandle, lstat, open } from 'node:fs/promises';
import { fail, type SmLocalError } from '../errors.ts';
import { diskTrouble, isSystemError, whyOf } from './disk-trouble.ts';

export interface CopyOptions {
  /** What the file is, for errors: `Channel "train"`. */
  readonly what: string;
  /** Permission bits of the copy. */
  readonly mode: number;
  readonly signal: AbortSignal;
  /** Told of bytes as they are copied. */
  readonly onBytes?: (count: number) => void;
}

/** Up to this size a file is copied by one call, which nothing can end; it takes some 10 ms. */
const wholeSize = 16 * 1024 * 1024;
const pieceSize = 1024 * 1024;

/**
 * Copies a regular file, over what is there already; where the file system can, the copy shares its blocks. After an error, what was written
 * stays.
 *
 * @throws InputUnreadable when it cannot be read, went away, or changed meanwhile; DiskTrouble, or the signal's reason
 */
export async function copyFile(source: string, destination: string, { what, mode, signal, onBytes }: CopyOptions): Promise<void> {
  signal.throwIfAborted();
  const unusable = (why: string, cause?: unknown): SmLocalError => fail('InputUnreadable', { what, path: source, why }, cause);
  try {
    const { size } = await regular(source, unusable);
    const isCopied = size <= wholeSize ? await copyWhole(source, destination).then(() => true) : await isCloned(source, destination);
    if (isCopied) onBytes?.(size);
    else await copyPieces(source, destination, size, { signal, ...(onBytes && { onBytes }) }, unusable);
    await chmod(destination, mode); // not cut by the umask
  } catch (error) {
    if (!isSystemError(error)) throw error;
    // The error of a copy has both paths and does not say which one it is about.
    const whyNotRead = await access(source, constants.R_OK).then(() => undefined, whyOf);
    throw whyNotRead === undefined ? diskTrouble('write', destination, error) : unusable(whyNotRead, error);
  }
}

/** Whatever has taken the file's place since it was listed, such as a FIFO, is not opened. */
async function regular(source: string, unusable: (why: string) => SmLocalError): Promise<{ readonly size: number }> {
  const found = await lstat(source);
  if (!found.isFile()) throw unusable('it is not a file any more');
  return found;
}

async function isCloned(source: string, destination: string): Promise<boolean> {
  try {
    await copyWhole(source, destination, constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return false; // a file system says in many ways that it cannot; what else may be wrong, the copy in pieces finds out
  }
}

async function copyPieces(
  source: string,
  destination: string,
  size: number,
  { signal, onBytes }: Pick<CopyOptions, 'signal' | 'onBytes'>,
  unusable: (why: string, cause?: unknown) => SmLocalError,
): Promise<void> {
  await using from = await opened(source, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  await using to = await opened(destination, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC);
  const piece = Buffer.allocUnsafeSlow(pieceSize);
  let done = 0;
  for (let count = -1; count !== 0; done += count) {
    signal.throwIfAborted();
    const read = await from.handle.read(piece, 0, pieceSize, null).catch((error) => {
      throw unusable(whyOf(error), error);
    });
    count = read.bytesRead;
    await to.handle.writeFile(piece.subarray(0, count));
    onBytes?.(count);
  }
  if (done !== size) throw unusable('it changed while it was being copied');
}

async function opened(path: string, flags: number): Promise<AsyncDisposable & { readonly handle: FileHandle }> {
  const handle = await open(path, flags, 0o600);
  return { handle, [Symbol.asyncDispose]: () => handle.close() };
}
