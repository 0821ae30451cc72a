import { fail } from '../errors.ts';

/** What file systems take, in bytes. */
const longest = 255;

/**
 * The file name for the record of this name. Lower-case letters, digits, `-` and `_` stay; everything else is written as percent codes of
 * its UTF-8 bytes, capitals too, because many disks take `A` and `a` for the same file. Errors: InvalidRequest when it gets too long.
 */
export function fileNameOf(name: string): string {
  const encoded = name.replaceAll(/[^a-z0-9_-]/gu, percentCodes);
  // Windows takes these for devices, whatever follows the dot.
  const safe = /^(con|prn|aux|nul|com\d|lpt\d)$/.test(encoded) ? encoded.replace(/^./, percentCodes) : encoded;
  const file = `${safe}.json`;
  if (name === '' || file.length > longest) {
    throw fail('InvalidRequest', { message: `A record cannot have the name ${JSON.stringify(name)}.`, remedy: 'Choose a shorter name.' });
  }
  return file;
}

/** The name in a file name; undefined for files that are no records. */
export function nameOf(file: string): string | undefined {
  if (!file.endsWith('.json') || file.startsWith('.')) return undefined;
  try {
    const name = decodeURIComponent(file.slice(0, -'.json'.length));
    // A file that somebody put there under another spelling would be found under no name.
    return fileNameOf(name) === file ? name : undefined;
  } catch {
    return undefined;
  }
}

const percentCodes = (character: string): string =>
  [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
