import type { EndpointStatus } from '@aws-sdk/client-sagemaker';
import { pingFailed, reason } from '../contract/failure.ts';
import { servingContainerName } from '../contract/serving.ts';
import type { Exit } from '../engine/engine.ts';
import { reasonOf } from '../errors.ts';
import { deploymentFailureReason } from './deployment-failure.ts';
import { type Fleet, LaunchFailed } from './fleet.ts';
import { DeploymentStopped } from './rollout.ts';

/** The variants of an endpoint as they are, for DescribeEndpoint. */
export interface EndpointState {
  readonly configName: string | undefined;
  readonly variants: readonly VariantState[];
  readonly shadow: VariantState | undefined;
  /** What its variants are about; undefined when nothing is under way. */
  readonly phase: VariantPhase | undefined;
  /** Those that are about to take over. */
  readonly pending: { readonly configName: string; readonly variants: readonly VariantState[] } | undefined;
}

/** `VariantStatus`. Source: API Reference, ProductionVariantStatus. */
export type VariantPhase = 'Creating' | 'Updating' | 'Deleting' | 'ActivatingTraffic' | 'Baking';

export interface VariantState {
  readonly name: string;
  readonly image: string;
  readonly imageId: string;
  readonly weight: number;
  readonly instances: number;
  readonly desiredInstances: number;
}

export interface EndpointFailure {
  /** `FailureReason`, at most 1024 characters. */
  readonly reason: string;
  /** The error behind it, when it was not the image that failed its health check: tells who has to act. */
  readonly error?: Error;
  /** How the program ended that did so by itself, before it was healthy. */
  readonly exit?: Exit;
}

/** What the variants of an endpoint are about in this status. */
export function phaseOf(status: EndpointStatus): VariantPhase | undefined {
  if (status === 'RollingBack') return 'Updating';
  return status === 'Creating' || status === 'Updating' || status === 'Deleting' ? status : undefined;
}

export const stateOf = ({ plan, weight, desired, serving }: Fleet): VariantState => ({
  name: plan.name,
  image: plan.image,
  imageId: plan.imageId,
  weight,
  instances: serving,
  desiredInstances: desired,
});

/** In the cloud's words where it is the image's fault. */
export function failureOf(error: unknown): EndpointFailure {
  if (error instanceof DeploymentStopped) return { reason: reason(error.message) };
  if (!(error instanceof LaunchFailed)) return { reason: deploymentFailureReason(error), error: error as Error };
  const { variant, launch } = error;
  const exit = launch.outcome === 'NotHealthy' ? launch.exit : undefined;
  if (launch.outcome !== 'NotStarted') return { reason: pingFailed(variant, servingContainerName), ...(exit && { exit }) };
  return { reason: reason(reasonOf(launch.error)), error: launch.error };
}
