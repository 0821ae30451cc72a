import { basename } from 'node:path';
import { fail } from '../errors.ts';
import { placeholder, type TemplateFile } from './templates.ts';

export interface Wanted {
  readonly name: string;
  /** The programs that train and serve the image and ask it. */
  readonly withTests: boolean;
  /** How Visual Studio Code attaches to a container of it. */
  readonly withVscode: boolean;
  /** The workflow that runs them on GitHub. */
  readonly withCi: boolean;
}

/** The files of a project that is made of a template. */
export function projectFiles(template: readonly TemplateFile[], { name, ...wanted }: Wanted): readonly TemplateFile[] {
  const unwanted = [
    ...(wanted.withTests ? [] : ['test/']),
    ...(wanted.withVscode ? [] : ['.vscode/']),
    ...(wanted.withCi ? [] : ['.github/']),
  ];
  return template
    .filter(({ path }) => !unwanted.some((directory) => path.startsWith(directory)))
    .map((file) => ({ ...file, content: wordsOf(file, wanted.withTests).replaceAll(placeholder, name) }));
}

/** A README says nothing of tests that are not there. */
const wordsOf = ({ path, content }: TemplateFile, withTests: boolean): string =>
  withTests || path !== 'README.md' ? content : content.replace(/^\| `test\/` \|.*\n/m, '');

/** Endpoints, jobs and npm packages have it in their names, each with something behind it: `-1`, `-test`. */
const longest = 55;

/** The name as it was given. Errors: WrongUsage. */
export function checkedName(name: string): string {
  if (/^[a-z0-9](-*[a-z0-9])*$/.test(name) && name.length <= longest) return name;
  throw fail('WrongUsage', {
    message: `--name ${name}: endpoints and packages cannot be called so.`,
    remedy: `Use up to ${longest} small letters, digits, and hyphens between them.`,
  });
}

/** A name for the project of a directory. */
export function nameFor(directory: string): string {
  const words = basename(directory)
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '') // accents
    .toLowerCase()
    .match(/[a-z0-9]+/g);
  return (words?.join('-') ?? placeholder).slice(0, longest).replace(/-$/, '');
}
