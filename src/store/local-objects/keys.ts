import { createHash } from 'node:crypto';
import { fail } from '../../errors.ts';
import { encodeName } from '../file-names.ts';
import type { ObjectAddress } from '../objects.ts';

/** The longest key S3 takes, in bytes. Source: Amazon S3 user guide, "Naming Amazon S3 objects". */
const longestKey = 1024;

/** What file systems take as one name, in bytes. */
const longestName = 255;

/** Names that begin so are ours while something is being written. */
export const reserved = '.sm-local-';

/** Errors: KeyTooLong; KeyNotStorable for what is no text. */
export function checkKey({ bucket, key }: ObjectAddress): void {
  const bytes = Buffer.byteLength(key);
  if (bytes > longestKey) throw fail('KeyTooLong', { key, bytes });
  const why = key === '' ? 'it is empty' : isText(key) ? undefined : 'it is no Unicode text';
  if (why) throw fail('KeyNotStorable', { bucket, key, why });
}

export const isKey = (key: string): boolean => key !== '' && Buffer.byteLength(key) <= longestKey && isText(key);

/** Half a surrogate pair has no UTF-8 form. */
const isText = (key: string): boolean => !/\p{Surrogate}/u.test(key);

/** Why an object of this key cannot be a file at the key's own path; undefined when, other files aside, it can. */
export function whyNotPlain(key: string, platform: NodeJS.Platform = process.platform): string | undefined {
  if (key.includes('\0')) return 'it holds a NUL';
  for (const part of key.split('/')) {
    if (part === '') return 'it begins or ends with a slash, or has two in a row';
    if (part === '.' || part === '..') return `${part} is no name of a file`;
    if (part.startsWith(reserved)) return `names that begin with ${reserved} are not for objects`;
    if (Buffer.byteLength(part) > longestName) return `a part of it is longer than ${longestName} bytes`;
    if (platform === 'win32' && (/[<>:"|?*\\\p{Cc}]|[. ]$/u.test(part) || devices.test(part))) return 'Windows has no such file names';
  }
  return undefined;
}

const devices = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** The file name of an object in the annex. One that had to be cut has a dot in it, and a file that says its key beside it. */
export function annexName(key: string): string {
  const encoded = encodeName(key);
  if (encoded.length <= longestName - keySuffix.length) return encoded;
  return `${encoded.slice(0, 120)}.${createHash('sha256').update(key).digest('hex')}`;
}

export const isCut = (name: string): boolean => name.includes('.');

export const keySuffix = '.key';
