import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fail } from '../errors.ts';
import { diskTrouble } from './disk-trouble.ts';

/** Sees to it that a directory, which need not be there yet, can be written to: asks the nearest one that is there. Errors: DiskTrouble. */
export function checkWritable(directory: string): void {
  const found = statOf(directory);
  if (found === undefined && directory !== dirname(directory)) {
    checkWritable(dirname(directory));
    return;
  }
  if (!found?.isDirectory()) throw fail('DiskTrouble', { action: 'write to', path: directory, why: 'it is no directory' });
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw diskTrouble('write to', directory, error);
  }
}

function statOf(directory: string): Stats | undefined {
  try {
    return statSync(directory, { throwIfNoEntry: false });
  } catch (error) {
    throw diskTrouble('write to', directory, error);
  }
}
