/** A word of a command line as a shell splits it. */
export interface ShellWord {
  /** What the program gets. */
  readonly text: string;
  /** The quote that is still open at its end. */
  readonly open?: '"' | "'";
}

/**
 * The words of a command line that may end in the middle of one, as bash and zsh quote. The last one is what the cursor is behind, and empty
 * after a space.
 */
export const shellWords = (line: string): readonly ShellWord[] => read(line, /\s/);

/** A part of one word, as the program gets it; spaces in it are its own. */
export const unquoted = (part: string): string =>
  read(part, /$^/)
    .map(({ text }) => text)
    .join('');

function read(line: string, between: RegExp): readonly ShellWord[] {
  const words: ShellWord[] = [];
  let text = '';
  let open: '"' | "'" | undefined;
  for (let at = 0; at < line.length; at++) {
    const letter = line[at] as string;
    const next = line[at + 1];
    if (letter === '\\' && open !== "'" && next !== undefined && (open === undefined || '"\\$`'.includes(next))) {
      text += next;
      at += 1;
    } else if (letter === open) open = undefined;
    else if (open === undefined && (letter === '"' || letter === "'")) open = letter;
    else if (open === undefined && between.test(letter)) {
      if (text !== '' || /["']/.test(line[at - 1] ?? '')) words.push({ text });
      text = '';
    } else text += letter;
  }
  return [...words, { text, ...(open !== undefined && { open }) }];
}

/** A text as it has to be typed where this quote is open, or none. */
export function quoted(text: string, open: ShellWord['open']): string {
  if (open === "'") return text.replaceAll("'", String.raw`'\''`);
  if (open === '"') return text.replaceAll(/["\\$`]/g, String.raw`\$&`);
  const [home = ''] = /^~(?=\/)/.exec(text) ?? []; // the shell's own sign for the home directory
  return home + text.slice(home.length).replaceAll(/[^\w./:=,@%+~^-]|^~/gu, String.raw`\$&`);
}
