import { type OptionName, optionOf } from '../options/options.ts';
import { entryShape } from '../options/value-shape.ts';
import type { GivenOptions } from '../options/values.ts';

/** What a command is told: an image, or a directory of one, and its options. */
export interface Given {
  readonly image?: string | undefined;
  readonly given: GivenOptions;
}

/**
 * What is given, on top of what the project file says. An option of its own wins, then its environment variable, then the file; lists of
 * `K=V` are put together by name. An image of the file is for a command that is given none, and no request, which names its own.
 */
export function merged(own: Given, file: Given, env: Readonly<Record<string, string | undefined>>): Given {
  const kept = Object.entries(withoutRivals(file.given, own.given)).filter(([name]) => {
    const { env: variable } = optionOf(name as OptionName);
    return own.given[name] !== undefined || variable === undefined || !env[variable];
  });
  const image = own.image ?? (own.given.request === undefined ? file.image : undefined);
  return { given: onTop(own.given, Object.fromEntries(kept)), ...(image !== undefined && { image }) };
}

/** Options over options: the upper ones win, and lists of `K=V` are put together. */
export function onTop(upper: GivenOptions, lower: GivenOptions): GivenOptions {
  const both = Object.entries(lower).map(([name, value]): readonly [string, unknown] => {
    const own = upper[name];
    if (own === undefined) return [name, value];
    return [name, Array.isArray(own) && Array.isArray(value) ? together(name as OptionName, own, value) : own];
  });
  return { ...upper, ...Object.fromEntries(both) };
}

/** Entries of a name replace those of the same name; one for all (`input-mode: Pipe`) and lists without names replace everything. */
function together(name: OptionName, upper: readonly string[], lower: readonly string[]): readonly string[] {
  const shape = entryShape(name);
  if (shape === 'plain' || (shape === 'maybe-named' && upper.some((entry) => !entry.includes('=')))) return upper;
  const names = upper.map(nameIn);
  return [...lower.filter((entry) => !names.includes(nameIn(entry))), ...upper];
}

/** `max-run` and the limit `run` are two words for one thing, and the one of the command line wins. */
function withoutRivals(lower: GivenOptions, upper: GivenOptions): GivenOptions {
  const { 'max-run': maxRun, limit, ...rest } = lower;
  const isRun = (entry: string): boolean => nameIn(entry) === 'run';
  const hasLimit = Array.isArray(upper.limit) && upper.limit.some(isRun);
  const limits = upper['max-run'] !== undefined && Array.isArray(limit) ? limit.filter((entry) => !isRun(entry)) : limit;
  return {
    ...rest,
    ...(maxRun !== undefined && !hasLimit && { 'max-run': maxRun }),
    ...(limits !== undefined && { limit: limits }),
  };
}

const nameIn = (entry: string): string => entry.split('=', 1)[0] ?? '';
