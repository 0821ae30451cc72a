import type { MetricsScrape } from '../contract/container-metrics.ts';
import type { Limits } from '../contract/limits.ts';
import { type ServingContainer, servingCommand, servingEnvironment, servingHostname, servingPort } from '../contract/serving.ts';
import type { ContainerSpec, Labels, Mount } from '../engine/engine.ts';
import { containerProxies, type Proxies, withProxies } from '../engine/proxies.ts';
import type { VariantPlan } from './fleet.ts';
import type { RoutingStrategy } from './routing.ts';

/** What a variant is made of whose instances run one container. */
export interface VariantInput extends ServingContainer {
  /** Default: `AllTraffic`, as AWS's own SDK names the only variant. */
  readonly variant?: string;
  /** Default 1. */
  readonly instanceCount?: number;
  /** Default 1. */
  readonly weight?: number;
  /** Default RANDOM. */
  readonly routing?: RoutingStrategy;
  readonly limits: Limits;
  /** Image id. */
  readonly image: string;
  /** What the image is called in the model; the id by default. */
  readonly imageName?: string;
  /** How its containers are asked for metrics of their own, if they are. */
  readonly metrics?: MetricsScrape | undefined;
  /** The model and whatever else its directories hold. */
  readonly mounts: readonly Mount[];
  /** Labels of everything the endpoint creates; a variant adds `sm-local.variant`, each instance its own `sm-local.host`. */
  readonly labels: Labels;
  /** How its containers reach the world through proxies; those that are isolated from it do not get them. */
  readonly proxies?: Proxies | undefined;
  /** How its containers reach the world, how much memory they have, …: whatever is not the contract's. */
  readonly container?: Partial<
    Pick<ContainerSpec, 'network' | 'networks' | 'extraHosts' | 'patches' | 'shmSize' | 'memory' | 'cpus' | 'gpus' | 'ulimits'>
  >;
}

/** One variant, and how each of its instances is made. */
export function planVariant(input: VariantInput): VariantPlan {
  const {
    variant = 'AllTraffic',
    instanceCount = 1,
    weight = 1,
    routing = 'RANDOM',
    limits,
    image,
    imageName,
    mounts,
    labels,
    metrics,
    container,
  } = input;
  const proxies = input.isNetworkIsolated ? undefined : containerProxies(input.proxies);
  const environment = withProxies(servingEnvironment(input), proxies);
  return {
    name: variant,
    instanceCount,
    weight,
    routing,
    limits,
    image: imageName ?? image,
    imageId: image,
    template: {
      port: servingPort,
      metrics,
      container: {
        ...container,
        image,
        command: servingCommand,
        environment,
        hostname: servingHostname,
        labels: { ...labels, 'sm-local.variant': variant },
        mounts,
      },
    },
  };
}
