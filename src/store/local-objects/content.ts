import { linkSync, realpathSync, statSync } from 'node:fs';
import { fail } from '../../errors.ts';
import { contentMode } from '../body/write-body.ts';
import { copyFile } from '../copy-file.ts';
import { codeOf, diskTrouble, whyOf } from '../disk-trouble.ts';

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
