import type { CapacitySize, CreateEndpointConfigInput, DeploymentConfig } from '@aws-sdk/client-sagemaker';
import { type BrokenRule, refusal } from './broken-rule.ts';

/**
 * How a fleet replaces another. Sources: "Deployment guardrails" of the developer guide; API Reference, DeploymentConfig. Shares and
 * progress are from 0 to 1, durations in seconds.
 */
export type Deployment = BlueGreen | Rolling;

interface Guarded {
  readonly alarms: readonly string[];
  /** `MaximumExecutionTimeoutInSeconds`: what takes longer is rolled back. */
  readonly timeout: number | undefined;
  /** `WaitIntervalInSeconds`: the baking period after each shift of traffic, in which the alarms are watched. */
  readonly bake: number;
}

/** A whole new fleet beside the old one, which takes over the traffic step by step. */
export interface BlueGreen extends Guarded {
  readonly kind: 'BlueGreen';
  /** Share of the traffic that the new fleet gets, step by step; the last is 1. */
  readonly shares: readonly number[];
  /** `TerminationWaitInSeconds`, after the last step. */
  readonly terminationWait: number;
}

/** A batch of new instances in place of as many old ones, batch by batch. */
export interface Rolling extends Guarded {
  readonly kind: 'Rolling';
  /** Part of the new fleet that is there after each batch; the last is 1. */
  readonly progress: readonly number[];
  /** The same for the way back, of the old fleet. */
  readonly rollback: readonly number[];
}

/** How many instances the production variants of a configuration have in all. */
export const instancesOf = ({ ProductionVariants = [] }: Pick<CreateEndpointConfigInput, 'ProductionVariants'>): number =>
  ProductionVariants.reduce((sum, { InitialInstanceCount = 1 }) => sum + InitialInstanceCount, 0);

/** The deployment that a `DeploymentConfig` asks for; all at once without one. `instances`: how many the new fleet has. */
export function deploymentOf(config: DeploymentConfig | undefined, instances: number): Deployment {
  const { BlueGreenUpdatePolicy: blueGreen, RollingUpdatePolicy: rolling, AutoRollbackConfiguration: rollback } = config ?? {};
  const alarms = (rollback?.Alarms ?? []).flatMap(({ AlarmName }) => AlarmName ?? []);
  if (rolling) {
    return {
      kind: 'Rolling',
      alarms,
      timeout: rolling.MaximumExecutionTimeoutInSeconds,
      bake: rolling.WaitIntervalInSeconds ?? 0,
      progress: steps(partOf(rolling.MaximumBatchSize, instances)),
      rollback: steps(rolling.RollbackMaximumBatchSize ? partOf(rolling.RollbackMaximumBatchSize, instances) : 1),
    };
  }
  const routing = blueGreen?.TrafficRoutingConfiguration;
  return {
    kind: 'BlueGreen',
    alarms,
    timeout: blueGreen?.MaximumExecutionTimeoutInSeconds,
    bake: routing?.WaitIntervalInSeconds ?? 0,
    shares: sharesOf(routing, instances),
    terminationWait: blueGreen?.TerminationWaitInSeconds ?? 0,
  };
}

function sharesOf(routing: NonNullable<DeploymentConfig['BlueGreenUpdatePolicy']>['TrafficRoutingConfiguration'], instances: number) {
  switch (routing?.Type) {
    case 'CANARY':
      return [partOf(routing.CanarySize, instances), 1];
    case 'LINEAR':
      return steps(partOf(routing.LinearStepSize, instances));
    default:
      return [1];
  }
}

/** At least one instance, at most all of them: what is asked for in percent is rounded up to whole instances (inferred). */
function partOf(size: CapacitySize | undefined, instances: number): number {
  const { Type, Value = 1 } = size ?? {};
  const count = Type === 'CAPACITY_PERCENT' ? Math.ceil((instances * Value) / 100) : Value;
  return Math.min(1, Math.max(1, count) / Math.max(1, instances));
}

function steps(part: number): readonly number[] {
  const count = Math.ceil(1 / part - 1e-9);
  return Array.from({ length: count }, (_, index) => (index === count - 1 ? 1 : part * (index + 1)));
}

/**
 * Refuses a deployment whose sizes the service does not take. `instances`: how many the new fleet has. Source of the bounds: API Reference,
 * TrafficRoutingConfig and RollingUpdatePolicy; of the single instance: users' reports. Errors: InvalidRequest with everything found.
 */
export function checkDeploymentRules(config: DeploymentConfig | undefined, instances: number): void {
  const refused = refusal([...inDeployment(config ?? {}, instances)]);
  if (refused) throw refused;
}

function* inDeployment(
  { BlueGreenUpdatePolicy: blueGreen, RollingUpdatePolicy: rolling }: DeploymentConfig,
  instances: number,
): Generator<BrokenRule> {
  if (blueGreen && rolling) {
    yield {
      message: 'BlueGreenUpdatePolicy and RollingUpdatePolicy cannot be used together.',
      remedy: 'Remove one of them.',
    };
  }
  const routing = blueGreen?.TrafficRoutingConfiguration;
  if (routing?.Type === 'CANARY') yield* inSize('CanarySize', routing.CanarySize, { least: 0, most: 50, instances });
  if (routing?.Type === 'LINEAR') yield* inSize('LinearStepSize', routing.LinearStepSize, { least: 10, most: 50, instances });
  if (!rolling) return;
  if (instances < 2) {
    yield {
      message: 'Cannot update endpoint with single instance using RollingUpdatePolicy',
      remedy: 'Use BlueGreenUpdatePolicy, or give the variant more instances.',
    };
    return;
  }
  yield* inSize('MaximumBatchSize', rolling.MaximumBatchSize, { least: 5, most: 50, instances });
  if (rolling.RollbackMaximumBatchSize) {
    yield* inSize('RollbackMaximumBatchSize', rolling.RollbackMaximumBatchSize, { least: 5, most: 100, instances });
  }
}

interface Bounds {
  /** Percent of the new fleet. */
  readonly least: number;
  readonly most: number;
  readonly instances: number;
}

/** Of a number of instances only the upper bound holds: one instance of many may be less than the least percentage. */
function* inSize(name: string, size: CapacitySize | undefined, { least, most, instances }: Bounds): Generator<BrokenRule> {
  const { Type, Value } = size ?? {};
  if (Type === undefined || Value === undefined) {
    yield { message: `${name} is missing.`, remedy: `Add ${name} with Type and Value.` };
  } else if (Type === 'CAPACITY_PERCENT' && (Value < least || Value > most)) {
    yield {
      message: `${name}: ${Value} percent is not between ${least} and ${most}.`,
      remedy: `Give it a Value from ${Math.max(1, least)} to ${most}.`,
    };
  } else if (Type === 'INSTANCE_COUNT' && Value > Math.max(1, Math.floor((instances * most) / 100))) {
    yield {
      message: `${name}: ${Value} instances are more than ${most} percent of the new fleet, which has ${instances}.`,
      remedy: `Give it a Value of at most ${Math.max(1, Math.floor((instances * most) / 100))}.`,
    };
  }
}
