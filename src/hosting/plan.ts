import { type ServingContainer, servingCommand, servingEnvironment, servingHostname, servingPort } from '../contract/serving.ts';
import type { ContainerSpec, Labels, Mount } from '../engine/engine.ts';
import { containerProxies, type Proxies, withProxies } from '../engine/proxies.ts';
import type { EndpointPlan } from './endpoint.ts';

/** What a one-container endpoint is made of. */
export interface EndpointInput extends ServingContainer {
  readonly name: string;
  /** Default: `AllTraffic`, as AWS's own SDK names the only variant. */
  readonly variant?: string;
  /** Default 1. */
  readonly instanceCount?: number;
  /** Image id. */
  readonly image: string;
  /** The model and whatever else its directories hold. */
  readonly mounts: readonly Mount[];
  /** Labels of everything the endpoint creates; each instance adds its own `sm-local.host`. */
  readonly labels: Labels;
  /** How its containers reach the world through proxies; those that are isolated from it do not get them. */
  readonly proxies?: Proxies | undefined;
  /** How its containers reach the world, how much memory they have, …: whatever is not the contract's. */
  readonly container?: Partial<Pick<ContainerSpec, 'network' | 'extraHosts' | 'shmSize' | 'memory' | 'cpus' | 'gpus' | 'ulimits'>>;
}

/** One variant; `instanceId` gives each instance its name, e.g. `i-0a1b…`. */
export function planEndpoint(input: EndpointInput, instanceId: () => string): EndpointPlan {
  const { name, variant = 'AllTraffic', instanceCount = 1, image, mounts, labels, container } = input;
  const proxies = input.isNetworkIsolated ? undefined : containerProxies(input.proxies);
  const environment = withProxies(servingEnvironment(input), proxies);
  const instances = Array.from({ length: instanceCount }, () => {
    const id = instanceId();
    return {
      id,
      port: servingPort,
      container: {
        ...container,
        image,
        command: servingCommand,
        environment,
        hostname: servingHostname,
        labels: { ...labels, 'sm-local.host': id },
        mounts,
      },
    };
  });
  return { name, variants: [{ name: variant, instances }] };
}
