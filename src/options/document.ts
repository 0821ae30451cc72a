import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { fail, reasonOf } from '../errors.ts';
import { jsonBreak } from './json-break.ts';

/** A file of JSON or YAML that a person wrote. */
export interface WrittenDocument {
  /** As it stands in messages: the path as it was given, or "standard input". */
  readonly name: string;
  readonly text: string;
  readonly value: unknown;
}

/**
 * Reads a file, or standard input for `-`. A name that ends in .json is JSON and nothing else, because AWS's clients read it so; what has
 * another name may be either. `flag` is what named it. Errors: InputNotFound, InputUnreadable, WrongUsage, and InvalidRequest with line and
 * column.
 */
export async function readDocument(flag: string, source: string, cwd: string): Promise<WrittenDocument> {
  const name = source === '-' ? 'standard input' : source;
  const text = (source === '-' ? await standardInput(flag) : await contentOf(flag, resolve(cwd, source))).replace(/^\uFEFF/, '');
  try {
    return { name, text, value: JSON.parse(text) as unknown };
  } catch {
    if (extname(source).toLowerCase() === '.json') throw notJson(name, text);
  }
  const { parseYaml } = await import('./yaml-text.ts');
  const parsed = parseYaml(text);
  if ('value' in parsed) return { name, text, value: parsed.value };
  const { message, position } = parsed.mistake;
  throw mistaken(`${name}:${position.line}:${position.column}: ${message}`, 'Correct the file at this place.');
}

/** `request.yaml:12:5` for each of the values in a document, for messages about them. */
export async function placesIn(
  { name, text }: WrittenDocument,
  paths: readonly (readonly (string | number)[])[],
): Promise<readonly string[]> {
  const { positionsOf } = await import('./yaml-text.ts'); // it reads JSON as well
  return positionsOf(text, paths).map(({ line, column }) => `${name}:${line}:${column}`);
}

function notJson(name: string, text: string): Error {
  const offset = jsonBreak(text);
  const before = text.slice(0, offset).split('\n');
  const place = `${name}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
  const [rest = ''] = text.slice(offset).split('\n');
  const what = rest === '' ? 'the JSON ends too early.' : `this cannot stand here in JSON: ${rest.trimEnd().slice(0, 40)}`;
  return mistaken(`${place}: ${what}`, 'Correct the file at this place; JSON has neither comments nor a comma after the last entry.');
}

const mistaken = (message: string, remedy: string): Error => fail('InvalidRequest', { message, remedy });

async function contentOf(flag: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw fail('InputNotFound', { what: flag, path }, error);
    throw fail('InputUnreadable', { what: flag, path, why: reasonOf(error) }, error);
  }
}

async function standardInput(flag: string): Promise<string> {
  if (!process.stdin.isTTY) return await readAll(process.stdin);
  throw fail('WrongUsage', {
    message: `${flag} -: there is nothing on standard input.`,
    remedy: `Pipe it in, or name a file: ${flag} FILE.`,
  });
}
