import { readFileSync } from 'node:fs';
import { version } from './version.ts';

/**
 * What is asked for most often by people who wait, and needs nothing but files of the package: its version, and help as the build has written it
 * (`scripts/help-texts.mjs`). Undefined for all else, and for help on a terminal of another width. The parser and all it is told of take as
 * long to load as Node itself.
 */
export function readyAnswer(typed: readonly string[], width: number | undefined): string | undefined {
  const [first = '', second] = typed;
  if (typed.length === 1 && (first === '--version' || first === 'version')) return `${version()}\n`;
  const about = topicOf(typed.length, first, second);
  return about === undefined ? undefined : helpText(about, helpWidth(width));
}

/** As wide as the terminal, and not wider than it is good to read. */
export const helpWidth = (width: number | undefined): number => Math.min(120, width ?? 100);

/** Of the whole, where it is of no command. */
const wholeTopic = 'sm-local';

function topicOf(count: number, first: string, second: string | undefined): string | undefined {
  const isHelp = (word: string | undefined): boolean => word === '--help' || word === '-h';
  if (count === 1) return isHelp(first) || first === 'help' ? wholeTopic : undefined;
  if (count !== 2 || second === undefined) return undefined;
  const about = isHelp(second) ? first : first === 'help' ? second : '';
  return /^[a-z]+$/.test(about) ? about : undefined;
}

function helpText(topic: string, width: number): string | undefined {
  try {
    return readFileSync(new URL(`help/${width}/${topic}.txt`, import.meta.url), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}
