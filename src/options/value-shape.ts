import { faultNames } from '../contract/faults.ts';
import { limitNames } from '../contract/limits.ts';
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

/** The names that may stand in front of the `=` in a list of `K=V`, where they are known. */
export const entryNames = (name: OptionName): readonly string[] | undefined => knownNames[name];

const knownNames: Readonly<Partial<Record<OptionName, readonly string[]>>> = { limit: limitNames, fault: faultNames };

/** What a text must look like, as far as one regular expression tells it. */
export interface TextPattern {
  /** As it ends a sentence: "5x is not a time". */
  readonly what: string;
  /** Source of an anchored regular expression that means the same with the flag `u` and without. */
  readonly pattern: string;
  /** The same for a number: its least value, its greatest, and whether it is whole. */
  readonly range: { readonly least: number; readonly most?: number; readonly isWhole: boolean };
  readonly example: string;
}

/** The pattern of an option's value, or of each entry of a list without names. */
export const textPattern = (name: OptionName): TextPattern | undefined => patterns[optionOf(name).value ?? ''];

const number = '[0-9]+(?:\\.[0-9]+)?';

const patterns: Readonly<Record<string, TextPattern>> = {
  N: { what: 'a number', pattern: `^${number}$`, range: { least: 0, isWhole: false }, example: '2' },
  'all|N': { what: '"all" or a number', pattern: '^(?:all|[1-9][0-9]*)$', range: { least: 1, isWhole: true }, example: 'all' },
  PORT: {
    what: 'a port',
    pattern: '^(?:[0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$',
    range: { least: 0, most: 65_535, isWhole: true },
    example: '8080',
  },
  SEED: { what: 'a seed', pattern: '^[0-9]{1,9}$', range: { least: 0, most: 999_999_999, isWhole: true }, example: '7' },
  TIME: {
    what: 'a time',
    pattern: `^(?:${number}|(?=.)(?:${number}d)?(?:${number}h)?(?:${number}m)?(?:${number}s)?(?:${number}ms)?)$`,
    range: { least: 0, isWhole: false },
    example: '90s',
  },
};

/** Whether a number makes sense as the value of an option, or as an entry of a list without names. */
export const takesNumbers = (name: OptionName): boolean => textPattern(name) !== undefined;
