import { getSystemErrorMap } from 'node:util';
import { fail, isAnyError, isError, reasonOf, type SmLocalError } from '../errors.ts';

/** The error for a file operation of ours that went wrong, with the system's own words: `no space left on device`. */
export const diskTrouble = (action: string, path: string, cause: unknown): SmLocalError =>
  fail('DiskTrouble', { action, path, why: whyOf(cause) }, cause);

/** Whether it was for want of room, so that the same may go well later. */
export const lacksRoom = (error: unknown): boolean => isError(error, 'DiskTrouble') && isOutOfRoom(error.cause);

/** The same of the system's own error. */
export const isOutOfRoom = (error: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes(codeOf(error) ?? '');

/** `ENOENT`, `Z_BUF_ERROR`, …; undefined for errors that carry no code. */
export function codeOf(error: unknown): string | undefined {
  const code = isAnyError(error) && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Whether the operating system, and not a parser or one of us, made this error. */
export const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  isAnyError(error) && 'errno' in error && 'syscall' in error;

/** Why it failed, without Node's code, call and path around it. */
export function whyOf(error: unknown): string {
  const number = isSystemError(error) ? error.errno : undefined;
  return (number === undefined ? undefined : getSystemErrorMap().get(number)?.[1]) ?? reasonOf(error);
}
