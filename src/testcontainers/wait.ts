import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { BoundPorts, type WaitStrategy } from 'testcontainers';
import { servingPort } from '../contract/serving.ts';
import { Scope } from '../scope.ts';
import type { Runtime } from './runtime.ts';

/**
 * Has a wait strategy of testcontainers look at a container. Where its port is not published, because it is reached by its own address, the
 * strategy finds one that leads there while it looks.
 */
export async function waitFor(strategy: WaitStrategy, id: string, { client, engine }: Runtime): Promise<void> {
  const container = client.container.getById(id);
  const state = await (await engine.containers.open(id))?.inspect();
  await using scope = new Scope();
  const ports = new BoundPorts();
  const published = state?.ports.get(servingPort);
  if (published !== undefined) ports.setBinding(servingPort, published);
  else if (state?.address) ports.setBinding(servingPort, await relay(state.address, client.info.containerRuntime.host, scope));
  const { startedAt } = (await client.container.inspect(container)).State as { startedAt?: string };
  await strategy.waitUntilReady(container, ports, startedAt === undefined ? undefined : new Date(startedAt));
}

/** A port on `host`, this machine, that leads to the container's. */
async function relay(address: string, host: string, scope: Scope): Promise<number> {
  const server = createServer((here) => {
    const there = connect(servingPort, address);
    scope.defer(() => void here.destroy());
    scope.defer(() => void there.destroy());
    here.pipe(there).pipe(here);
    here.on('error', () => there.destroy());
    there.on('error', () => here.destroy());
  });
  scope.defer(() => void server.close());
  server.listen(0, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
