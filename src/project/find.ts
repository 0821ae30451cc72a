import { lstatSync, type Stats, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fail } from '../errors.ts';
import { isSamePath } from '../host-paths.ts';

export const projectNames = ['sm-local.yaml', 'sm-local.yml'] as const;

export interface SearchPlace {
  readonly cwd: string;
  /** The user's home directory: nobody's projects are above it. */
  readonly home: string;
  /** Id of the user; undefined where there are none. */
  readonly user: number | undefined;
}

/** The nearest file; one that somebody else put there, as anyone can in /tmp, is not used, because what it says is run. */
export interface FoundProject {
  readonly path: string;
  readonly isForeign: boolean;
}

/**
 * The project file of the current directory, or of the nearest directory above it that has one, as far as the user's home directory or the
 * root. A few stat calls where there is none. Errors: WrongUsage where a directory has it under both names.
 */
export function findProject({ cwd, home, user }: SearchPlace): FoundProject | undefined {
  for (let directory = cwd; ; directory = dirname(directory)) {
    const path = projectIn(directory);
    if (path !== undefined) return { path, isForeign: !isTrusted(path, cwd, user) };
    if (isSamePath(directory, home) || directory === dirname(directory)) return undefined;
  }
}

/** The project file that a text names: the file itself, or the directory that holds it. `what` named it. Errors: InputNotFound, WrongUsage. */
export function namedProject(text: string, { cwd, what }: { readonly cwd: string; readonly what: string }): string {
  const path = resolve(cwd, text);
  const stats = look(path);
  if (stats && !stats.isDirectory()) return path;
  const found = stats && projectIn(path);
  if (found !== undefined) return found;
  throw fail('InputNotFound', { what, path: stats ? join(path, projectNames[0]) : path });
}

function projectIn(directory: string): string | undefined {
  const paths = projectNames.map((name) => join(directory, name)).filter((path) => look(path)?.isFile());
  if (paths.length < 2) return paths[0];
  throw fail('WrongUsage', {
    message: `There are two project files in ${directory}: ${projectNames.join(' and ')}.`,
    remedy: 'Remove one of them, or say with --project which one is meant.',
  });
}

const isTrusted = (path: string, cwd: string, user: number | undefined): boolean =>
  // The owner of a link says what is read, and the owner of the file what it says.
  user === undefined || [look(path, lstatSync), look(path)].every((found) => isOwnerTrusted(found?.uid, { user, here: look(cwd)?.uid }));

/** The user, the system, and whoever has the current directory (`here`), as where a container has a user's directory mounted. */
export const isOwnerTrusted = (
  owner: number | undefined,
  { user, here }: { readonly user: number; readonly here: number | undefined },
): boolean => owner !== undefined && [user, 0, here].includes(owner);

/** What cannot be looked at is not there: it is the directory of somebody else. */
function look(path: string, how: typeof statSync = statSync): Stats | undefined {
  try {
    return how(path, { throwIfNoEntry: false });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'ENOTDIR' || code === 'ELOOP') return undefined;
    throw error;
  }
}
