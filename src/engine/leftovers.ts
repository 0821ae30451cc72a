import { setTimeout as sleep } from 'node:timers/promises';
import { isError } from '../errors.ts';
import type { Engine, Labels } from './engine.ts';

export interface Removed {
  readonly containers: number;
  readonly networks: number;
  readonly volumes: number;
}

type IsLeftover = (labels: Labels) => Promise<boolean>;

/**
 * Removes everything in the engine that carries `labels` and that `isLeftover` says nobody owns; what others own is not touched. What cannot be
 * removed keeps nothing else. Errors: trouble of the engine, the first there was.
 */
export async function removeLeftovers(engine: Engine, labels: Labels, isLeftover: IsLeftover): Promise<Removed> {
  const sum = { containers: 0, networks: 0, volumes: 0 };
  for (let pause = 50; ; pause *= 2) {
    const { removed, failures } = await removeOnce(engine, labels, isLeftover);
    for (const kind of ['containers', 'networks', 'volumes'] as const) sum[kind] += removed[kind];
    if (failures.length === 0) return sum;
    const isHeld = failures.every((error) => isError(error, 'EngineFailed') && error.detail.isInUse);
    if (!isHeld || pause > longestPause) throw failures[0];
    await sleep(pause);
  }
}

/** Milliseconds. A container that a process asked for which died then has its volumes and networks before an engine lists it. */
const longestPause = 1600;

async function removeOnce(engine: Engine, labels: Labels, isLeftover: IsLeftover): Promise<{ removed: Removed; failures: unknown[] }> {
  const failures: unknown[] = [];
  const removeAll = async <T extends { readonly labels: Labels }>(
    found: readonly T[],
    remove: (one: T) => Promise<void>,
  ): Promise<number> => {
    const results = await Promise.allSettled(
      found.map(async (one) => {
        if (!(await isLeftover(one.labels))) return false;
        await remove(one);
        return true;
      }),
    );
    for (const result of results) if (result.status === 'rejected') failures.push(result.reason);
    return results.filter((result) => result.status === 'fulfilled' && result.value).length;
  };
  // Containers first: networks and volumes cannot go while one uses them.
  const containers = await removeAll(await engine.containers.list(labels), ({ id }) => engine.containers.remove(id));
  const [networks, volumes] = await Promise.all([
    engine.networks.list(labels).then((found) => removeAll(found, ({ id }) => engine.networks.remove(id))),
    engine.volumes.list(labels).then((found) => removeAll(found, ({ name }) => engine.volumes.remove(name))),
  ]);
  return { removed: { containers, networks, volumes }, failures };
}

/** Whether it is of the home at `path`, or of one below that. */
export const isOfHome = ({ 'sm-local.home': of = '' }: Labels, path: string): boolean => `${of}/`.startsWith(`${path}/`);
