import { stripVTControlCharacters } from 'node:util';

/** What containers and builds print may hold commands for a terminal, and characters that turn the order of others around. */
export const harmless = (text: string): string => stripVTControlCharacters(text).replaceAll(/[^\P{Cc}\n\t]|\p{Bidi_Control}/gu, '\ufffd');

/** A line that quotes a whole request, as tracebacks do, at a length that people read: its beginning and its end, where what is wrong stands. */
export const shortLine = (line: string): string =>
  line.length <= 2 * shown ? line : `${line.slice(0, shown)} … (${line.length} characters) … ${line.slice(-shown)}`;

const shown = 300;
