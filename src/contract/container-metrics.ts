import type { ContainerDefinition, CreateEndpointConfigInput } from '@aws-sdk/client-sagemaker';

/** How a container is asked for metrics of its own. */
export interface MetricsScrape {
  /** On the port of its server. */
  readonly path: string;
  /** Seconds from one time to the next. */
  readonly interval: number;
}

/**
 * What an endpoint configuration and a model's container ask for; undefined when nobody asks. The interval of the container's own endpoint
 * wins over that of the configuration, which is for all metrics (inferred). Source: API Reference, MetricsConfig, ContainerMetricsConfig and
 * MetricsEndpoint.
 */
export function metricsScrape(
  { MetricsConfig: config }: Pick<CreateEndpointConfigInput, 'MetricsConfig'>,
  { ContainerMetricsConfig: container }: Pick<ContainerDefinition, 'ContainerMetricsConfig'>,
): MetricsScrape | undefined {
  if (config?.EnableDetailedObservability !== true) return undefined;
  const [own] = container?.MetricsEndpoints ?? [];
  return {
    path: own?.MetricsEndpointPath || '/metrics',
    interval: own?.MetricPublishFrequencyInSeconds ?? config.MetricPublishFrequencyInSeconds ?? 60,
  };
}
