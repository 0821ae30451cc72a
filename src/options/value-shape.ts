import { type OptionName, optionOf } from './options.ts';

/**
 * How the entries of a list look: `K=V`, `K=V` or `V` alone, `K=V` or `K` alone, or without a name.
 */
export type EntryShape = 'named' | 'maybe-named' | 'maybe-valued' | 'plain';

export function entryShape(name: OptionName): EntryShape {
  const { value = '' } = optionOf(name);
  if (/^\[\w+=\]/.test(value)) return 'maybe-named';
  if (/^\w+\[=\w+\]$/.test(value)) return 'maybe-valued';
  return value.includes('=') ? 'named' : 'plain';
}

/** The words that an option chooses from: `bind` and `archive`. Undefined where it takes anything else. */
export function alternatives(name: OptionName): readonly string[] | undefined {
  const words = (optionOf(name).value ?? '').split('|');
  return words.length > 1 && words.every((word) => /^[a-z][a-z-]*$/.test(word)) ? words : undefined;
}

/** What a text must look like, as far as one regular expression tells it, and an example. */
export interface TextPattern {
  /** Source of an anchored regular expression that means the same with the flag `u` and without. */
  readonly pattern: string;
  readonly example: string;
}

/** The pattern of an option's value, or of each entry of a list without names. */
export const textPattern = (name: OptionName): TextPattern | undefined => patterns[optionOf(name).value ?? ''];

const number = '[0-9]+(?:\\.[0-9]+)?';

const patterns: Readonly<Record<string, TextPattern>> = {
  N: { pattern: `^${number}$`, example: '2' },
  'all|N': { pattern: '^(?:all|[1-9][0-9]*)$', example: 'all' },
  PORT: { pattern: '^[0-9]{1,5}$', example: '8080' },
  SEED: { pattern: '^[0-9]{1,9}$', example: '7' },
  TIME: { pattern: `^(?:${number}|(?=.)(?:${number}d)?(?:${number}h)?(?:${number}m)?(?:${number}s)?(?:${number}ms)?)$`, example: '90s' },
};

/** Whether a number makes sense as the value of an option, or as an entry of a list without names. */
export const takesNumbers = (name: OptionName): boolean => textPattern(name) !== undefined;
