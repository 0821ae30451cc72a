import { resolve } from 'node:path';
import { type Emulator, type EmulatorOptions, openEmulator } from '../emulator.ts';
import type { Engine, JoinedNetwork } from '../engine/engine.ts';
import { openEphemeral } from '../ephemeral.ts';
import { emulatorOptions } from '../options/common-flags.ts';
import type { OptionName } from '../options/options.ts';
import type { Asked } from './asking.ts';

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
  { values, surroundings, inWords }: Pick<Asked<OptionName>, 'surroundings' | 'inWords'> & { readonly values: EmulatorValues },
): Promise<Session> {
  const asked: EmulatorOptions = {
    ...(await inWords(() => emulatorOptions(values, surroundings))),
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
