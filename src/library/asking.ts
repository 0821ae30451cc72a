import { resolve } from 'node:path';
import { isError, SmLocalError } from '../errors.ts';
import { camelCase, givenFrom, libraryOptions, refuseUnknown } from '../options/given.ts';
import { type OptionName, optionNames, type Values } from '../options/options.ts';
import type { Surroundings } from '../options/surroundings.ts';
import { valuesOf } from '../options/values.ts';
import { merged } from '../project/merge.ts';
import { placed } from '../project/placed.ts';
import type { ProjectGiven } from '../project/project.ts';
import { refuseMisshapen, type ShapedOption } from './option-shapes.ts';
import type { SessionOptions } from './options.ts';

/** The options of a command, read. */
export interface Asked<Names extends OptionName> {
  readonly image: string | undefined;
  readonly values: Values<Names>;
  readonly surroundings: Surroundings;
  /** Runs what reads them: errors about an option name it as the library spells it, or say where the project file has it. */
  inWords<T>(read: () => T | Promise<T>): Promise<T>;
}

/** What the options say, on top of the project file they name. `own`: those among them that no command has. Errors: WrongUsage, ProjectInvalid. */
export async function ask<Names extends OptionName, O extends SessionOptions & { readonly image?: string }>(
  command: 'train' | 'serve' | 'up' | 'check',
  names: readonly Names[],
  options: O,
  own: readonly (keyof O & ShapedOption)[],
): Promise<Asked<Names>> {
  refuseMisshapen(options, [...sessionNames, ...own]);
  const surroundings = { env: process.env, cwd: resolve(options.cwd ?? '.'), now: () => new Date() };
  const { env, cwd } = surroundings;
  const besides = new Set<PropertyKey>([...own, ...sessionNames]);
  const known = libraryOptions(names);
  refuseUnknown(options, [...sessionNames, ...own, ...known.map(camelCase)]);
  const given = givenFrom(Object.fromEntries(Object.entries(options).filter(([name]) => !besides.has(name))), known);
  const file = await projectOf(command, known, options.project, cwd);
  const all = merged({ image: options.image, given }, file, env);
  const inWords = <T>(read: () => T | Promise<T>): Promise<T> => inOwnWords(read, (error) => placed(error, all, file));
  return { image: all.image, values: await inWords(() => valuesOf(names, all.given, env)), surroundings, inWords };
}

const sessionNames: readonly ((keyof SessionOptions | 'image') & ShapedOption)[] = [
  'image',
  'cwd',
  'project',
  'engine',
  'ephemeral',
  'labels',
  'networks',
  'extraHosts',
  'buckets',
  'signal',
];

async function projectOf(command: string, names: readonly OptionName[], path: string | undefined, cwd: string): Promise<ProjectGiven> {
  if (path === undefined) return { given: {}, places: {} };
  const { readProject } = await import('../project/read.ts'); // with the reader of YAML
  return (await readProject(path, { cwd })).given(command, names);
}

/** Runs what reads options, and has its errors name them as the library spells them: `--max-run` is `maxRun` here. */
export async function inOwnWords<T>(read: () => T | Promise<T>, place: (error: unknown) => unknown = (error) => error): Promise<T> {
  try {
    return await read();
  } catch (caught) {
    const error = place(caught);
    if (!isError(error)) throw error;
    const said = Object.entries(error.detail as object);
    const detail = said.map(([name, value]) => [name, typeof value === 'string' ? respelt(value) : value] as const);
    const isSame = `${error.message} ${error.remedy}` === respelt(`${error.message} ${error.remedy}`);
    throw isSame ? error : new SmLocalError(error.code, Object.fromEntries(detail) as never, error);
  }
}

const respelt = (text: string): string =>
  text.replaceAll(/--([a-z][a-z0-9-]*)/g, (flag, name: string) => (isOption(name) ? camelCase(name) : flag));

const isOption = (name: string): boolean => optionNames.some((each) => each === name);
