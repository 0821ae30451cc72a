import { stripVTControlCharacters } from 'node:util';

/** What containers and builds print may hold commands for a terminal, and characters that turn the order of others around. */
export const harmless = (text: string): string => stripVTControlCharacters(text).replaceAll(/[^\P{Cc}\n\t]|\p{Bidi_Control}/gu, '\ufffd');
