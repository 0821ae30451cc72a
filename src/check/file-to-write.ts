import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fail } from '../errors.ts';

/** A file to be written, absolute, as far as can be told before there is anything to write. Errors: WrongUsage. */
export async function fileToWrite(flag: string, text: string, cwd: string): Promise<string> {
  const path = resolve(cwd, text);
  const remedy = 'Name a file in a directory that is there.';
  if (text === '' || (await isDirectory(path))) throw fail('WrongUsage', { message: `${flag} ${text}: that is no file.`, remedy });
  if (await isDirectory(dirname(path))) return path;
  throw fail('WrongUsage', { message: `${flag} ${text}: there is no directory ${dirname(path)}.`, remedy });
}

const isDirectory = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
