import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { closest } from '../contract/closest.ts';
import { fail } from '../errors.ts';
import type { Check } from './check.ts';

/** The page of a check, in Markdown: why the cloud cares, how a finding looks, what to do. It comes along with the package. */
export const readPage = (name: string): Promise<string> => readFile(fileURLToPath(import.meta.resolve(`#docs/checks/${name}.md`)), 'utf8');

/** That of the check that is asked for. Errors: WrongUsage. */
export async function explain(name: string, checks: readonly Check[]): Promise<string> {
  const names = checks.map((check) => check.name);
  if (names.includes(name)) return await readPage(name);
  const near = closest(name, names);
  throw fail('WrongUsage', {
    message: `--explain ${name}: there is no check of this name.`,
    remedy: near ? `Did you mean ${near}?` : `There are: ${names.join(', ')}.`,
  });
}
