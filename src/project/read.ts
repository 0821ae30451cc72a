import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, relative } from 'node:path';
import { isMap, isScalar, type Node } from 'yaml';
import { closest } from '../contract/closest.ts';
import { fail, reasonOf } from '../errors.ts';
import { type OptionName, optionNames } from '../options/options.ts';
import { type Mistake, ProjectDocument } from './document.ts';
import { namedProject } from './find.ts';
import { borrowedKeys, commandKeys, commandsOfImages, isProjectCommand, type ProjectCommand, projectCommands, sharedKeys } from './keys.ts';
import { Project, type Section } from './project.ts';
import { type Context, optionValue, scalarText } from './values.ts';

export interface ReadProject {
  /** Relative paths start here; `process.cwd()` by default. */
  readonly cwd?: string;
  /** What named the file, for messages. */
  readonly what?: string;
}

/**
 * Reads a project file, or the one of a directory. Errors: InputNotFound, InputUnreadable; ProjectInvalid, which tells all mistakes with
 * file, line and column.
 */
export async function readProject(path: string, { cwd = process.cwd(), what = 'project' }: ReadProject = {}): Promise<Project> {
  const file = namedProject(path, { cwd, what });
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw fail('InputUnreadable', { what, path: file, why: reasonOf(error) }, error);
  });
  return parseProject(text, file, cwd);
}

/** The project that a text says which stands in `file`. Errors: ProjectInvalid. */
export function parseProject(text: string, file: string, cwd: string): Project {
  const document = new ProjectDocument(text.replace(/^\uFEFF/, ''));
  const name = nameFrom(cwd, file);
  const placeOf = (offset: number): string => {
    const { line, column } = document.position(offset);
    return `${name}:${line}:${column}`;
  };
  const mistakes = [...document.mistakes];
  const reader = new Reader(document, placeOf, mistakes);
  const sections = document.isReadable ? reader.sections() : new Map();
  if (mistakes.length > 0) throw invalid(mistakes, placeOf);
  return new Project(file, dirname(file), sections);
}

class Reader {
  readonly #document: ProjectDocument;
  readonly #placeOf: (offset: number) => string;
  readonly #mistakes: Mistake[];

  constructor(document: ProjectDocument, placeOf: (offset: number) => string, mistakes: Mistake[]) {
    this.#document = document;
    this.#placeOf = placeOf;
    this.#mistakes = mistakes;
  }

  sections(): ReadonlyMap<ProjectCommand | 'shared', Section> {
    const sections = new Map<ProjectCommand | 'shared', Section>();
    const shared = this.#section(this.#document.root, '', sharedKeys, true, (key, value) => {
      if (!isProjectCommand(key)) return false;
      sections.set(key, this.#section(value, key, commandKeys[key], commandsOfImages.includes(key)));
      return true;
    });
    return sections.set('shared', shared);
  }

  #section(
    node: Node | undefined,
    prefix: string,
    known: readonly OptionName[],
    hasImage: boolean,
    special: (key: string, value: Node | undefined) => boolean = () => false,
  ): Section {
    const options: Record<string, { value: string | readonly string[] | boolean; place: string }> = {};
    let image: Section['image'];
    const target = this.#document.target(node);
    if (node === undefined || (isScalar(target) && target.value === null)) return { options };
    if (!isMap(target)) {
      const what = prefix === '' ? 'The file' : prefix;
      this.#wrong(node, `${what} is no map: ${this.#document.written(node)}.`, 'Write options in it, key: value each.');
      return { options };
    }
    for (const { key: keyNode, value } of target.items as { key: Node; value: Node | null }[]) {
      const keyTarget = this.#document.target(keyNode);
      const key = isScalar(keyTarget) ? (keyTarget.source ?? String(keyTarget.value)) : this.#document.written(keyNode);
      const path = prefix === '' ? key : `${prefix}.${key}`;
      const place = this.#placeOf(keyNode.range?.[0] ?? 0);
      const context: Context = { document: this.#document, key: path, wrong: (...told) => this.#wrong(...told) };
      if (special(key, value ?? undefined)) continue;
      if (key === 'image' && hasImage) {
        const text = scalarText(value ?? keyNode, context, 'Write an image, or a directory with a Dockerfile.');
        if (text !== undefined) image = { value: text, place };
      } else if ((known as readonly string[]).includes(key)) {
        const read = optionValue(key as OptionName, value ?? keyNode, context);
        if (read !== undefined) options[key] = { value: read, place };
      } else {
        const keys = [...(hasImage ? ['image'] : []), ...known, ...(prefix === '' ? projectCommands : [])];
        this.#wrong(keyNode, `${path}: there is no such key${prefix === '' ? '' : ` under ${prefix}`}.`, wayOutOf(key, keys));
      }
    }
    return { options, ...(image && { image }) };
  }

  #wrong(at: Node, message: string, wayOut: string): void {
    this.#mistakes.push({ offset: at.range?.[0] ?? 0, message: `${message} ${wayOut}` });
  }
}

/** For a key that is not known where it stands. */
function wayOutOf(key: string, known: readonly string[]): string {
  const places = projectCommands.filter(
    (command) => (commandKeys[command] as readonly string[]).includes(key) && !isBorrowed(command, key),
  );
  if (places.length > 0) return `It belongs under ${places.map((place) => `${place}:`).join(' or ')}`;
  if ((sharedKeys as readonly string[]).includes(key) || key === 'image') return 'It belongs at the top of the file.';
  if ((optionNames as readonly string[]).includes(key)) return 'That is for the command line alone.';
  const near = closest(key, known);
  return near === undefined ? `There are: ${known.join(', ')}.` : `Did you mean ${near}?`;
}

/** Whether a command takes it from the mapping of another one, where it belongs. */
const isBorrowed = (command: ProjectCommand, key: string): boolean =>
  Object.values(borrowedKeys[command] ?? {}).some((names) => (names as readonly string[]).includes(key));

function invalid(mistakes: readonly Mistake[], placeOf: (offset: number) => string): Error {
  const inOrder = [...mistakes].sort((a, b) => a.offset - b.offset);
  return fail('ProjectInvalid', { mistakes: inOrder.map(({ offset, message }) => `${placeOf(offset)}: ${message}`) });
}

/** As short as it can be typed: from the current directory where it is below that. */
function nameFrom(cwd: string, file: string): string {
  const path = relative(cwd, file);
  return path.startsWith('..') || isAbsolute(path) ? file : path;
}
