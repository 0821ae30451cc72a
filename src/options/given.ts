import { closest } from '../contract/closest.ts';
import { fail } from '../errors.ts';
import { type OptionName, optionNames, optionOf } from './options.ts';
import { entryShape } from './value-shape.ts';
import type { GivenOptions } from './values.ts';

/** How the library spells an option: `input-mode` is `inputMode`. */
export const camelCase = (name: string): string => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

/**
 * What is for a terminal or a process alone, and what the library has in a shape of its own: an `engine` may be open already, `project` and
 * `ephemeral` stand with what all of its functions take.
 */
const notOfLibrary: readonly OptionName[] = [
  ...(['json', 'quiet', 'verbose', 'dry-run', 'detach', 'keep', 'access-log', 'ephemeral', 'engine', 'project'] as const),
  ...(['watch', 'sync'] as const),
  ...(['format', 'report', 'explain', 'write-baseline'] as const),
  ...(['debug', 'debug-wait', 'debug-port'] as const),
];

/** The options of a command that the library takes as they are. */
export const libraryOptions = <Names extends OptionName>(names: readonly Names[]): readonly Names[] =>
  names.filter((name) => !notOfLibrary.includes(name));

/**
 * Options as the library takes them, as the command line would have given them: numbers become texts, maps lists of `K=V`, and what is
 * undefined was not given; a switch that is false stays, because it may be on in a project file. Only `names` are known. Errors: WrongUsage,
 * in the spelling of the library.
 */
export function givenFrom(options: object, names: readonly OptionName[] = optionNames): GivenOptions {
  const known = new Map(names.map((name) => [camelCase(name), name]));
  refuseUnknown(options, [...known.keys()]);
  const values = new Map<string, unknown>(Object.entries(options));
  const given = [...known].flatMap(([key, name]): [string, unknown][] => {
    const value = values.get(key);
    return value === undefined ? [] : [[name, taken(name, key, value)]];
  });
  return Object.fromEntries(given);
}

/** Refuses options of no such name. Errors: WrongUsage. */
export function refuseUnknown(options: object, known: readonly string[]): void {
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    const near = closest(key, known);
    throw wrong(`${key}: there is no such option.`, near ? `Did you mean ${near}?` : `There are: ${known.join(', ')}.`);
  }
}

function taken(name: OptionName, key: string, value: unknown): unknown {
  const { type } = optionOf(name);
  if (type === 'boolean') {
    if (typeof value === 'boolean') return value;
    throw wrong(`${key}: ${shown(value)} is neither true nor false.`, `Write ${key}: true, or leave it out.`);
  }
  if (type === 'list') return entries(name, key, value);
  if (typeof value === 'string' || isNumber(value)) return String(value);
  throw wrong(`${key}: ${shown(value)} is no text and no number.`, `Write ${key}: '${optionOf(name).value ?? ''}', or leave it out.`);
}

function entries(name: OptionName, key: string, value: unknown): readonly string[] {
  const isNamed = entryShape(name) !== 'plain';
  if (Array.isArray(value)) return value.map((entry: unknown, index) => text(`${key}[${index}]`, entry, name));
  if (typeof value === 'string' || isNumber(value)) return [String(value)];
  if (isNamed && typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([entry, content]: [string, unknown]) => {
      if (entry === '' || entry.includes('='))
        throw wrong(`${key}: ${shown(entry)} cannot be a name.`, 'Names are not empty and have no "=".');
      return content === undefined ? [] : [`${entry}=${text(`${key}.${entry}`, content, name)}`];
    });
  }
  const shapes = isNamed ? `a map, ${key}: { name: 'value' }, or a list of texts` : `a list of texts, ${key}: ['…']`;
  throw wrong(`${key}: ${shown(value)} is no list.`, `Write ${shapes}.`);
}

function text(where: string, value: unknown, name: OptionName): string {
  if (typeof value === 'string' || typeof value === 'boolean' || isNumber(value)) return String(value);
  const quoted = typeof value === 'object' && value !== null && name === 'hp';
  throw wrong(
    `${where}: ${shown(value)} is no text, no number, and neither true nor false.`,
    quoted ? 'Hyperparameters are texts: write it with JSON.stringify().' : 'Write a text, or leave it out.',
  );
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** A value in a message: JSON as far as it goes, and not too long. */
export function shown(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  const json = typeof value === 'number' || typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? String(value));
  return json.length > 60 ? `${json.slice(0, 60)}…` : json;
}

const wrong = (message: string, remedy: string): Error => fail('WrongUsage', { message, remedy });
