import assert from 'node:assert/strict';
import type { DeploymentConfig } from '@aws-sdk/client-sagemaker';
import { checkDeploymentRules, deploymentOf } from '../../src/contract/deployment.ts';
import { isError } from '../../src/errors.ts';

const percent = (Value: number) => ({ Type: 'CAPACITY_PERCENT' as const, Value });
const count = (Value: number) => ({ Type: 'INSTANCE_COUNT' as const, Value });
type Routing = NonNullable<DeploymentConfig['BlueGreenUpdatePolicy']>['TrafficRoutingConfiguration'];
const routed = (routing: Partial<NonNullable<Routing>>): DeploymentConfig => ({
  BlueGreenUpdatePolicy: {
    TrafficRoutingConfiguration: { Type: 'ALL_AT_ONCE', WaitIntervalInSeconds: 30, ...routing },
    TerminationWaitInSeconds: 5,
  },
});
const rolling = (MaximumBatchSize: ReturnType<typeof percent> | ReturnType<typeof count>): DeploymentConfig => ({
  RollingUpdatePolicy: { MaximumBatchSize, WaitIntervalInSeconds: 30 },
});

describe('a deployment', () => {
  it('is all at once, without a wait, unless something else is asked for', () => {
    assert.deepEqual(deploymentOf(undefined, 3), {
      ...{ kind: 'BlueGreen', alarms: [], timeout: undefined, bake: 0, shares: [1], terminationWait: 0 },
    });
  });

  it('shifts a canary, then the rest', () => {
    const shares = (size: Parameters<typeof rolling>[0], instances: number) => {
      const deployment = deploymentOf(routed({ Type: 'CANARY', CanarySize: size }), instances);
      return deployment.kind === 'BlueGreen' && deployment.shares;
    };
    assert.deepEqual(shares(percent(25), 4), [0.25, 1]);
    assert.deepEqual(shares(percent(10), 4), [0.25, 1]); // whole instances
    assert.deepEqual(shares(count(1), 10), [0.1, 1]);
    assert.deepEqual(shares(percent(25), 1), [1, 1]); // the only instance is the canary
  });

  it('shifts in equal steps, the last of which brings it to the whole', () => {
    const deployment = deploymentOf(routed({ Type: 'LINEAR', LinearStepSize: percent(30) }), 10);
    assert.deepEqual(deployment.kind === 'BlueGreen' && deployment.shares, [0.3, 0.6, 0.8999999999999999, 1]);
    assert.deepEqual([deployment.bake, deployment.kind === 'BlueGreen' && deployment.terminationWait], [30, 5]);
  });

  it('rolls in batches, and back at once unless a size is given', () => {
    const one = deploymentOf(rolling(count(1)), 3);
    assert.deepEqual(one.kind === 'Rolling' && [one.progress, one.rollback], [[1 / 3, 2 / 3, 1], [1]]);
    const config = {
      RollingUpdatePolicy: { ...rolling(percent(50)).RollingUpdatePolicy, RollbackMaximumBatchSize: percent(50) },
    } as DeploymentConfig;
    const half = deploymentOf(config, 4);
    assert.deepEqual(half.kind === 'Rolling' && [half.progress, half.rollback], [
      [0.5, 1],
      [0.5, 1],
    ]);
  });

  it('has its alarms and its time', () => {
    const config = {
      ...rolling(count(1)),
      AutoRollbackConfiguration: { Alarms: [{ AlarmName: 'a' }, { AlarmName: 'b' }] },
    };
    const { alarms, timeout } = deploymentOf(
      { ...config, RollingUpdatePolicy: { ...config.RollingUpdatePolicy, MaximumExecutionTimeoutInSeconds: 600 } } as DeploymentConfig,
      2,
    );
    assert.deepEqual([alarms, timeout], [['a', 'b'], 600]);
  });

  it('of sizes that the service takes is let through', () => {
    for (const config of [
      undefined,
      routed({}),
      routed({ Type: 'CANARY', CanarySize: percent(50) }),
      routed({ Type: 'CANARY', CanarySize: count(1) }),
      routed({ Type: 'LINEAR', LinearStepSize: percent(10) }),
      rolling(percent(5)),
      rolling(count(2)),
    ]) {
      checkDeploymentRules(config, 4);
    }
  });

  for (const [why, config, instances, message] of [
    ['two policies', { ...routed({}), ...rolling(count(1)) }, 4, /cannot be used together/],
    ['a canary without a size', routed({ Type: 'CANARY' }), 4, /CanarySize is missing/],
    [
      'a canary of more than half',
      routed({ Type: 'CANARY', CanarySize: percent(51) }),
      4,
      /CanarySize: 51 percent is not between 0 and 50/,
    ],
    [
      'a canary of more than half of the instances',
      routed({ Type: 'CANARY', CanarySize: count(3) }),
      4,
      /CanarySize: 3 instances are more than 50 percent/,
    ],
    ['small steps', routed({ Type: 'LINEAR', LinearStepSize: percent(9) }), 4, /LinearStepSize: 9 percent is not between 10 and 50/],
    ['rolling a single instance', rolling(count(1)), 1, /^Cannot update endpoint with single instance using RollingUpdatePolicy$/],
    ['small batches', rolling(percent(4)), 4, /MaximumBatchSize: 4 percent/],
  ] as const) {
    it(`is refused for ${why}`, () => {
      assert.throws(
        () => checkDeploymentRules(config, instances),
        (error) => isError(error, 'InvalidRequest') && message.test(error.message),
      );
    });
  }
});
