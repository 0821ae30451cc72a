import { closest } from '../contract/closest.ts';
import type { Emulator } from '../emulator.ts';
import { fail } from '../errors.ts';
import { type DefinitionKind, definitionKinds, type Kind, kindCalled, kinds } from '../upkeep/kinds.ts';
import { findResource, type Resource } from '../upkeep/resources.ts';

/** `[kind] <name>` as typed, of something that runs. Errors: WrongUsage, and those of `findResource`. */
export async function namedResource(emulator: Emulator, words: readonly string[]): Promise<Resource> {
  const { kind, name } = kindAndName(words);
  if (kind !== undefined && isDefinition(kind)) {
    throw fail('WrongUsage', {
      message: `A ${kind} does not run: it can neither be stopped nor has it logs.`,
      remedy: `See it with: sm-local describe ${kind} ${name}. AWS's clients delete it.`,
    });
  }
  return await findResource(emulator, name, kind);
}

export const isDefinition = (kind: Kind | DefinitionKind): kind is DefinitionKind => definitionKinds.some((each) => each === kind);

export function kindAndName(words: readonly string[]): { readonly kind?: Kind | DefinitionKind; readonly name: string } {
  const [first = '', second, ...more] = words;
  if (more.length > 0) {
    throw fail('WrongUsage', { message: `${words.join(' ')}: that is more than a kind and a name.`, remedy: 'Give one name at a time.' });
  }
  return second === undefined ? { name: first } : { kind: kindOf(first), name: second };
}

/** Also in the plural. Errors: WrongUsage. */
export function kindOf(text: string): Kind | DefinitionKind {
  const kind = kindCalled(text);
  if (kind) return kind;
  const near = closest(text, all);
  throw fail('WrongUsage', {
    message: `There is no kind ${JSON.stringify(text)}.`,
    remedy: `${near ? `Did you mean ${near}? ` : ''}There are: ${all.join(', ')}.`,
  });
}

const all = [...kinds, ...definitionKinds] as const;
