import type { Emulator } from '../emulator.ts';
import { fail, isError } from '../errors.ts';
import type { StopSignals } from '../stop.ts';
import type { WatchedStops } from '../stop-requests.ts';
import { isAlive, isOutOfReach, type Owner, untilGone } from '../store/owner.ts';
import { ownerAddress } from '../store/owner-address.ts';
import { Records } from '../store/records.ts';
import { takeOver } from '../store/succession.ts';

/** What is kept of the process that serves the API of a home: there is one at most. */
export interface ApiRecord {
  /** Id of the process as an owner. */
  readonly owner: string;
  readonly pid: number;
  /** Undefined until it listens. */
  readonly url?: string;
  /** ISO 8601. */
  readonly startTime: string;
  /** Whose requests are those without a signature. */
  readonly account: string;
  readonly region: string;
  /** Where containers find it. */
  readonly containerUrl?: string;
  /** Where objects are, when that is not in home. */
  readonly s3Endpoint?: string;
  /** Where its output goes, when nobody sees it. */
  readonly log?: string;
}

const name = 'up';
const apiKind = 'api';

const recordsOf = (emulator: Emulator): Records<ApiRecord> => new Records(emulator.root.home, apiKind);

/** The process that serves the API of this home; undefined when none does. Errors: DiskTrouble. */
export async function servingProcess(emulator: Emulator): Promise<ApiRecord | undefined> {
  const record = await recordsOf(emulator).read(name);
  return record && (await isAlive(emulator.root.home, record.owner)) ? record : undefined;
}

/** This process's claim to be the one that serves; gone when it is disposed. */
export interface ApiClaim extends AsyncDisposable {
  /** Tells others where. Errors: DiskTrouble. */
  listening(at: Pick<ApiRecord, 'url' | 'containerUrl'>): Promise<void>;
}

/** Makes this process the one that serves the API of its home. Errors: ApiRunning, DiskTrouble. */
export async function claimApi(
  emulator: Emulator,
  { id }: Owner,
  init: Omit<ApiRecord, 'owner' | 'url' | 'containerUrl'>,
): Promise<ApiClaim> {
  const records = recordsOf(emulator);
  const record: ApiRecord = { ...init, owner: id };
  for (;;) {
    if (await isClaimed(records, record)) break;
    if (await takeOver(emulator.root.home, records, name, id)) {
      await records.update(name, record);
      break;
    }
    const other = await servingProcess(emulator);
    if (other)
      throw fail('ApiRunning', { home: emulator.root.home.path, pid: other.pid, ...(other.url !== undefined && { url: other.url }) });
  }
  return {
    listening: (at) => records.update(name, { ...record, ...at }),
    [Symbol.asyncDispose]: () => records.remove(name),
  };
}

async function isClaimed(records: Records<ApiRecord>, record: ApiRecord): Promise<boolean> {
  try {
    await records.create(name, record, '');
    return true;
  } catch (error) {
    if (isError(error, 'ResourceInUse')) return false;
    throw error;
  }
}

/** Ends the process that serves the API of this home as Ctrl-C would. Errors: ApiNotRunning, OwnerElsewhere, DiskTrouble. */
export async function endApi(emulator: Emulator, isHard: boolean) {
  const { root } = emulator;
  const serving = await servingProcess(emulator);
  if (serving && (await isOutOfReach(root.home, serving.owner)))
    throw fail('OwnerElsewhere', { what: `The sm-local up of ${root.home.path}`, socket: ownerAddress(root.home, serving.owner) });
  if (!serving || !(await isTold(root, serving, isHard))) throw fail('ApiNotRunning', { home: root.home.path });
  return {
    pid: serving.pid,
    /** Settles when it has ended; false when the waiting was given up. */
    async ended(signal: AbortSignal): Promise<boolean> {
      await untilGone(root.home, serving.owner, signal);
      return !signal.aborted;
    },
  };
}

/** False when it has gone meanwhile. Errors: DiskTrouble. */
async function isTold({ stopRequests }: Emulator, { owner, pid }: ApiRecord, isHard: boolean): Promise<boolean> {
  try {
    return await stopRequests.request(apiKind, name, owner, isHard);
  } catch (error) {
    if (!isError(error, 'DiskTrouble')) throw error;
    // On a full disk nothing can be written down for it. Its socket has just answered, so that the id is still its own.
    for (const signal of isHard ? (['SIGTERM', 'SIGTERM'] as const) : (['SIGTERM'] as const)) process.kill(pid, signal);
    return true;
  }
}

/** The stop signals of this process, and the wish of another one that it ends. */
export const watchForEnd = async (emulator: Emulator, stops: StopSignals): Promise<WatchedStops> =>
  await emulator.root.stopRequests.watch(apiKind, name, await emulator.root.owner, stops);

/** Once it has ended as it was asked to. Errors: DiskTrouble. */
export const forgetEnd = (emulator: Emulator): Promise<void> => emulator.root.stopRequests.forget(apiKind, name);
