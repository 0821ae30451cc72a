import { isTrainingOver } from '../contract/status.ts';
import type { Emulator } from '../emulator.ts';
import { adoptEndpoint, isWaitingForUp, restEndpoint } from '../endpoints/adopt-endpoint.ts';
import type { EndpointRecord } from '../hosting/record.ts';
import type { JobObserver } from '../jobs/events.ts';
import type { TrainingRecord } from '../jobs/record.ts';
import type { StopSignals } from '../stop.ts';
import { isAlive } from '../store/owner.ts';
import { adoptTraining } from '../training-jobs/adopt.ts';

/** A job or an endpoint that this process has taken over. */
export interface Adopted {
  readonly kind: 'training-job' | 'endpoint';
  readonly name: string;
  /** An endpoint of which nothing runs any more, and that waits for the next `up`. */
  readonly isResting?: true;
  /** Settles when it is over: the record of a job; undefined for an endpoint. Errors: trouble of the host. */
  readonly over: Promise<TrainingRecord | undefined>;
}

export interface AdoptOptions {
  /** Only what this process had begun itself. What it had taken over from others waits for the next command, as it would have done. */
  readonly owner?: string;
  /** Endpoints that the caller takes over itself. */
  readonly exceptEndpoints?: readonly string[];
  /** Endpoints that outlive their process wait for the next `up`; with this without containers, unless these were left on purpose. */
  readonly restsEndpoints?: boolean;
  readonly stops: StopSignals;
  /** Who is told how a job that was taken over goes on. */
  readonly observer: (name: string) => JobObserver;
}

/**
 * Takes over every job and endpoint whose process is gone, in every account and region, and goes on with all of them at once; returns when
 * they are taken over. What cannot be read is left out. Errors: DiskTrouble.
 */
export async function adoptAll(emulator: Emulator, options: AdoptOptions): Promise<readonly Adopted[]> {
  const adopted: Adopted[] = [];
  for (const scope of await emulator.everywhere()) adopted.push(...(await adoptIn(scope, options)));
  return adopted;
}

async function adoptIn(
  emulator: Emulator,
  { owner, exceptEndpoints = [], restsEndpoints = false, stops, observer }: AdoptOptions,
): Promise<readonly Adopted[]> {
  const isOrphan = async ({ owner: of, run }: TrainingRecord | EndpointRecord): Promise<boolean> =>
    (owner === undefined || (of === owner && run?.label === owner)) && !(await isAlive(emulator.home, of));
  const adopted: Adopted[] = [];
  for (const { name, value } of (await emulator.endpoints.list()).records) {
    if (exceptEndpoints.includes(name) || !(await isOrphan(value))) continue;
    const isWaiting = isWaitingForUp(value);
    if (isWaiting && (!restsEndpoints || value.run.lasting?.isKept || value.run.lasting?.isResting)) continue;
    const end = await (isWaiting ? restEndpoint : adoptEndpoint)(emulator, name, stops);
    const over = end?.().then(() => undefined);
    if (over) adopted.push({ kind: 'endpoint', name, ...(isWaiting && { isResting: true }), over: kept(over) });
  }
  for (const { name, value } of (await emulator.trainingJobs.list()).records) {
    if (isTrainingOver(value.status) || !(await isOrphan(value))) continue;
    const finish = await adoptTraining(emulator, name, observer(name), stops);
    if (finish) adopted.push({ kind: 'training-job', name, over: kept(finish()) });
  }
  return adopted;
}

/** Names of endpoints without a process that were left running on purpose, in every account and region. Errors: DiskTrouble. */
export async function keptEndpoints(emulator: Emulator): Promise<readonly string[]> {
  const names: string[] = [];
  for (const scope of await emulator.everywhere()) {
    for (const { name, value } of (await scope.endpoints.list()).records)
      if (value.run?.lasting?.isKept && !(await isAlive(scope.home, value.owner))) names.push(name);
  }
  return names;
}

/** A promise whose failure waits for whoever asks. */
function kept<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
