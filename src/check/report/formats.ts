import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fail } from '../../errors.ts';

export const reportFormats = ['text', 'json', 'junit', 'sarif'] as const;
export type ReportFormat = (typeof reportFormats)[number];

/** `--format`. Errors: WrongUsage. */
export function reportFormat(text = 'text'): ReportFormat {
  const format = reportFormats.find((each) => each === text);
  if (format) return format;
  throw fail('WrongUsage', { message: `--format ${text}: there is no such format.`, remedy: `Use one of: ${reportFormats.join(', ')}.` });
}

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
