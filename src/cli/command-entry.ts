import type { OptionName } from '../options/options.ts';
import type { GivenOptions } from '../options/values.ts';
import type { Io } from './io.ts';

export interface CommandEntry {
  readonly options: readonly OptionName[];
  /** How many words besides the options: at least, at most. */
  readonly words: readonly [least: number, most: number];
  /** A project file says nothing to it. */
  readonly standsAlone?: true;
  /** Loads the command's code and runs it. */
  readonly run: (words: readonly string[], given: GivenOptions, io: Io) => Promise<number>;
}
