import { mkdir } from 'node:fs/promises';
import { Scope } from '../scope.ts';
import { type StopSignals, throwIfStopped } from '../stop.ts';
import { diskTrouble } from '../store/disk-trouble.ts';
import { removeTree } from '../store/temporary.ts';
import { type HostEnd, hasFailed } from './host.ts';
import type { RunningJob } from './running-job.ts';

/** One go at the hosts of a job; what it makes in the engine belongs to the scope it is given. */
export type Attempt = (things: Scope) => Promise<readonly HostEnd[]>;

export interface Attempts {
  readonly first: Attempt;
  /** Any that follows, from the beginning. */
  readonly again: Attempt;
  /** Whether an error is a fault of the platform, after which the job may be tried again. */
  readonly isFault: (error: unknown) => boolean;
  /** Removes what an attempt has in the engine; what stays is told. */
  readonly remove: (things: Scope) => Promise<void>;
  /** Settles when the next attempt can be made after a fault. */
  readonly recovered: (fault: unknown) => Promise<void>;
}

/**
 * Tries until the hosts have ended by themselves, or were stopped: an interruption of spot instances begins the whole sequence again, and so
 * does a fault of the platform, as often as the RetryStrategy of the request allows. Of an attempt that is followed by another nothing stays
 * but its log and what was synced. Errors: those of the last attempt. Sources: "Managed Spot Training"; API Reference, RetryStrategy.
 */
export async function tryUntilDone(
  { first, again, isFault, remove, recovered }: Attempts,
  job: RunningJob,
  things: Scope,
  stops: StopSignals,
): Promise<readonly HostEnd[]> {
  for (let attempt = first; ; attempt = again) {
    const made = new Scope();
    things.use(made);
    let fault: unknown;
    const ends = await attempt(made).catch((error: unknown) => {
      if (job.retriesLeft === 0 || !isFault(error)) throw error;
      fault = error;
      return undefined;
    });
    if (!ends || (isLost(ends) && job.retriesLeft > 0)) {
      for (const { unsynced } of ends ?? []) if (unsynced !== undefined) job.warn(`${unsynced} The next attempt goes on without it.`);
      job.restarting();
    } else if (ends.some(({ cut }) => cut === 'Interrupted')) job.interrupted();
    else return ends;
    await job.safe(); // nobody who takes the job over shall go on with containers that are about to go
    await remove(made);
    await recovered(fault);
    await renew(job.record.run.scratch);
    throwIfStopped(stops);
    job.startAgain();
    await job.safe();
  }
}

/** The first that failed was taken away by the engine. */
function isLost(ends: readonly HostEnd[]): boolean {
  const [first] = ends.filter(hasFailed).sort((one, other) => (one.time < other.time ? -1 : 1));
  return first?.isLost === true;
}

/** What an attempt leaves on the user's disk is lost with its instances. Errors: DiskTrouble. */
async function renew(scratch: string | undefined): Promise<void> {
  if (scratch === undefined) return;
  await removeTree(scratch);
  try {
    await mkdir(scratch, { mode: 0o700 });
  } catch (error) {
    throw diskTrouble('make', scratch, error);
  }
}
