import { type Check, failed, inapplicable, passed } from '../check.ts';
import { findProgram } from '../evidence/find-program.ts';
import type { ImageContent } from '../evidence/image-content.ts';
import { sources } from '../sources.ts';
import type { Subject } from '../subject.ts';
import { listed } from './listed.ts';
import { type Started, startedPrograms } from './started.ts';

export const scriptInterpreter: Check = {
  name: 'script-interpreter',
  area: 'image',
  proves: 'each script that is started begins with an interpreter that is in the image',
  severity: 'error',
  source: sources.docker,
  async look(subject) {
    const content = await subject.content();
    const scripts = (await startedPrograms(subject)).filter(({ entry }) => entry.program && entry.program.form !== 'elf' && entry.size > 0);
    if (scripts.length === 0) return inapplicable('nothing that is started is a script');
    const flaws = scripts.flatMap((script) => {
      const flaw = flawOf(script, content, subject);
      return flaw ? [{ path: script.path, ...flaw }] : [];
    });
    if (flaws.length === 0)
      return passed(`${listed(scripts.map(({ path }) => path))}: what runs ${scripts.length === 1 ? 'it' : 'them'} is in the image.`);
    return failed(flaws.map(({ path, text }) => `${path} ${text}.`).join(' '), {
      remedy: [...new Set(flaws.map(({ remedy }) => remedy))].join(' '),
      items: flaws.map(({ path }) => path),
    });
  },
};

interface Flaw {
  readonly text: string;
  readonly remedy: string;
}

const carriageReturn = 'Write the file with line ends of Unix: sed -i "s/\\r$//", or "* text=auto eol=lf" in .gitattributes.';

function flawOf({ entry }: Started, content: ImageContent, { image }: Subject): Flaw | undefined {
  const { program } = entry;
  if (program?.form !== 'script') {
    return {
      text: 'is neither a program nor a script that begins with #!, so that it ends with "exec format error"',
      remedy: 'Let its first line name what runs it, with nothing before it: #!/usr/bin/env python3, or #!/bin/sh.',
    };
  }
  if (program.line.endsWith('\r')) {
    return {
      text: 'has lines that end as on Windows, so that its interpreter is looked for with a carriage return in its name',
      remedy: carriageReturn,
    };
  }
  const { words, isOneWord } = commandIn(program.line);
  const [interpreter = '', asked] = words;
  if (interpreter === '') return { text: 'begins with #! and names nothing', remedy: 'Name what runs it: #!/usr/bin/env python3' };
  if (findProgram(content, image, interpreter).state !== 'found') return missing(interpreter);
  if (!/\/env$/.test(interpreter) || asked === undefined) return undefined;
  if (isOneWord) {
    return {
      text: `has env look for a program ${JSON.stringify(asked)}, options and all`,
      remedy: `Split them: #!${interpreter} -S ${asked}`,
    };
  }
  return findProgram(content, image, asked).state === 'found' ? undefined : missing(asked);
}

const missing = (interpreter: string): Flaw => ({
  text: `is to be run by ${interpreter}, which is not in the image`,
  remedy: `Install ${interpreter}, or name what the image has.`,
});

/** What a `#!` line runs: with env its program instead of its options. All that follows the interpreter is one word. Source: execve(2). */
function commandIn(line: string): { readonly words: readonly string[]; readonly isOneWord: boolean } {
  const [, interpreter = '', rest = ''] = /^[ \t]*(\S*)[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
  if (!/\/env$/.test(interpreter) || rest === '') return { words: [interpreter], isOneWord: false };
  const split = /^-[a-z0]*S[ \t]*(.*)$/.exec(rest)?.[1];
  if (split === undefined)
    return { words: rest.startsWith('-') ? [interpreter] : [interpreter, rest], isOneWord: /[ \t]/.test(rest) && !rest.startsWith('-') };
  const asked = split.split(/[ \t]+/).find((word) => !/^-|=/.test(word));
  return { words: asked === undefined ? [interpreter] : [interpreter, asked], isOneWord: false };
}
