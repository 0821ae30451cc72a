import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { credentialsHost } from '../contract/container-credentials.ts';
import type { Engine, EngineDescription } from '../engine/engine.ts';
import { fail, isError } from '../errors.ts';
import { type HttpAddress, isHere, notPermitted, taken } from './shared-address.ts';

export const credentialsAddress: HttpAddress = { host: credentialsHost, port: 80 };

/** No home's and no process's own: all of them share it. */
const labels = { 'sm-local.kind': 'credentials' };

/**
 * A network whose gateway is the address, which makes it an address of this machine. No container is attached to it: those of the default
 * bridge and of other networks reach it as they reach the world, through their own gateway, which is this machine.
 */
const network = { name: 'sm-local-credentials', subnet: '169.254.170.0/24', gateway: credentialsHost, labels };

/** Refuses an engine whose networks are not this machine's. Errors: CredentialsUnavailable. */
export function checkEngine(engine: EngineDescription): void {
  const why = whyNotHere(engine);
  if (why === undefined) return;
  throw fail('CredentialsUnavailable', { why, remedy: 'Use --credentials environment, or an engine of this machine.' });
}

function whyNotHere({ kind, isNative, rootless }: EngineDescription): string | undefined {
  if (rootless) return 'the networks of a rootless engine are not those of this machine';
  if (!isNative) return "the engine is on another machine, or in a virtual one, whose networks are not this machine's";
  // Tried with podman 4.3: the bridge of a network comes with its first container.
  return kind === 'podman' ? 'a network of podman has no address before a container is in it' : undefined;
}

/**
 * Makes the network. Several processes may do so at once: one of them succeeds, and this returns in all of them when the address is there.
 * Errors: CredentialsUnavailable.
 */
export async function makeNetwork(engine: Engine, address: HttpAddress = credentialsAddress): Promise<void> {
  await checkPort(address);
  for (let pause = 25; ; pause *= 2) {
    const made = await tryToMake(engine);
    if (await isHere(address.host)) return;
    if (made.id !== undefined) {
      await engine.networks.remove(made.id);
      throw unavailable(`the engine made a network for it, but ${address.host} is not an address of this machine`);
    }
    // Either somebody else is making it at this moment, and then it will soon be listed, or the engine has another reason.
    if (await hasNetwork(engine)) {
      if (await isHere(address.host)) return;
      throw unavailable('the engine has its network, but not on this machine');
    }
    if (pause > longestPause) throw unavailable(`the engine refused its network: ${made.refusal}`);
    await sleep(pause);
  }
}

/** Milliseconds; with the pauses before it, as long as an engine takes to make a network. */
const longestPause = 200;

async function tryToMake(engine: Engine): Promise<{ readonly id: string } | { readonly id?: undefined; readonly refusal: string }> {
  try {
    return await engine.networks.create(network);
  } catch (error) {
    if (!isError(error, 'EngineFailed')) throw error;
    return { refusal: error.message };
  }
}

/** Whether this process could listen on the port at all: tried at an address that every machine has and nobody uses. */
async function checkPort(address: HttpAddress): Promise<void> {
  const server = createServer();
  const code = await new Promise<string | undefined>((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    server.listen({ host: '127.254.170.2', port: address.port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
  if (code === 'EACCES') throw notPermitted(address);
  if (code === 'EADDRINUSE') throw taken(address); // on all addresses of this machine, then
}

export const hasNetwork = async (engine: Engine): Promise<boolean> => (await engine.networks.list(labels)).length > 0;

/** Removes the network and whatever else carries its label. Whoever calls this sees to it that nobody needs it. Returns how many. */
export async function removeNetwork(engine: Engine): Promise<number> {
  const found = await engine.networks.list(labels);
  for (const { id } of found) await engine.networks.remove(id);
  return found.length;
}

const unavailable = (why: string): Error => fail('CredentialsUnavailable', { why, remedy: 'Use --credentials environment.' });
