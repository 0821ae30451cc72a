import type { Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { listEntries, readRegularFile, readRules } from '../engine/context-files.ts';
import { parseDockerfile } from '../engine/dockerfile.ts';
import type { Image } from '../engine/engine.ts';
import { reasonOf } from '../errors.ts';
import { baseImageOf } from './build-steps.ts';
import { copiedFiles, type Fate } from './copied-files.ts';

export interface BuildContext {
  readonly directory: string;
  readonly buildArguments?: Readonly<Record<string, string>>;
  /** An image by its name, as the engine has it. */
  readonly inspect: (reference: string) => Promise<Image | undefined>;
}

/** What a build would make of files of its directory, as Dockerfile and .dockerignore are now; absolute paths. Errors: trouble of the engine. */
export async function contextFates(context: BuildContext, paths: readonly string[]): Promise<ReadonlyMap<string, Fate>> {
  const { directory } = context;
  const fateOf = await fatesIn(context, paths);
  const fates = paths.map(
    async (path): Promise<[string, Fate]> => [path, isWithin(path, directory) ? await fateOf(path) : { kind: 'unused' }],
  );
  return new Map(await Promise.all(fates));
}

async function fatesIn(
  { directory, buildArguments = {}, inspect }: BuildContext,
  paths: readonly string[],
): Promise<(path: string) => Promise<Fate>> {
  const text = await readRegularFile(join(directory, 'Dockerfile'))
    .catch((error: unknown) => (isMissing(error) ? undefined : Promise.reject(error)))
    .catch(reasonOf);
  if (!Buffer.isBuffer(text)) return always(text === undefined ? 'there is no Dockerfile' : `the Dockerfile cannot be read: ${text}`);
  const dockerfile = parseDockerfile(text.toString('utf8'));
  const base = await baseOf(baseImageOf(dockerfile, buildArguments), inspect);
  if ((base?.triggers ?? []).length > 0) return always('the base image has ONBUILD instructions');
  try {
    const rules = await readRules(directory, 'Dockerfile', true);
    const links = new Set<string>();
    const listed = await listEntries(directory, '', rules, (path, entry) => entry.isSymbolicLink() && links.add(path));
    const gone = paths.filter((path) => isWithin(path, directory)).map((path) => nameOf(directory, path));
    const files = [...new Set([...listed, ...gone.filter((name) => rules.isSent(name))])];
    const fateOf = copiedFiles(dockerfile, { files, links, buildArguments, ...(base && { base }) });
    return async (path) => {
      const name = nameOf(directory, path);
      return rules.isSent(name) ? await fateInContext(path, name, fateOf) : { kind: 'unused' };
    };
  } catch (error) {
    return always(`what is copied cannot be told: ${reasonOf(error)}`); // the build tells more
  }
}

const always = (why: string) => async (): Promise<Fate> => ({ kind: 'built', why });

async function baseOf(reference: string | undefined, inspect: BuildContext['inspect']): Promise<Image | undefined> {
  return reference === undefined || reference === 'scratch' ? undefined : await inspect(reference);
}

async function fateInContext(path: string, name: string, fateOf: (name: string) => Fate): Promise<Fate> {
  if (['Dockerfile', '.dockerignore', 'Dockerfile.dockerignore'].includes(name)) return { kind: 'built', why: `${name} has changed` };
  const fate = fateOf(name);
  const found = await statOf(path);
  if (found?.isDirectory() && !(await isEmpty(path))) return { kind: 'unused' }; // what is in it has changes of its own
  if (fate.kind !== 'copied') return fate;
  if (!found) return { kind: 'built', why: `${name} is gone` };
  if (!found.isFile()) return { kind: 'built', why: `${name} is ${found.isDirectory() ? 'a new directory' : 'no regular file'}` };
  const mounted = fate.targets.find((target) => isWithin(target.path, '/opt/ml'));
  return mounted ? { kind: 'built', why: `${mounted.path} is where SageMaker puts files of its own` } : fate;
}

/** What is there, links as such. Errors: those of the file system. */
export async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

const isMissing = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
const isEmpty = async (directory: string): Promise<boolean> => (await readdir(directory)).length === 0;

/** Whether a path is a directory, or below it. */
export const isWithin = (path: string, directory: string): boolean =>
  path === directory || path.startsWith(directory.endsWith(sep) ? directory : directory + sep);

/** Relative, with `/`. */
export const nameOf = (directory: string, path: string): string => relative(directory, path).split(sep).join('/');
