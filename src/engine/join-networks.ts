import { fail } from '../errors.ts';
import type { Engine, JoinedNetwork } from './engine.ts';

/** Networks of the user's that containers shall be in besides, by their ids. Errors: NetworkNotFound, WrongUsage, trouble of the engine. */
export async function findNetworks(
  engine: Engine,
  wanted: readonly JoinedNetwork[] | undefined,
): Promise<readonly JoinedNetwork[] | undefined> {
  if (!wanted || wanted.length === 0) return undefined;
  return await Promise.all(wanted.map((joined) => found(engine, joined)));
}

/** For whoever asks for both in one breath. `isolated`: what is to be kept from every network. Errors: WrongUsage. */
export function refuseNetworks(wanted: readonly JoinedNetwork[] | undefined, isolated: string): void {
  const [first] = wanted ?? [];
  if (!first) return;
  throw fail('WrongUsage', {
    message: `${isolated} asks for EnableNetworkIsolation, so its containers cannot join the network ${first.network}.`,
    remedy: 'Leave one of the two out.',
  });
}

async function found(engine: Engine, { network, ...rest }: JoinedNetwork): Promise<JoinedNetwork> {
  const known = await engine.networks.find(network);
  if (!known) throw fail('NetworkNotFound', { network, where: engine.address.host });
  if (['bridge', 'host', 'none'].includes(known.name)) {
    throw fail('WrongUsage', {
      message: `The network ${known.name} is the engine's own, which containers cannot join besides.`,
      remedy: 'Make one: docker network create my-network, or new Network().start() with testcontainers.',
    });
  }
  return { ...rest, network: known.id };
}
