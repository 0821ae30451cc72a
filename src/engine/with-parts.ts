import type { Containers, Engine } from './engine.ts';

/** The same engine but for some of its parts. */
export const withParts = (engine: Engine, parts: Partial<Pick<Engine, 'networks' | 'volumes' | 'containers'>>): Engine => ({
  address: engine.address,
  describe: () => engine.describe(),
  settings: () => engine.settings(),
  ping: () => engine.ping(),
  events: (wanted, signal) => engine.events(wanted, signal),
  reach: (port) => engine.reach(port),
  images: engine.images,
  networks: engine.networks,
  volumes: engine.volumes,
  containers: engine.containers,
  ...parts,
  [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
});

/** The same containers, made in another way. */
export const withCreate = (containers: Containers, create: Containers['create']): Containers => ({
  create,
  open: (id) => containers.open(id),
  ensureStarted: (id) => containers.ensureStarted(id),
  startAgain: (id) => containers.startAgain(id),
  list: (wanted) => containers.list(wanted),
  remove: (id) => containers.remove(id),
});
