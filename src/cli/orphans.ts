import { setMaxListeners } from 'node:events';
import type { Emulator } from '../emulator.ts';
import { isWaitingForUp } from '../endpoints/adopt-endpoint.ts';
import { reasonOf, type SmLocalError } from '../errors.ts';
import type { JobObserver } from '../jobs/events.ts';
import { neverStopped } from '../stop.ts';
import { deadOwners } from '../store/owner.ts';
import type { Resource } from '../upkeep/resources.ts';
import { type Io, style, troubleOf } from './io.ts';

/** What commands that only read say of something whose process is gone. */
export async function sayOrphan(resource: Resource, io: Io): Promise<void> {
  const { kind, name } = resource;
  const then = kind === 'endpoint' ? 'ends it' : 'goes on with it';
  const next =
    kind === 'endpoint' && isWaitingForUp(resource.record) ? 'sm-local up goes on with it' : `train, serve, stop or clean ${then}`;
  await io.err.write(`The process of ${kind} ${name} is gone; its containers may still run. The next ${next}.\n`);
}

/** What there is to say of records that cannot be read. */
export async function sayBroken(broken: readonly SmLocalError[], io: Io): Promise<void> {
  const { yellow } = style(io.color);
  for (const { message, remedy } of broken) await troubleOf(io).write(`${yellow(`Warning: ${message}`)}\n${remedy}\n`);
}

export const errorData = ({ code, message, remedy }: SmLocalError): object => ({ code, message, remedy });

/** What a command has taken over beside its own work. */
export interface Besides {
  /** Lets go of what still runs; the next command goes on with it. */
  leave(): Promise<void>;
}

/**
 * Goes on with what processes that are gone have left, while a command does its own work. Costs nothing where all owners have ended well.
 * Trouble with it is told and is not the command's.
 */
export async function besides(
  emulator: Emulator,
  tell: (message: string) => void,
  ...exceptEndpoints: readonly string[]
): Promise<Besides> {
  const scopes = await emulator.everywhere();
  const dead = await Promise.all(scopes.map(({ home }) => deadOwners(home)));
  if (dead.flat().length === 0) return { async leave() {} };
  const [{ adoptAll }, { removeLeft }] = await Promise.all([import('../upkeep/adopt.ts'), import('../upkeep/clean.ts')]);
  const leave = new AbortController();
  setMaxListeners(0, leave.signal); // each job and endpoint that is taken over listens
  const quiet: JobObserver = { event() {}, log() {} };
  const adopted = await adoptAll(emulator, {
    stops: { ...neverStopped, leave: leave.signal },
    observer: () => quiet,
    exceptEndpoints,
  });
  const told = adopted.map(async ({ kind, name, over }) => {
    tell(`${kind} ${name} has lost its process; this one ${kind === 'endpoint' ? 'ends' : 'goes on with'} it.`);
    try {
      const record = await over;
      tell(`${kind} ${name} is ${record ? record.status : 'ended'}.`);
    } catch (error) {
      if (error === leave.signal.reason) tell(`${kind} ${name} is not over and is left to the next command.`);
      else tell(`${kind} ${name}: ${reasonOf(error)}`);
    }
  });
  return {
    async leave() {
      leave.abort();
      await Promise.all(told);
      await removeLeft(scopes, tell);
    },
  };
}
