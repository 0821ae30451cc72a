import { join } from 'node:path';
import { endpointArn } from '../contract/names.ts';
import type { Emulator } from '../emulator.ts';
import { fail, isError } from '../errors.ts';
import { withLock } from '../store/lock.ts';
import { isAlive } from '../store/owner.ts';
import { alreadyExisting } from './definitions.ts';
import type { Endpoints } from './endpoints.ts';
import type { HostedEndpoint } from './hosted-endpoint.ts';
import type { HostingRequests } from './serve.ts';

/**
 * One process after the other: what one makes an endpoint of is not forgotten by the next, which finds that endpoint. Errors: AlreadyExists where
 * a living process has one of them.
 */
export async function takenUpOrCreated(
  emulator: Emulator,
  operations: Endpoints,
  requests: HostingRequests,
  signal: AbortSignal,
): Promise<HostedEndpoint[]> {
  const { home, endpoints, region, account } = emulator;
  const isOwned = (owner: string): Promise<boolean> => isAlive(home, owner);
  const lock = { holder: (await emulator.owner).id, isAlive: isOwned, signal };
  return await withLock(join(home.owners, 'lasting.lock'), lock, async () => {
    for (const { EndpointName = '' } of requests.endpoints) {
      const record = await endpoints.read(EndpointName);
      if (!record || !(await isOwned(record.owner))) continue;
      throw fail('AlreadyExists', { message: alreadyExisting('endpoint', endpointArn(region, account, EndpointName)) });
    }
    return (await takenUp(operations, requests)) ?? (await created(operations, requests));
  });
}

/** Models and configurations first, as endpoints name them. Errors: InvalidRequest, AlreadyExists, trouble of the disk. */
export async function created(operations: Endpoints, { models, endpointConfigs, endpoints }: HostingRequests): Promise<HostedEndpoint[]> {
  for (const model of models) await operations.createModel(model);
  for (const config of endpointConfigs) await operations.createEndpointConfig(config);
  const hosted: HostedEndpoint[] = [];
  for (const endpoint of endpoints) hosted.push(await operations.createEndpoint(endpoint));
  return hosted;
}

/** All that is asked for, if another process has left it; else what they are to be made of is forgotten. */
async function takenUp(
  operations: Endpoints,
  { models, endpointConfigs, endpoints }: HostingRequests,
): Promise<HostedEndpoint[] | undefined> {
  await operations.open();
  const hosted = endpoints.flatMap(({ EndpointName = '' }) => operations.hosted(EndpointName) ?? []);
  if (hosted.length === endpoints.length) return hosted;
  for (const { EndpointConfigName } of endpointConfigs) await forgotten(operations.deleteEndpointConfig({ EndpointConfigName }));
  for (const { ModelName } of models) await forgotten(operations.deleteModel({ ModelName }));
  return undefined;
}

/** Most often there is none. */
async function forgotten(deleting: Promise<unknown>): Promise<void> {
  await deleting.catch((error: unknown) => {
    if (!isError(error, 'InvalidRequest')) throw error;
  });
}
