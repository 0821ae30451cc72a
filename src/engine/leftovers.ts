import type { Engine, Labels } from './engine.ts';

export interface Removed {
  readonly containers: number;
  readonly networks: number;
  readonly volumes: number;
}

/** Removes everything in the engine that carries `labels` and that `isLeftover` says nobody owns; what others own is not touched. */
export async function removeLeftovers(engine: Engine, labels: Labels, isLeftover: (labels: Labels) => Promise<boolean>): Promise<Removed> {
  const removeAll = async <T extends { readonly labels: Labels }>(
    found: readonly T[],
    remove: (one: T) => Promise<void>,
  ): Promise<number> => {
    const removed = await Promise.all(
      found.map(async (one) => {
        if (!(await isLeftover(one.labels))) return 0;
        await remove(one);
        return 1;
      }),
    );
    return removed.reduce((sum: number, one) => sum + one, 0);
  };
  // Containers first: networks and volumes cannot go while one uses them.
  const containers = await removeAll(await engine.containers.list(labels), ({ id }) => engine.containers.remove(id));
  const [networks, volumes] = await Promise.all([
    engine.networks.list(labels).then((found) => removeAll(found, ({ id }) => engine.networks.remove(id))),
    engine.volumes.list(labels).then((found) => removeAll(found, ({ name }) => engine.volumes.remove(name))),
  ]);
  return { containers, networks, volumes };
}

/** Whether it is of the home at `path`, or of one below that. */
export const isOfHome = ({ 'sm-local.home': of = '' }: Labels, path: string): boolean => `${of}/`.startsWith(`${path}/`);
