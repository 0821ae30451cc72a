import type { Engine, Labels } from './engine.ts';
import { withCreate, withParts } from './with-parts.ts';

/**
 * An engine on which all that is made carries `labels` too, so that somebody else can remove it. Not images, whose layers would be others with
 * each new value, nor what all processes share.
 */
export function withLabels(engine: Engine, labels: Labels): Engine {
  const labelled = <S extends { readonly labels: Labels }>(spec: S): S =>
    spec.labels['sm-local.kind'] === shared ? spec : { ...spec, labels: { ...labels, ...spec.labels } };
  const { networks, volumes, containers } = engine;
  return withParts(engine, {
    networks: {
      create: (spec) => networks.create(labelled(spec)),
      remove: (id) => networks.remove(id),
      list: (wanted) => networks.list(wanted),
      find: (network) => networks.find(network),
      gateway: (network) => networks.gateway(network),
    },
    volumes: {
      create: (spec) => volumes.create(labelled(spec)),
      remove: (name) => volumes.remove(name),
      list: (wanted) => volumes.list(wanted),
    },
    containers: withCreate(containers, (spec) => containers.create(labelled(spec))),
  });
}

/** The network of credentials. */
const shared = 'credentials';
