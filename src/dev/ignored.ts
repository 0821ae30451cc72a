import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import ignore, { type Ignore } from 'ignore';

/** What people do not edit, whatever ignore files say: what programs keep beside code, and what editors write on the way. */
const ofNobody = ignore().add([
  '.git',
  'node_modules',
  '__pycache__',
  '*.py[co]',
  '.venv',
  'venv',
  '.ipynb_checkpoints',
  '.pytest_cache',
  '.mypy_cache',
  '.ruff_cache',
  '.idea',
  '.vscode',
  'sm-local-output',
  '.DS_Store',
  '*~',
  '.#*',
  '#*#',
  '*.sw[a-p]',
  '.*.sw[a-p]',
  '4913', // Vim tries out with this name whether it may write
  '*.tmp',
  '*___jb_tmp___',
  '*___jb_old___',
]);

/** Whether people edit a path below `root`; `''` is the root itself. */
export const isOfNobody = (path: string): boolean => path !== '' && ofNobody.ignores(path);

/**
 * What git ignores: by the .gitignore of each directory from the repository on down, and by the repository's own exclude file. Outside of a
 * repository, those from `root` on count. Read when they are first needed; `forget` has them read again.
 */
export class GitIgnores {
  readonly #top: string;
  readonly #rules = new Map<string, Ignore | undefined>();
  readonly #known = new Map<string, boolean>();

  constructor(root: string) {
    this.#top = repositoryOf(root) ?? resolve(root);
  }

  /** @param path absolute */
  isIgnored(path: string, isDirectory: boolean): boolean {
    const within = relative(this.#top, path);
    if (within === '' || within.startsWith('..')) return false;
    const parent = dirname(path);
    return this.#isIgnoredDirectory(parent) || this.#isNamed(path, isDirectory);
  }

  forget(): void {
    this.#rules.clear();
    this.#known.clear();
  }

  #isIgnoredDirectory(path: string): boolean {
    if (path === this.#top || !path.startsWith(this.#top + sep)) return false;
    const known = this.#known.get(path) ?? (this.#isIgnoredDirectory(dirname(path)) || this.#isNamed(path, true));
    this.#known.set(path, known);
    return known;
  }

  /** The rules nearest to a path have the last word. */
  #isNamed(path: string, isDirectory: boolean): boolean {
    for (let directory = dirname(path); ; directory = dirname(directory)) {
      const rules = this.#rulesOf(directory);
      const name = relative(directory, path).split(sep).join('/') + (isDirectory ? '/' : '');
      const { ignored, unignored } = rules?.test(name) ?? { ignored: false, unignored: false };
      if (ignored || unignored) return ignored;
      if (directory === this.#top) return false;
    }
  }

  #rulesOf(directory: string): Ignore | undefined {
    if (this.#rules.has(directory)) return this.#rules.get(directory);
    const places = [join(directory, '.gitignore'), ...(directory === this.#top ? [join(directory, '.git', 'info', 'exclude')] : [])];
    const texts = places.map(textOf).filter((text) => text !== '');
    const rules = texts.length > 0 ? ignore().add(texts.reverse().join('\n')) : undefined;
    this.#rules.set(directory, rules);
    return rules;
  }
}

export const isIgnoreFile = (path: string): boolean =>
  ['.gitignore', '.dockerignore'].includes(basename(path)) || path.endsWith('.dockerignore');

function repositoryOf(directory: string): string | undefined {
  for (let at = resolve(directory); ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
    if (dirname(at) === at) return undefined;
  }
}

/** Nothing where there is none, or none that can be read: git passes it over, too. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
