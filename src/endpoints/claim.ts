import { endpointArn } from '../contract/names.ts';
import type { Emulator } from '../emulator.ts';
import type { EndpointRecord, Lasting } from '../hosting/record.ts';
import { neverStopped } from '../stop.ts';
import type { RecordWriter } from '../store/records.ts';
import { adoptEndpoint, isWaitingForUp } from './adopt-endpoint.ts';
import { createRecord } from './catalogue.ts';
import { alreadyExisting } from './definitions.ts';

/** The record of an endpoint of this process, as it is now; each change is written in its turn. */
export interface KeptRecord {
  readonly now: EndpointRecord;
  keep(changes: Partial<EndpointRecord>): void;
  /** Settles when it is on the disk as it is now. Errors: DiskTrouble. */
  flush(): Promise<void>;
  /** Errors: DiskTrouble. */
  remove(): Promise<void>;
}

interface Claim extends Pick<EndpointRecord, 'name' | 'configName' | 'image' | 'model' | 'deployment' | 'url'> {
  readonly stopGrace: number;
  /** For an endpoint that outlives this process. */
  readonly lasting?: Lasting;
}

/**
 * Makes the endpoint's record under its name; one whose process is gone is ended first, unless it waits for the next process. Errors:
 * AlreadyExists, trouble of the disk or the engine.
 */
export async function claimEndpoint(emulator: Emulator, { stopGrace, lasting, ...rest }: Claim, signal: AbortSignal): Promise<KeptRecord> {
  const { endpoints, region, account } = emulator;
  const arn = endpointArn(region, account, rest.name);
  const { id } = await emulator.owner;
  const first: EndpointRecord = {
    ...rest,
    arn,
    status: 'Creating',
    owner: id,
    imageId: '',
    creationTime: emulator.now().toISOString(),
    run: { label: id, stopGrace, logs: {}, ...(lasting && { lasting }) },
  };
  const there = await endpoints.read(rest.name);
  if (there && !isWaitingForUp(there)) await (await adoptEndpoint(emulator, rest.name, { ...neverStopped, leave: signal }))?.();
  signal.throwIfAborted();
  return keeping(emulator, first, await createRecord(endpoints, rest.name, first, alreadyExisting('endpoint', arn)));
}

/** A record that this process has taken over from another. */
export const keepOn = (emulator: Emulator, taken: EndpointRecord): KeptRecord =>
  keeping(emulator, taken, emulator.endpoints.writer(taken.name));

function keeping({ endpoints }: Emulator, first: EndpointRecord, writer: RecordWriter<EndpointRecord>): KeptRecord {
  let now = first;
  return {
    get now() {
      return now;
    },
    keep(changes) {
      now = { ...now, ...changes };
      writer.put(now);
    },
    flush: () => writer.flush(),
    async remove() {
      await writer.flush().catch(() => {}); // what could not be written is not wanted any more
      await endpoints.remove(now.name);
    },
  };
}
