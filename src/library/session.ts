import { resolve } from 'node:path';
import { type Emulator, type EmulatorOptions, openEmulator } from '../emulator.ts';
import type { Engine, JoinedNetwork } from '../engine/engine.ts';
import { openEphemeral } from '../ephemeral.ts';
import { isError, SmLocalError } from '../errors.ts';
import { emulatorOptions } from '../options/common-flags.ts';
import { camelCase, givenFrom } from '../options/given.ts';
import { type OptionName, optionNames, type Values } from '../options/options.ts';
import type { Surroundings } from '../options/surroundings.ts';
import { type GivenOptions, valuesOf } from '../options/values.ts';

/** What every function of the library takes beside the options of its command. */
export interface SessionOptions {
  /** Relative paths start here; the current directory of the process by default. */
  readonly cwd?: string;
  /** A project file to start from: the path of an `sm-local.yaml`, or of its directory. None by default. Options win over it. */
  readonly project?: string;
  /** The engine: its address, or one that is open already, which stays open. Found as the docker program finds it by default. */
  readonly engine?: string | Engine;
  /**
   * Uses a home of its own, below the one that `home` names, and removes it with everything in it at the end; after a process that was
   * killed, the next one does so.
   */
  readonly ephemeral?: boolean;
  /** Labels of everything that is made in the engine, beside those of sm-local. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Networks of the user's, by id or name, that containers join besides their own, unless they are isolated. */
  readonly networks?: readonly JoinedNetwork[];
  /** Names that containers find in their hosts file, and the addresses; `host-gateway` is that of the engine's machine. */
  readonly extraHosts?: Readonly<Record<string, string>>;
  /** Bucket -> a directory that is its content; other buckets are in home. */
  readonly buckets?: Readonly<Record<string, string>>;
  /** Ends what was begun, as Ctrl-C does: SIGTERM, the grace, SIGKILL; the reason is thrown when everything is removed. */
  readonly signal?: AbortSignal;
}

/** The options of a command, read. */
export interface Asked<Names extends OptionName> {
  readonly image: string | undefined;
  readonly values: Values<Names>;
  readonly surroundings: Surroundings;
}

/** What the options say, on top of the project file they name. `own`: those among them that no command has. Errors: WrongUsage. */
export async function ask<Names extends OptionName, O extends SessionOptions & { readonly image?: string }>(
  command: 'train' | 'serve' | 'up',
  names: readonly Names[],
  options: O,
  own: readonly (keyof O)[],
): Promise<Asked<Names>> {
  const surroundings = { env: process.env, cwd: resolve(options.cwd ?? '.'), now: () => new Date() };
  const besides = new Set<PropertyKey>([...own, ...sessionNames]);
  const given = givenFrom(Object.fromEntries(Object.entries(options).filter(([name]) => !besides.has(name))), names);
  const { env, cwd } = surroundings;
  const project = await projectOf(command, names, options.project, cwd);
  const { merged } = await import('../project/merge.ts');
  const all = merged({ image: options.image, given }, project, env);
  return { image: all.image, values: valuesOf(names, all.given, env), surroundings };
}

const sessionNames: readonly (keyof SessionOptions | 'image')[] = [
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

async function projectOf(
  command: string,
  names: readonly OptionName[],
  path: string | undefined,
  cwd: string,
): Promise<{ readonly image?: string; readonly given: GivenOptions }> {
  if (path === undefined) return { given: {} };
  const { readProject } = await import('../project/read.ts');
  return (await readProject(path, { cwd })).given(command, names);
}

/** An open emulator, and what goes with it. */
export interface Session extends AsyncDisposable {
  readonly emulator: Emulator;
  /** A directory that goes with the session, where it is ephemeral. */
  readonly directory: ((name: string) => Promise<string>) | undefined;
}

/** How containers are connected besides, for the settings of jobs and endpoints. */
export const connectionsOf = ({ networks, extraHosts }: SessionOptions): Pick<SessionOptions, 'networks' | 'extraHosts'> => ({
  ...(networks && networks.length > 0 && { networks }),
  ...(extraHosts && Object.keys(extraHosts).length > 0 && { extraHosts }),
});

type EmulatorValues = Parameters<typeof emulatorOptions>[0];

/** Errors: as `openEmulator`. */
export async function openSession(
  { engine, ephemeral, labels, buckets, cwd = '.' }: SessionOptions,
  values: EmulatorValues,
  surroundings: Surroundings,
): Promise<Session> {
  const asked: EmulatorOptions = {
    ...emulatorOptions(values, surroundings),
    ...(engine !== undefined && { engine }),
    ...(labels && { labels }),
    ...(buckets && { buckets: Object.fromEntries(Object.entries(buckets).map(([name, path]) => [name, resolve(cwd, path)])) }),
  };
  if (ephemeral) return await openEphemeral(asked);
  const emulator = await openEmulator(asked);
  return { emulator, directory: undefined, [Symbol.asyncDispose]: () => emulator[Symbol.asyncDispose]() };
}

/** Stops something once the signal aborts; whoever disposes it hears of trouble. Returns what forgets the signal. */
export function whenAborted(signal: AbortSignal, stop: () => Promise<void>): () => void {
  const listener = (): void => void stop().catch(() => {});
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}

/** Runs what reads options, and has its errors name them as the library spells them: `--max-run` is `maxRun` here. */
export async function inOwnWords<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!isError(error)) throw error;
    const detail = Object.entries(error.detail as object).map(([name, value]) => [
      name,
      typeof value === 'string' ? respelt(value) : value,
    ]);
    throw new SmLocalError(error.code, Object.fromEntries(detail), error);
  }
}

const respelt = (text: string): string =>
  text.replaceAll(/--([a-z][a-z0-9-]*)/g, (flag, name: string) => (isOption(name) ? camelCase(name) : flag));

const isOption = (name: string): boolean => optionNames.some((each) => each === name);
