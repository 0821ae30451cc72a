// What may be changed of an endpoint, and when.

import type { CreateEndpointConfigInput, UpdateEndpointInput } from '@aws-sdk/client-sagemaker';
import { endpointInProgress } from '../contract/failure.ts';
import { checkInstanceCount } from '../contract/instance-quota.ts';
import { fail } from '../errors.ts';
import type { Endpoint, VariantChange } from '../hosting/endpoint.ts';
import type { EndpointRecord } from '../hosting/record.ts';
import type { HostedEndpoint } from './hosted-endpoint.ts';

/** The configuration with the capture, the weights and the counts that the endpoint has now, for variants of the same name. Source: API Reference, UpdateEndpoint. */
export function retained(
  config: CreateEndpointConfigInput,
  { endpoint, config: before }: HostedEndpoint,
  except: UpdateEndpointInput['ExcludeRetainedVariantProperties'],
): CreateEndpointConfigInput {
  const excluded = new Set(except?.map(({ VariantPropertyType }) => VariantPropertyType));
  const live = new Map(endpoint.state.variants.map((variant) => [variant.name, variant]));
  const { DataCaptureConfig: own, ...rest } = config;
  const capture = excluded.has('DataCaptureConfig') ? own : before.DataCaptureConfig;
  return {
    ...rest,
    ...(capture && { DataCaptureConfig: capture }),
    ProductionVariants: config.ProductionVariants?.map((variant) => {
      const now = live.get(variant.VariantName ?? '');
      return {
        ...variant,
        ...(now && !excluded.has('DesiredInstanceCount') && { InitialInstanceCount: now.desiredInstances }),
        ...(now && !excluded.has('DesiredWeight') && { InitialVariantWeight: now.weight }),
      };
    }),
  };
}

/** What a configuration cannot mean. The service's words are not published; these are ours. */
export function checkChanges(changes: readonly VariantChange[], endpoint: Endpoint): void {
  const names = endpoint.state.variants.map(({ name }) => name);
  for (const { variant, instanceCount } of changes) {
    if (!names.includes(variant)) {
      throw fail('InvalidRequest', {
        message: `The endpoint ${endpoint.name} has no variant ${variant}.`,
        remedy: `It has: ${names.join(', ')}.`,
      });
    }
    checkInstanceCount(variant, 'endpoint', instanceCount ?? 0);
    if (instanceCount === 0) {
      throw fail('InvalidRequest', {
        message: `DesiredInstanceCount of variant ${variant} cannot be 0: a real-time endpoint needs an instance.`,
        remedy: 'Give it at least 1, or take its traffic away with DesiredWeight 0.',
      });
    }
  }
}

/** Errors: InvalidRequest. */
export function checkNotChanging(arn: string, status: EndpointRecord['status']): void {
  if (status === 'Creating' || status === 'Updating' || status === 'RollingBack') throw inProgress(arn, status);
}

/** What is under way must end first. */
export const inProgress = (arn: string, status: string): Error =>
  fail('InvalidRequest', { message: endpointInProgress(arn, status), remedy: 'Wait until it is InService or Failed.' });
