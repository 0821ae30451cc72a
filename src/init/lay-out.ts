import { existsSync, lstatSync, mkdirSync, renameSync, rmSync, type Stats, statSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fail, isError } from '../errors.ts';
import { Scope } from '../scope.ts';
import { whyOf } from '../store/disk-trouble.ts';
import type { TemplateFile } from './templates.ts';

/**
 * Writes the files into a directory: all of them or none. They are written beside their places and moved there in one go, which no signal
 * comes between. Errors: FilesInTheWay, ProjectNotWritten.
 */
export async function layOut(
  files: readonly TemplateFile[],
  directory: string,
  { force, signal }: { readonly force: boolean; readonly signal: AbortSignal },
): Promise<void> {
  refuseObstacle(directory);
  try {
    refuseWhatIsThere(files, directory, force);
    await using scope = new Scope();
    let isDone = false;
    const first = firstMissing(directory);
    if (first !== undefined) scope.defer(() => isDone || rm(first, { recursive: true, force: true }));
    await mkdir(directory, { recursive: true });
    const staging = await mkdtemp(join(directory, '.sm-local-init-'));
    const [made, replaced] = [join(staging, 'made'), join(staging, 'replaced')];
    // What could not be put back stays.
    scope.defer(() => (!isDone && existsSync(replaced)) || rm(staging, { recursive: true, force: true }));
    for (const { path, content, isExecutable } of files) {
      signal.throwIfAborted();
      await mkdir(dirname(join(made, path)), { recursive: true });
      await writeFile(join(made, path), content, { mode: isExecutable ? 0o777 : 0o666 });
    }
    signal.throwIfAborted();
    moveAll(files, { from: made, to: directory, replaced });
    isDone = true;
  } catch (error) {
    if ((signal.aborted && error === signal.reason) || isError(error)) throw error;
    throw fail('ProjectNotWritten', { directory, why: whyOf(error) }, error);
  }
}

interface Move {
  readonly from: string;
  readonly to: string;
  /** Where files go that are in the way. */
  readonly replaced: string;
}

/** Of what was done before something went wrong, everything is undone. */
function moveAll(files: readonly TemplateFile[], { from, to, replaced }: Move): void {
  const undo: (() => void)[] = [];
  const move = (path: string, source: string, target: string): void => {
    const first = firstMissing(dirname(join(target, path)));
    if (first !== undefined) undo.push(() => rmSync(first, { recursive: true, force: true }));
    mkdirSync(dirname(join(target, path)), { recursive: true });
    renameSync(join(source, path), join(target, path));
    undo.push(() => renameSync(join(target, path), join(source, path)));
  };
  try {
    for (const { path } of files) {
      if (lstatSync(join(to, path), { throwIfNoEntry: false })) move(path, to, replaced);
      move(path, from, to);
    }
  } catch (error) {
    for (const back of undo.reverse()) back();
    throw error;
  }
}

/** A file where one of the directories above would have to be, or a link there that leads nowhere. */
function refuseObstacle(directory: string): void {
  const above = dirname(directory);
  if (above !== directory) refuseObstacle(above);
  const isThere = entryAt(directory) !== undefined;
  if (!isThere || (existsSync(directory) && statSync(directory).isDirectory())) return;
  throw fail('FilesInTheWay', { directory: above, files: basename(directory), canForce: false });
}

function entryAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw fail('ProjectNotWritten', { directory: path, why: whyOf(error) }, error);
  }
}

/** A file that is there already, unless it may be written over; a directory in a file's place; a file where a directory is to be. */
function refuseWhatIsThere(files: readonly TemplateFile[], directory: string, force: boolean): void {
  const isFile = (path: string): boolean => existsSync(path) && !statSync(path).isDirectory();
  const parents = files.flatMap(({ path }) => parentsOf(path).filter((parent) => isFile(join(directory, parent))));
  const places = files
    .filter(({ path }) => !parentsOf(path).some((parent) => parents.includes(parent)))
    .map(({ path }) => ({ path, found: lstatSync(join(directory, path), { throwIfNoEntry: false }) }));
  const never = [...parents, ...places.filter(({ found }) => found?.isDirectory()).map(({ path }) => path)];
  const unforced = force ? [] : places.filter(({ found }) => found !== undefined).map(({ path }) => path);
  const inTheWay = [...new Set([...never, ...unforced])];
  if (inTheWay.length > 0) throw fail('FilesInTheWay', { directory, files: inTheWay.join(', '), canForce: never.length === 0 });
}

/** `a/b/c` -> `a`, `a/b`. */
const parentsOf = (path: string): readonly string[] => {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, i) => parts.slice(0, i + 1).join('/'));
};

/** The topmost of a path and what is above it that is not there yet. */
function firstMissing(path: string): string | undefined {
  if (existsSync(path)) return undefined;
  return firstMissing(dirname(path)) ?? path;
}
