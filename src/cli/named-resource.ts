import { closest } from '../contract/closest.ts';
import type { Emulator } from '../emulator.ts';
import { fail } from '../errors.ts';
import { findResource, type Kind, kinds, type Resource } from '../resources.ts';

/** `[kind] <name>` as typed. Errors: WrongUsage, and those of `findResource`. */
export async function namedResource(emulator: Emulator, words: readonly string[]): Promise<Resource> {
  const { kind, name } = kindAndName(words);
  return await findResource(emulator, name, kind);
}

export function kindAndName(words: readonly string[]): { readonly kind?: Kind; readonly name: string } {
  const [first = '', second, ...more] = words;
  if (more.length > 0) {
    throw fail('WrongUsage', { message: `${words.join(' ')}: that is more than a kind and a name.`, remedy: 'Give one name at a time.' });
  }
  return second === undefined ? { name: first } : { kind: kindOf(first), name: second };
}

/** Also in the plural. Errors: WrongUsage. */
export function kindOf(text: string): Kind {
  const singular = text.toLowerCase().replace(/s$/, '');
  const kind = kinds.find((each) => each === singular);
  if (kind) return kind;
  const near = closest(singular, kinds);
  throw fail('WrongUsage', {
    message: `There is no kind ${JSON.stringify(text)}.`,
    remedy: `${near ? `Did you mean ${near}? ` : ''}There are: ${kinds.join(', ')}.`,
  });
}
