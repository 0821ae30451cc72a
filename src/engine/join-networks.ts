import { fail } from '../errors.ts';
import type { Engine, JoinedNetwork } from './engine.ts';

/**
 * Networks of the user's that containers shall be in besides, by their ids. `isolated`: what asks to be kept from every network, if it does.
 * Errors: NetworkNotFound, WrongUsage, trouble of the engine.
 */
export async function findNetworks(
  engine: Engine,
  wanted: readonly JoinedNetwork[] | undefined,
  isolated: string | undefined,
): Promise<readonly JoinedNetwork[] | undefined> {
  if (!wanted || wanted.length === 0) return undefined;
  const [first] = wanted;
  if (isolated !== undefined) {
    throw fail('WrongUsage', {
      message: `${isolated} asks for EnableNetworkIsolation, so its containers cannot join the network ${first?.network}.`,
      remedy: 'Leave one of the two out.',
    });
  }
  return await Promise.all(wanted.map((joined) => found(engine, joined)));
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
