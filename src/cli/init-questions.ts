import { on } from 'node:events';
import { createInterface, type Interface } from 'node:readline/promises';
import { fail } from '../errors.ts';
import { isTemplateName, type TemplateName, templateNames, templates } from '../init/templates.ts';
import type { InitValues } from '../options/init-options.ts';
import { type Io, style, troubleOf } from './io.ts';

/** What is to be made, and where. */
export interface Answers {
  readonly directory: string;
  readonly template: TemplateName;
  readonly withTests: boolean;
  readonly withCi: boolean;
}

interface Asked {
  readonly directory: string | undefined;
  readonly values: InitValues;
  readonly io: Io;
  readonly signal: AbortSignal;
}

/** Asks on the terminal for what the command line leaves open. Throws an interruption. Errors: WrongUsage at the end of the input. */
export async function askForProject({ directory, values, io, signal }: Asked): Promise<Answers> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // The terminal is in the hands of readline while it asks, which gets Ctrl-C as a key.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const ended = new AbortController(); // Ctrl-D
  terminal.on('close', () => ended.abort());
  // Every line counts, also one that was typed, or pasted, before its question.
  const lines = on(terminal, 'line', { signal: AbortSignal.any([signal, ended.signal]) });
  const ask = (question: string): Promise<string> => answer(terminal, lines, question, signal);
  try {
    const answers: Answers = {
      directory: directory ?? ((await ask('Directory [.]: ')) || '.'),
      template: await askTemplate(ask, io),
      withTests: !values['no-tests'] && (await askWhether('Tests that train the image, serve it and ask it?', true, ask, io)),
      withCi: values.ci || (await askWhether('A workflow for GitHub that checks and tests the image?', false, ask, io)),
    };
    return answers;
  } finally {
    terminal.close();
  }
}

async function answer(terminal: Interface, lines: AsyncIterator<unknown[]>, question: string, signal: AbortSignal): Promise<string> {
  try {
    terminal.setPrompt(question);
    terminal.prompt();
    const { value } = await lines.next();
    return String((value as unknown[])[0]).trim();
  } catch {
    signal.throwIfAborted(); // with its own reason
    throw fail('WrongUsage', {
      message: 'The input ended before all was asked. Nothing was written.',
      remedy: 'Answer, or say with flags what is wanted: sm-local init --help',
    });
  }
}

async function askTemplate(ask: (question: string) => Promise<string>, io: Io): Promise<TemplateName> {
  const { dim } = style(io.color);
  const width = Math.max(...templateNames.map((name) => name.length));
  const list = templateNames.map((name, i) => `  ${i + 1} ${name.padEnd(width)}  ${dim(templates[name])}\n`).join('');
  for (;;) {
    const text = (await ask(`${list}Template [1]: `)) || '1';
    const name = templateNames[Number(text) - 1] ?? text;
    if (isTemplateName(name)) return name;
    await troubleOf(io).write(`There is no template "${text}".\n`);
  }
}

async function askWhether(question: string, byDefault: boolean, ask: (question: string) => Promise<string>, io: Io): Promise<boolean> {
  for (;;) {
    const text = await ask(`${question} ${byDefault ? '[Y/n]' : '[y/N]'} `);
    if (text === '') return byDefault;
    if (/^(?:y(?:es)?|no?)$/i.test(text)) return /^y/i.test(text);
    await troubleOf(io).write(`"${text}" is neither yes nor no.\n`);
  }
}
