import { fail } from '../errors.ts';
import { closest } from './closest.ts';

/** What the texts `name=value` of one flag are. */
export interface NamedValues<Name extends string> {
  /** One of them, in errors: `limit`, whose flag is `--limit`. */
  readonly what: string;
  readonly names: readonly Name[];
  readonly example: string;
}

/**
 * `['ping=500ms']` -> `{ ping: parse('ping', '500ms') }`. Errors: WrongUsage, for what is no `name=value`, an unknown name, or one that
 * is given twice; and what `parse` throws.
 */
export function parseNamed<Name extends string, Value>(
  texts: readonly string[],
  kind: NamedValues<Name>,
  parse: (name: Name, value: string) => Value,
): Partial<Record<Name, Value>> {
  const { what, names, example } = kind;
  const values: Partial<Record<Name, Value>> = {};
  for (const text of texts) {
    const [, given, value] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
    if (given === undefined || value === undefined) {
      const message = `${JSON.stringify(text)} is not a ${what}.`;
      throw fail('WrongUsage', { message, remedy: `Write --${what} name=value, for example --${what} ${example}.` });
    }
    const name = names.find((known) => known === given);
    if (name === undefined) {
      const near = closest(given, names);
      const remedy = `${near ? `Did you mean ${near}? ` : ''}There are: ${names.join(', ')}.`;
      throw fail('WrongUsage', { message: `There is no ${what} ${JSON.stringify(given)}.`, remedy });
    }
    const parsed = parse(name, value);
    if (name in values) {
      throw fail('WrongUsage', { message: `The ${what} ${name} is given twice.`, remedy: `Keep one --${what} ${name}=….` });
    }
    values[name] = parsed;
  }
  return values;
}
