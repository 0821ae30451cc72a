import { endpointArn } from '../contract/names.ts';
import type { Emulator } from '../emulator.ts';
import type { EndpointRecord } from '../hosting/record.ts';
import type { Scope } from '../scope.ts';
import { neverStopped } from '../stop.ts';
import { adoptEndpoint } from './adopt-endpoint.ts';
import { createRecord } from './catalogue.ts';
import { alreadyExisting } from './definitions.ts';

/** The record of an endpoint of this process, as it is now; each change is written in its turn. */
export interface KeptRecord {
  readonly now: EndpointRecord;
  keep(changes: Partial<EndpointRecord>): void;
}

/** Makes the endpoint's record under its name; one whose process is gone is ended first. Gone with `scope`. Errors: AlreadyExists. */
export async function claimEndpoint(
  emulator: Emulator,
  first: Pick<EndpointRecord, 'name' | 'configName' | 'image' | 'model' | 'deployment'> & { readonly stopGrace: number },
  scope: Scope,
  signal: AbortSignal,
): Promise<KeptRecord> {
  const { endpoints, region, account } = emulator;
  const { stopGrace, ...rest } = first;
  const arn = endpointArn(region, account, first.name);
  const { id } = await emulator.owner;
  let now: EndpointRecord = {
    ...rest,
    arn,
    status: 'Creating',
    owner: id,
    imageId: '',
    creationTime: emulator.now().toISOString(),
    run: { label: id, stopGrace, logs: {} },
  };
  await (await adoptEndpoint(emulator, first.name, { ...neverStopped, leave: signal }))?.();
  signal.throwIfAborted();
  const writer = await createRecord(endpoints, first.name, now, alreadyExisting('endpoint', arn));
  scope.defer(async () => {
    await writer.flush().catch(() => {}); // what could not be written is not wanted any more
    await endpoints.remove(first.name);
  });
  return {
    get now() {
      return now;
    },
    keep(changes) {
      now = { ...now, ...changes };
      writer.put(now);
    },
  };
}
