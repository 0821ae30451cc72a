/** What the words of an instruction come to once their variables are filled in and their quotes gone. */

/** Those that are known by the instruction. */
export interface Variables {
  readonly values: ReadonlyMap<string, string>;
  /** Whether those that are not among them are set by nobody; else a base image may set them. */
  readonly isWhole: boolean;
}

/** `$NAME`, `${NAME}`, `${NAME:-text}`, `${NAME:+text}`, but not between single quotes; undefined where that depends on what is not known here. */
export function expanded(word: string, variables: Variables): string | undefined {
  const parts = word.match(/'[^']*'|"(?:\\.|[^"\\])*"|(?:\\.|[^'"\\])+|['"\\]/gs) ?? [];
  let text = '';
  for (const part of parts) {
    if (/^'.*'$/s.test(part)) text += part.slice(1, -1);
    else {
      const filled = filledIn(/^".*"$/s.test(part) && part.length > 1 ? part.slice(1, -1) : part, variables);
      if (filled === undefined) return undefined;
      text += filled;
    }
  }
  return text;
}

function filledIn(text: string, { values, isWhole }: Variables): string | undefined {
  let isKnown = true;
  const filled = text.replaceAll(
    /\\(.)|\$(?:(\w+)|\{(\w+)(?::([-+])([^}]*))?\}|\{)/g,
    (_whole, escaped: string | undefined, plain: string | undefined, braced: string | undefined, how: string | undefined, other = '') => {
      if (escaped !== undefined) return escaped;
      const name = plain ?? braced;
      const value = name === undefined ? undefined : values.get(name);
      if (name === undefined || (value === undefined && !isWhole)) isKnown = false;
      if (how === '-') return value || other;
      if (how === '+') return value ? other : '';
      return value ?? '';
    },
  );
  return isKnown ? filled : undefined;
}

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
