import type { Io } from '../io.ts';
import type { Candidate } from './candidate.ts';
import { candidates } from './candidates.ts';
import { quoted, type ShellWord, shellWords, unquoted } from './shell-words.ts';

/**
 * `sm-local __complete <shell> …`, which the scripts of `sm-local completion` ask: a candidate a line on stdout. bash and zsh hand over the
 * line up to the cursor as it is typed, bash the part that it will replace too; fish the word at the cursor and those in front of it. What goes
 * wrong offers nothing and says nothing: somebody is typing. Returns the exit code.
 */
export async function complete([shell = '', ...asked]: readonly string[], io: Io): Promise<number> {
  try {
    await io.out.write(await answer(shell, asked, io));
  } catch {
    return 1;
  }
  return 0;
}

async function answer(shell: string, asked: readonly string[], io: Io): Promise<string> {
  const [first = '', replaced, ...rest] = asked;
  if (shell === 'fish') {
    const found = await candidates([...(replaced === undefined ? [] : [replaced]), ...rest], unquoted(first), io);
    return lines(found.map(({ text, describe }) => (describe === undefined ? text : `${text}\t${describe}`)));
  }
  const words = withoutProgram(shellWords(first));
  const current = words.at(-1) ?? { text: '' };
  const before = words.slice(0, -1).map(({ text }) => text);
  const found = await candidates(before, current.text, io);
  if (shell === 'bash') return lines(found.map((each) => forBash(each, current, replaced ?? '')));
  return lines(found.map((each) => forZsh(each, current)));
}

const lines = (texts: readonly string[]): string => texts.map((text) => `${text.replaceAll('\n', ' ')}\n`).join('');

/** Behind assignments, as in `AWS_REGION=eu-west-1 sm-local train`. */
function withoutProgram(words: readonly ShellWord[]): readonly ShellWord[] {
  const program = words.findIndex(({ text }) => !/^\w+=/.test(text));
  return words.slice(program + 1);
}

/** bash splits words at `=` and `:` too, and replaces only what is behind those. */
function forBash({ text }: Candidate, { text: typed, open }: ShellWord, replaced: string): string {
  const part = unquoted(replaced);
  const kept = typed.endsWith(part) ? typed.length - part.length : 0;
  return quoted(text.slice(kept), open);
}

/** With what is shown for it in the list, which is the last of its parts where it is a path. */
function forZsh({ text, describe }: Candidate, { open }: ShellWord): string {
  const shown = text.split(/(?<=[=/])(?=.)/).at(-1) ?? text;
  return `${quoted(text, open)}\t${describe === undefined ? shown : `${shown.padEnd(displayWidth)} -- ${describe}`}`;
}

const displayWidth = 20;
