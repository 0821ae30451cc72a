import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fail } from '../errors.ts';
import { codeOf, diskTrouble } from './disk-trouble.ts';

/** Sees to it that a directory, which need not be there yet, can be written to: asks the nearest one that is there. Errors: DiskTrouble. */
export async function checkWritable(directory: string): Promise<void> {
  const found = await stat(directory).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT' && directory !== dirname(directory)) return undefined;
    throw diskTrouble('write to', directory, error);
  });
  if (found === undefined) return await checkWritable(dirname(directory));
  if (!found.isDirectory()) throw fail('DiskTrouble', { action: 'write to', path: directory, why: 'it is no directory' });
  await access(directory, constants.W_OK | constants.X_OK).catch((error: unknown) => {
    throw diskTrouble('write to', directory, error);
  });
}
