import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a project can start from: the directories of `templates/`, which the package brings along. */
export const templates = {
  python: 'plain Python, without a package to install',
  'scikit-learn': 'scikit-learn, with gunicorn in front',
  node: 'Node.js',
  r: 'R',
} as const;
export type TemplateName = keyof typeof templates;
export const templateNames = Object.keys(templates) as TemplateName[];

export const isTemplateName = (text: string): text is TemplateName => Object.hasOwn(templates, text);

export interface TemplateFile {
  /** Below the project's directory, with slashes. */
  readonly path: string;
  readonly content: string;
  readonly isExecutable: boolean;
}

/** What stands in the templates where a project has its own name. */
export const placeholder = 'my-model';

/** What is done with a template takes away these, which using it where it lies leaves behind. */
const leftBehind = new Set(['node_modules', 'package-lock.json', 'sm-local-output', '__pycache__']);

/** npm packs no file called .gitignore. */
const packedNames: Readonly<Record<string, string>> = { gitignore: '.gitignore' };

/** The files of a template, sorted by path. The compiled file and the bundle both belong to the package, which knows its own place. */
export async function readTemplate(name: TemplateName): Promise<readonly TemplateFile[]> {
  const root = fileURLToPath(new URL(`templates/${name}/`, import.meta.resolve('sm-local/package.json')));
  const found: TemplateFile[] = [];
  const look = async (below: string): Promise<void> => {
    for (const entry of await readdir(join(root, below), { withFileTypes: true })) {
      if (leftBehind.has(entry.name)) continue;
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) await look(path);
      else found.push(asFile(path, await readFile(join(root, path), 'utf8')));
    }
  };
  await look('');
  return found.sort((one, other) => (one.path < other.path ? -1 : 1));
}

/** A program says so in its first line: an archive that went through another system may have lost its permissions. */
const asFile = (path: string, content: string): TemplateFile => ({
  path: packedNames[basename(path)] === undefined ? path : join(path, '..', packedNames[basename(path)] ?? ''),
  content,
  isExecutable: content.startsWith('#!'),
});
