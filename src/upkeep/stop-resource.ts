import type { Emulator } from '../emulator.ts';
import { adoptEndpoint } from '../endpoints/adopt-endpoint.ts';
import { fail } from '../errors.ts';
import type { JobObserver } from '../jobs/events.ts';
import type { StopSignals } from '../stop.ts';
import { fileChanges } from '../store/file-changes.ts';
import { isOutOfReach } from '../store/owner.ts';
import { ownerAddress } from '../store/owner-address.ts';
import { adoptTraining } from '../training-jobs/adopt.ts';
import { checkStoppable, type Resource, readResource } from './resources.ts';

export interface StopOptions {
  /** Without the grace. */
  readonly isHard: boolean;
  /** Aborts the waiting, not the stop. */
  readonly signal: AbortSignal;
  /** Told how a job goes on that this process has to end itself. */
  readonly observer: JobObserver;
}

/**
 * Stops a job or an endpoint, whichever process it belongs to, and returns when it is over: as it is then; undefined for an endpoint, of
 * which nothing stays. The process that runs it gives it the grace; when that is gone, this one does. Errors: InvalidRequest for what is
 * over already; OwnerElsewhere; the signal's reason; trouble of the host.
 */
export async function stopResource(emulator: Emulator, resource: Resource, options: StopOptions): Promise<Resource | undefined> {
  checkStoppable(resource);
  const { kind, name } = resource;
  for (let now: Resource | undefined = resource; now && isUnfinished(now); now = await readResource(emulator, kind, name)) {
    const isAsked = await emulator.stopRequests.request(kind, name, now.record.owner, options.isHard);
    if (isAsked) await untilItsProcessIsDone(emulator, now, options.signal);
    else {
      await checkWithinReach(emulator, now);
      await (await adopt(emulator, now, options))?.();
    }
  }
  return await readResource(emulator, kind, name);
}

/** Errors: OwnerElsewhere, of what counts as running and whose process cannot be asked. */
async function checkWithinReach({ home }: Emulator, { kind, name, record: { owner } }: Resource): Promise<void> {
  if (await isOutOfReach(home, owner)) throw fail('OwnerElsewhere', { what: `The ${kind} ${name}`, socket: ownerAddress(home, owner) });
}

const isUnfinished = ({ isRunning, isOrphan }: Resource): boolean => isRunning || isOrphan;

function adopt(emulator: Emulator, { kind, name }: Resource, { isHard, signal, observer }: StopOptions) {
  const stops: StopSignals = {
    stop: AbortSignal.abort(),
    kill: isHard ? AbortSignal.abort() : new AbortController().signal,
    leave: signal,
  };
  return kind === 'endpoint' ? adoptEndpoint(emulator, name, stops) : adoptTraining(emulator, name, observer, stops);
}

/** Until it is over, or its process is gone without having ended it. */
async function untilItsProcessIsDone(emulator: Emulator, { kind, name, record }: Resource, signal: AbortSignal): Promise<void> {
  const path = (kind === 'endpoint' ? emulator.endpoints : emulator.trainingJobs).pathOf(name);
  for await (const _change of fileChanges([path], signal)) {
    const now = await readResource(emulator, kind, name);
    if (!now?.isRunning || now.record.owner !== record.owner) return;
  }
  signal.throwIfAborted();
}
