import { type ParseArgsConfig, parseArgs } from 'node:util';
import { type OptionName, optionOf } from '../options/options.ts';
import type { GivenOptions } from '../options/values.ts';
import type { CommandEntry } from './command-entry.ts';
import { commands } from './command-table.ts';

/** A command line that needs no help and no correction. */
export interface QuickParse {
  readonly command: CommandEntry;
  readonly words: readonly string[];
  readonly given: GivenOptions;
}

/**
 * Reads a correct command line with Node's own parser. Loading and running the large one takes about a tenth of a second, a quarter of all
 * that `train` adds to its container; it is left the help and everything that is not quite right, which it words better: then this is
 * undefined. Both read the same declarations.
 */
export function quickParse([name = '', ...rest]: readonly string[]): QuickParse | undefined {
  const command = Object.hasOwn(commands, name) ? commands[name as keyof typeof commands] : undefined;
  if (!command) return undefined;
  try {
    const { values, positionals } = parseArgs({ args: rest, options: configOf(command), allowPositionals: true, strict: true });
    const [least, most] = command.words;
    if (positionals.length < least || positionals.length > most) return undefined;
    const given = Object.entries(values).map(([option, value]) => [option, single(option, value)] as const);
    return { command, words: positionals, given: Object.fromEntries(given) };
  } catch {
    return undefined; // an unknown option, a missing value: the large parser says which
  }
}

/** Every option may come several times, so that one that came too often can be told. */
function configOf({ options }: CommandEntry): NonNullable<ParseArgsConfig['options']> {
  return Object.fromEntries(
    options.map((option) => {
      const { type, alias } = optionOf(option);
      const kind = type === 'boolean' ? ({ type: 'boolean' } as const) : ({ type: 'string', multiple: true } as const);
      return [option, { ...kind, ...(alias && { short: alias }) }];
    }),
  );
}

const single = (option: string, value: unknown): unknown =>
  Array.isArray(value) && value.length === 1 && optionOf(option as OptionName).type === 'string' ? value[0] : value;
