import type { Dockerfile } from '../dockerfile.ts';

/**
 * The images that a Dockerfile starts from or copies out of, with the build arguments filled in; stages of its own and `scratch` left out.
 * What cannot be told is left out too: the builder, which reads the file for itself, says what is wrong with it.
 */
export function imagesIn({ instructions }: Dockerfile, buildArguments: Readonly<Record<string, string>> = {}): readonly string[] {
  const values = new Map<string, string>();
  const stages = new Set<string>(['scratch']);
  const found = new Set<string>();
  const add = (text: string): void => {
    const image = filledIn(text, values);
    if (image !== '' && !stages.has(image.toLowerCase()) && !/^\d+$/.test(image)) found.add(image);
  };
  let isBeforeStages = true; // only arguments declared there count in FROM lines
  for (const { name, words } of instructions) {
    if (name === 'ARG' && isBeforeStages) for (const word of words) declare(word, values, buildArguments);
    if (name === 'FROM') {
      const [image = '', as, stage] = words.filter((word) => !word.startsWith('--'));
      isBeforeStages = false;
      add(image);
      if (as?.toUpperCase() === 'AS' && stage) stages.add(stage.toLowerCase());
    }
    for (const image of name === 'COPY' || name === 'RUN' ? sourcesIn(words) : []) add(image);
  }
  return [...found];
}

/** `COPY --from=IMAGE`, and `RUN --mount=type=bind,from=IMAGE`. */
const sourcesIn = (words: readonly string[]): readonly string[] =>
  words.flatMap((word) => /^--(?:from=|mount=(?:.*,)?from=)([^,]+)/.exec(word)?.[1] ?? []);

function declare(word: string, values: Map<string, string>, given: Readonly<Record<string, string>>): void {
  const [, name = '', preset] = /^(\w+)(?:=(.*))?$/.exec(word) ?? [];
  const value = given[name] ?? (preset === undefined ? undefined : filledIn(preset, values));
  if (value !== undefined) values.set(name, value);
}

/** `$NAME`, `${NAME}`, `${NAME:-else}`, `${NAME:+instead}`; quotes taken off. */
const filledIn = (text: string, values: ReadonlyMap<string, string>): string =>
  text
    .replaceAll(/\$(?:(\w+)|\{(\w+)(?::([-+])([^}]*))?\})/g, (_, plain?: string, braced?: string, operator?: string, word = '') => {
      const value = values.get(plain ?? braced ?? '') ?? '';
      if (operator === '-') return value || word;
      return operator === '+' ? value && word : value;
    })
    .replaceAll(/^["']|["']$/g, '');
