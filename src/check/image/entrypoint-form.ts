import { basename } from 'node:path/posix';
import { type Check, failed, inapplicable, passed } from '../check.ts';
import { isShell } from '../evidence/shells.ts';
import type { Part } from '../request.ts';
import { sources } from '../sources.ts';
import { execForm } from './listed.ts';
import { placesOf } from './places.ts';

export const entrypointForm: Check = {
  name: 'entrypoint-form',
  area: 'image',
  proves: 'ENTRYPOINT is in exec form, so that `train` and `serve` reach the program and signals do',
  severity: 'error',
  source: sources.hosting,
  async look(subject) {
    const { entrypoint } = subject.image;
    if (!entrypoint?.length) return inapplicable('the image has no ENTRYPOINT');
    const command = commandOf(entrypoint);
    if (command === undefined) return passed(`ENTRYPOINT ${execForm(entrypoint)} hands its arguments on.`);
    if (/\$(?:[@*01]|\{[@*01])/.test(command)) return passed('ENTRYPOINT is a line for a shell, which hands its arguments on.');
    const signals = /^\s*exec\s/.test(command) ? '' : ', and SIGTERM may reach the shell only';
    return failed(
      `ENTRYPOINT is the line ${JSON.stringify(command)} for ${basename(entrypoint[0] ?? '')} -c, which drops the argument: the program never learns whether it is to train or to serve${signals}.`,
      {
        severity: playsBoth(subject.request.parts) ? 'error' : 'warning',
        remedy: `Write it as a list of words: ENTRYPOINT ${execForm(wordsOf(command))}. What needs a shell goes into a script that ends with exec … "$@".`,
        ...(await placesOf(subject, 'ENTRYPOINT')),
      },
    );
  },
};

/** An image that does one thing alone need not be told which; whether it does shows when it runs. */
const playsBoth = (parts: readonly Part[]): boolean => parts.includes('train') && parts.includes('serve');

/** What a shell is to run: `/bin/sh -c COMMAND`, which is what Docker makes of the shell form. */
function commandOf([program = '', ...words]: readonly string[]): string | undefined {
  const [shell, rest] =
    basename(program) === 'busybox' || basename(program) === 'env' ? [words[0] ?? '', words.slice(1)] : [program, words];
  if (!isShell(shell)) return undefined;
  const at = rest.findIndex((word) => /^-[a-z]*c$/.test(word));
  return at >= 0 && rest.slice(0, at).every((word, index) => /^[-+]/.test(word) || /^[-+]o$/.test(rest[index - 1] ?? ''))
    ? rest[at + 1]
    : undefined;
}

const wordsOf = (command: string): readonly string[] => {
  const words = command
    .trim()
    .replace(/^exec\s+/, '')
    .split(/\s+/);
  return words.some((word) => /[|;&<>$`"'(){}*]/.test(word)) ? ['/opt/program/entry'] : words;
};
