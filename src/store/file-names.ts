import { fail } from '../errors.ts';

/** What file systems take, in bytes. */
const longest = 255;

/**
 * Any text as a file name, of any length. Lower-case letters, digits, `-` and `_` stay; everything else is written as percent codes of its
 * UTF-8 bytes, capitals too, because many disks take `A` and `a` for the same file.
 */
export function encodeName(name: string): string {
  const encoded = name.replaceAll(/[^a-z0-9_-]/gu, percentCodes);
  // Windows takes these for devices, whatever follows the dot.
  return /^(con|prn|aux|nul|com\d|lpt\d)$/.test(encoded) ? encoded.replace(/^./, percentCodes) : encoded;
}

/** The text of an encoded name; undefined for what `encodeName` does not write. */
export function decodeName(encoded: string): string | undefined {
  try {
    const name = decodeURIComponent(encoded);
    // A file that somebody put there under another spelling would be found under no name.
    return encodeName(name) === encoded ? name : undefined;
  } catch {
    return undefined;
  }
}

/** The file name for the record of this name. Errors: InvalidRequest when it gets too long. */
export function fileNameOf(name: string): string {
  const file = `${encodeName(name)}.json`;
  if (name === '' || file.length > longest) {
    throw fail('InvalidRequest', { message: `A record cannot have the name ${JSON.stringify(name)}.`, remedy: 'Choose a shorter name.' });
  }
  return file;
}

/** The name in a file name; undefined for files that are no records. */
export function nameOf(file: string): string | undefined {
  return file.endsWith('.json') && !file.startsWith('.') ? decodeName(file.slice(0, -'.json'.length)) : undefined;
}

const percentCodes = (character: string): string =>
  [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
