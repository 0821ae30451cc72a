import type { Engine, Labels } from './engine.ts';

/**
 * An engine on which all that is made carries `labels` too, so that somebody else can remove it. Not images, whose layers would be others with
 * each new value, nor what all processes share.
 */
export function withLabels(engine: Engine, labels: Labels): Engine {
  const labelled = <S extends { readonly labels: Labels }>(spec: S): S =>
    spec.labels['sm-local.kind'] === shared ? spec : { ...spec, labels: { ...labels, ...spec.labels } };
  const { images, networks, volumes, containers } = engine;
  return {
    address: engine.address,
    describe: () => engine.describe(),
    settings: () => engine.settings(),
    ping: () => engine.ping(),
    events: (wanted, signal) => engine.events(wanted, signal),
    reach: (port) => engine.reach(port),
    images,
    networks: { ...networks, create: (spec) => networks.create(labelled(spec)) },
    volumes: { ...volumes, create: (spec) => volumes.create(labelled(spec)) },
    containers: { ...containers, create: (spec) => containers.create(labelled(spec)) },
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}

/** The network of credentials. */
const shared = 'credentials';
