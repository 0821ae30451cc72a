import { open } from 'node:fs/promises';
import { contentMode } from './body/write-body.ts';

/** Bytes read and written at once. */
const pieceSize = 1024 * 1024;

/** Makes a file of the contents of others, one after the other. Errors: the system's, or the signal's reason. */
export async function appendFiles(path: string, files: readonly string[], signal?: AbortSignal): Promise<void> {
  const piece = Buffer.allocUnsafeSlow(pieceSize);
  const to = await open(path, 'wx', contentMode);
  try {
    await to.chmod(contentMode); // whatever the umask
    for (const file of files) {
      const from = await open(file, 'r');
      try {
        for (let count = -1; count !== 0; ) {
          signal?.throwIfAborted();
          count = (await from.read(piece, 0, pieceSize, null)).bytesRead;
          if (count > 0) await to.writeFile(piece.subarray(0, count));
        }
      } finally {
        await from.close();
      }
    }
  } finally {
    await to.close();
  }
}
