import { fail } from '../errors.ts';
import { type OptionName, optionOf, type Values } from './options.ts';
import type { Surroundings } from './surroundings.ts';

/** What options were given: a text for one that takes one value, texts for a list, true for a switch. */
export type GivenOptions = Readonly<Record<string, unknown>>;

/** The declared options with their environment variables applied; an option that takes one value must not be given twice. */
export function valuesOf<Names extends OptionName>(
  names: readonly Names[],
  given: GivenOptions,
  environment: Surroundings['env'],
): Values<Names> {
  const value = (name: OptionName): unknown => {
    const { type, env } = optionOf(name);
    const own = given[name];
    if (type === 'list') return own ?? [];
    if (type === 'boolean') return own === true;
    if (Array.isArray(own)) throw fail('WrongUsage', { message: `--${name} was given ${own.length} times.`, remedy: 'Give it once.' });
    return own ?? (env ? environment[env] || undefined : undefined);
  };
  return Object.fromEntries(names.map((name) => [name, value(name)])) as unknown as Values<Names>;
}
