import { constants, statSync } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, posix, relative, resolve, sep } from 'node:path';
import { fail, isError } from '../errors.ts';
import { size } from '../units.ts';
import { codeOf, whyOf } from './disk-trouble.ts';
import { gzip } from './gzip.ts';
import { collectMembers, type Member } from './members.ts';
import { slices } from './slices.ts';
import { tarOf } from './tar-of.ts';

/** Source code on this machine that a job is to run. */
export interface SourceCode {
  /** What is run of it: relative to the top of the archive, with `/`. */
  readonly program: string;
  /** All of a directory, not the program alone. */
  readonly isDirectory: boolean;
  /** All that the archive will hold, sorted. */
  readonly members: readonly Member[];
  readonly files: number;
  /** Of the files together, before compression. */
  readonly bytes: number;
}

export interface SourceCodePlace {
  /** Packed whole. The program alone when absent. */
  readonly directory?: string;
  /** The program: relative to the directory, else to `cwd`; or absolute. */
  readonly entryPoint: string;
  /** Relative paths start here. */
  readonly cwd: string;
  /** Who runs it; `training` when absent. */
  readonly purpose?: 'training' | 'serving';
}

/** Bytes from which it is said what is being packed. */
const large = 100 * 1000 ** 2;

/**
 * Looks through the source code of a job; nothing is written. Everything in the directory belongs to it and links count as what they point to, as
 * with the SageMaker Python SDK. Errors: InputNotFound, InputUnreadable, WrongUsage, and the signal's reason.
 *
 * @param onWarning called for what is left out or might not be meant; a sentence
 */
export async function readSourceCode(
  { directory, entryPoint, cwd, purpose = 'training' }: SourceCodePlace,
  onWarning: (message: string) => void,
  signal?: AbortSignal,
): Promise<SourceCode> {
  const root = directory === undefined ? undefined : await directoryAt(resolve(cwd, directory));
  const program = root === undefined ? basename(entryPoint) : await programIn(root, entryPoint, cwd);
  const path = root === undefined ? resolve(cwd, entryPoint) : join(root, program);
  await checkProgram(path, program, purpose, onWarning);
  const told = (warning: string): void => onWarning(`Source code: ${warning}`);
  const members: readonly Member[] =
    root === undefined
      ? [{ name: program, path: await realpath(path), kind: 'file' }]
      : await collectMembers([root], { links: 'everywhere', onWarning: told, ...(signal && { signal }) });
  const { files, bytes } = await sizeOf(members);
  if (bytes > large) {
    const where = root ?? path;
    const better = purpose === 'training' ? 'data belongs in a channel' : 'weights belong in the model';
    onWarning(`Source code: all of ${where} is packed, ${files} files with ${size(bytes)}; ${better}.`);
  }
  return { program, isDirectory: root !== undefined, members, files, bytes };
}

/** The archive, in a stream: the same for the same files. Fails with InputUnreadable, or the signal's reason. */
export async function* archiveOf({ members }: SourceCode, signal?: AbortSignal): AsyncGenerator<Buffer, void> {
  const tar = tarOf(members, { what: 'Source code', ...(signal && { signal }) });
  for await (const member of gzip(tar)) yield Buffer.concat(member); // a copy, since whoever reads a stream may keep what it read
}

async function directoryAt(path: string): Promise<string> {
  const found = await statOf('--source-dir', path);
  if (!found.isDirectory()) throw fail('InputUnreadable', { what: '--source-dir', path, why: 'it is not a directory' });
  return await realpath(path);
}

/** The path of the program below the directory. */
async function programIn(root: string, entryPoint: string, cwd: string): Promise<string> {
  const below = (path: string): string | undefined => {
    const name = relative(root, path);
    return name === '' || name === '..' || name.startsWith(`..${sep}`) || isAbsolute(name) ? undefined : name.split(sep).join(posix.sep);
  };
  const program = below(isAbsolute(entryPoint) ? await realPlace(entryPoint) : resolve(root, entryPoint));
  if (program !== undefined && (await isFile(join(root, program)))) return program;

  const elsewhere = resolve(cwd, entryPoint);
  const meant = (await isFile(elsewhere)) ? below(await realPlace(elsewhere)) : undefined;
  throw fail('WrongUsage', {
    message:
      program === undefined
        ? `The entry point ${entryPoint} is not in the source directory ${root}.`
        : `There is no file ${program} in the source directory ${root}.`,
    remedy:
      meant === undefined
        ? 'Name a file of the directory, by its path from there: --source-dir src --entry-point train.py.'
        : `Its path starts at the source directory: --entry-point ${meant}`,
  });
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await statOf('--entry-point', path)).isFile();
  } catch (error) {
    if (isError(error, 'InputNotFound')) return false;
    throw error;
  }
}

/** The path without links on the way to it; a last part that is a link stays. */
async function realPlace(path: string): Promise<string> {
  const directory = await realpath(dirname(path)).catch(() => dirname(path)); // what is not there is missed where it is asked for
  return join(directory, basename(path));
}

/**
 * What AWS's toolkits make of a program follows from its name. Sources: sagemaker-training-toolkit, `_entry_point_type`;
 * sagemaker-inference-toolkit, which imports the module of that name.
 */
async function checkProgram(
  path: string,
  program: string,
  purpose: 'training' | 'serving',
  onWarning: (message: string) => void,
): Promise<void> {
  const found = await statOf('--entry-point', path);
  if (!found.isFile()) throw fail('InputUnreadable', { what: '--entry-point', path, why: 'it is not a file' });
  try {
    await access(path, constants.R_OK);
  } catch (error) {
    throw fail('InputUnreadable', { what: '--entry-point', path, why: whyOf(error) }, error);
  }
  if (program.endsWith('.py')) return;
  if (purpose === 'serving') {
    onWarning(`The entry point ${program} does not end in .py; AWS's inference toolkit imports it as a module of Python.`);
  } else if (!program.endsWith('.sh') && (found.mode & 0o111) === 0) {
    onWarning(
      `The entry point ${program} ends neither in .py nor in .sh and is not executable; AWS's training toolkit will run it as a shell command.`,
    );
  }
}

async function statOf(what: string, path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) throw fail('InputNotFound', { what, path }, error);
    throw fail('InputUnreadable', { what, path, why: whyOf(error) }, error);
  }
}

async function sizeOf(members: readonly Member[]): Promise<Pick<SourceCode, 'files' | 'bytes'>> {
  const turn = slices();
  let files = 0;
  let bytes = 0;
  for (const { kind, path } of members) {
    if (kind !== 'file') continue;
    files += 1;
    bytes += statSync(path, { throwIfNoEntry: false })?.size ?? 0; // what goes away now is missed when it is packed
    await turn();
  }
  return { files, bytes };
}
