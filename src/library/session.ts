import { resolve } from 'node:path';
import { type Emulator, type EmulatorOptions, openEmulator } from '../emulator.ts';
import { openEphemeral } from '../ephemeral.ts';
import { emulatorOptions } from '../options/common-flags.ts';
import type { OptionName } from '../options/options.ts';
import type { Asked } from './asking.ts';
import type { SessionOptions } from './options.ts';

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
  if (ephemeral) return await inWords(() => openEphemeral(asked));
  const emulator = await inWords(() => openEmulator(asked));
  return { emulator, directory: undefined, [Symbol.asyncDispose]: () => emulator[Symbol.asyncDispose]() };
}

/** Stops something once the signal aborts; whoever disposes it hears of trouble. Returns what forgets the signal. */
export function whenAborted(signal: AbortSignal, stop: () => Promise<void>): () => void {
  const listener = (): void => void stop().catch(() => {});
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}
