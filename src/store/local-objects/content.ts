import { createHash } from 'node:crypto';
import { linkSync, realpathSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { fail } from '../../errors.ts';
import { copyFile } from '../copy-file.ts';
import { codeOf, diskTrouble, whyOf } from '../disk-trouble.ts';

/** Others may read what buckets hold, as far as home lets them, because the user of an image does when a channel is mounted. */
export const contentMode = 0o644;

/** Writes a new file and returns its MD5. Errors: what `body` throws, DiskTrouble, or the signal's reason. */
export async function writeBody(path: string, body: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash('md5');
  const file = await atDisk(path, open(path, 'wx', contentMode));
  try {
    await atDisk(path, file.chmod(contentMode)); // whatever the umask
    for await (const chunk of untilAborted(body, signal)) {
      hash.update(chunk);
      for (let done = 0; done < chunk.length; ) done += (await atDisk(path, file.write(chunk, done))).bytesWritten;
    }
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}

/** Makes `path` a copy of a file. Errors: InputUnreadable, DiskTrouble, or the signal's reason. */
export const copyContent = (from: string, path: string, signal: AbortSignal | undefined): Promise<void> =>
  copyFile(from, path, { what, mode: contentMode, signal: signal ?? new AbortController().signal });

const what = 'The file of an object';

/** The file behind `path`, links followed. Errors: InputUnreadable. */
export function regularFile(path: string): string {
  const unusable = (why: string, cause?: unknown) => fail('InputUnreadable', { what, path, why }, cause);
  let file: string;
  let isFile: boolean;
  try {
    file = realpathSync.native(path);
    isFile = statSync(file).isFile();
  } catch (error) {
    throw unusable(whyOf(error), error);
  }
  if (!isFile) throw unusable('it is no regular file');
  return file;
}

/** Gives a file a second name; false where the file systems differ or do not know such. Errors: DiskTrouble. */
export function linked(from: string, path: string): boolean {
  try {
    linkSync(from, path);
    return true;
  } catch (error) {
    if (cannotLink.has(codeOf(error) ?? '')) return false;
    throw diskTrouble('link', path, error);
  }
}

/** EPERM: on Linux also for the files of others. */
const cannotLink: ReadonlySet<string> = new Set(['EXDEV', 'EPERM', 'EACCES', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

async function atDisk<T>(path: string, action: Promise<T>): Promise<T> {
  try {
    return await action;
  } catch (error) {
    throw diskTrouble('write', path, error);
  }
}

/** Ends with the signal's reason also while the source has nothing to give. */
async function* untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T, void> {
  if (!signal) return yield* source;
  signal.throwIfAborted();
  const iterator = source[Symbol.asyncIterator]();
  // A race with one promise for all would keep every chunk until its end.
  let wake: (reason: unknown) => void = () => {};
  const abort = (): void => wake(signal.reason);
  signal.addEventListener('abort', abort);
  let isOver = false;
  try {
    while (!isOver) {
      const next = await new Promise<IteratorResult<T>>((resolve, reject) => {
        wake = reject;
        iterator.next().then(resolve, (error) => {
          isOver = true;
          reject(error);
        });
      });
      isOver ||= next.done === true;
      if (!next.done) yield next.value;
      signal.throwIfAborted();
    }
  } finally {
    signal.removeEventListener('abort', abort);
    // Not awaited: a source that gives nothing may not end either.
    if (!isOver) iterator.return?.()?.catch(() => {});
  }
}
