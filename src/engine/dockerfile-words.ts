/** What the words of an instruction come to once their variables are filled in and their quotes gone. */

/** `$NAME`, `${NAME}`, `${NAME:-text}`, `${NAME:+text}`; undefined where a variable is not known here: a base image may have it. */
export function expanded(word: string, variables: ReadonlyMap<string, string>): string | undefined {
  let isKnown = true;
  const text = unquoted(word).replaceAll(
    /\\(.)|\$(?:(\w+)|\{(\w+)(?::([-+])([^}]*))?\})/g,
    (_whole, escaped: string | undefined, plain: string | undefined, braced: string | undefined, how: string | undefined, other = '') => {
      if (escaped !== undefined) return escaped;
      const value = variables.get(plain ?? braced ?? '');
      if (how === '-') return value || other;
      if (how === '+') return value ? other : '';
      if (value === undefined) isKnown = false;
      return value ?? '';
    },
  );
  return isKnown ? text : undefined;
}

const unquoted = (word: string): string =>
  word.replaceAll(/"((?:\\.|[^"\\])*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? '');

/** The words of the JSON form, `["a", "b"]`; undefined for the other one. */
export function jsonWords(words: readonly string[]): readonly string[] | undefined {
  const text = words.join(' ');
  if (!text.startsWith('[')) return undefined;
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every((word) => typeof word === 'string') ? list : undefined;
  } catch {
    return undefined; // then builders take it for the other form
  }
}
