import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './real-engine.ts';

/** A fenced block of a page, and what the comments right before it, which readers do not see, say about its run. */
export interface Snippet {
  /** From the top of the project: `docs/check.md`. */
  readonly page: string;
  /** Of its first line in the page. */
  readonly line: number;
  /** `sh`, `ts`, `js`, `json`, `yaml`, `python`, `dockerfile`; `text` is what a program prints, or is to be read by people. */
  readonly language: string;
  readonly text: string;
  readonly marks: Marks;
}

/** `<!-- not run: why -->`, `<!-- file: train -->` and the like, each on a line of its own. */
export interface Marks {
  /** Why it cannot be run here: it needs a GPU, an AWS account, a registry. */
  readonly 'not run'?: string;
  /** Long ones wait for `npm run test:all`. */
  readonly 'run by'?: string;
  /** A command that makes what the block takes for granted, such as an image of the reader's. */
  readonly before?: string;
  /** It is the content of this file of the reader's. */
  readonly file?: string;
  /** It goes on running, and is under way when it has printed this; it is interrupted at the end of the page. */
  readonly stays?: string;
  /** The exit code that it ends with. */
  readonly ends?: string;
  /** What its output has to contain. */
  readonly prints?: string;
}

/** The pages that people read: the README, docs and the examples. Those of checks and of decisions tell what is, and have nothing to run. */
export const pages: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  ...below('docs'),
  ...readdirSync(join(projectRoot, 'examples')).map((name) => `examples/${name}/README.md`),
];

function below(directory: string): readonly string[] {
  return readdirSync(join(projectRoot, directory), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${directory}/${name}`)
    .sort();
}

export const textOf = (page: string): string => readFileSync(join(projectRoot, page), 'utf8');

const fence = /((?:^<!-- [^\n]* -->\n)*)^( *)```(\w*)\n(.*?)^ *```$/gms;

export function snippetsOf(page: string): readonly Snippet[] {
  const text = textOf(page);
  return [...text.matchAll(fence)].map((found) => {
    const [, comments = '', indent = '', language = '', block = ''] = found;
    const line = text.slice(0, found.index + comments.length).split('\n').length + 1;
    return { page, line, language, text: block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''), marks: marksOf(comments) };
  });
}

const marksOf = (comments: string): Marks =>
  Object.fromEntries([...comments.matchAll(/^<!-- ([a-z ]+): (.*) -->$/gm)].map(([, name = '', value = '']) => [name, value]));
