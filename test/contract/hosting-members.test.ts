import assert from 'node:assert/strict';
import { structures } from '../../src/contract/aws-shapes.ts';
import { type HostingInputs, hostingMembers, hostingMembersWithoutEffect, refuseUnsupported } from '../../src/contract/hosting-members.ts';
import { isError } from '../../src/errors.ts';

const config = (variant: object, changes: object = {}): HostingInputs['CreateEndpointConfigInput'] => ({
  EndpointConfigName: 'c',
  ProductionVariants: [{ VariantName: 'v', ModelName: 'm', InstanceType: 'ml.m5.large', InitialInstanceCount: 1, ...variant }],
  ...changes,
});

describe('the members of requests about endpoints', () => {
  it('are all listed once in every structure that is told of', () => {
    for (const [structure, { emulated = [], stored = [], refused = {} }] of Object.entries(hostingMembers)) {
      assert.deepEqual(
        [...emulated, ...stored, ...Object.keys(refused)].sort(),
        Object.keys(structures[structure] ?? {}).sort(),
        structure,
      );
    }
  });

  it('that have no effect are named', () => {
    const model = { ModelName: 'm', PrimaryContainer: { Image: 'i', ContainerHostname: 'h' }, Tags: [{ Key: 'a', Value: 'b' }] };
    assert.deepEqual(hostingMembersWithoutEffect('CreateModelInput', model), ['PrimaryContainer.ContainerHostname']);
    assert.deepEqual(hostingMembersWithoutEffect('CreateEndpointConfigInput', config({ EnableSSMAccess: true })), [
      'ProductionVariants[0].EnableSSMAccess',
    ]);
    const metrics = (member: string) => config({}, { MetricsConfig: { [member]: true } });
    assert.deepEqual(hostingMembersWithoutEffect('CreateEndpointConfigInput', metrics('EnableEnhancedMetrics')), [
      'MetricsConfig.EnableEnhancedMetrics',
    ]);
    assert.deepEqual(hostingMembersWithoutEffect('CreateEndpointConfigInput', metrics('EnableDetailedObservability')), []);
    assert.deepEqual(hostingMembersWithoutEffect('CreateEndpointConfigInput', config({})), []);
  });

  for (const [what, refuse, message] of [
    [
      'a pipeline',
      () => refuseUnsupported('CreateModelInput', { ModelName: 'm', Containers: [{ Image: 'i' }] }),
      /^Containers is not emulated/,
    ],
    [
      'many models in one container',
      () => refuseUnsupported('CreateModelInput', { ModelName: 'm', PrimaryContainer: { Image: 'i', Mode: 'MultiModel' } }),
      /MultiModel is not emulated/,
    ],
    [
      'a serverless variant',
      () => refuseUnsupported('CreateEndpointConfigInput', config({ ServerlessConfig: { MemorySizeInMB: 1024, MaxConcurrency: 1 } })),
      /^ProductionVariants\[0\]\.ServerlessConfig is not emulated/,
    ],
    [
      'asynchronous invocations',
      () =>
        refuseUnsupported(
          'CreateEndpointConfigInput',
          config({}, { AsyncInferenceConfig: { OutputConfig: { S3OutputPath: 's3://b/o' } } }),
        ),
      /^AsyncInferenceConfig is not emulated/,
    ],
    [
      'inference components',
      () => refuseUnsupported('CreateEndpointConfigInput', config({ ModelName: undefined })),
      /inference components are not emulated/,
    ],
    [
      'routing by prefix',
      () => refuseUnsupported('CreateEndpointConfigInput', config({ RoutingConfig: { RoutingStrategy: 'PREFIX_AWARE' } })),
      /PREFIX_AWARE is not emulated/,
    ],
  ] as const) {
    it(`that ask for ${what} are refused`, () => {
      assert.throws(refuse, (error) => isError(error, 'InvalidRequest') && message.test(error.message));
    });
  }

  it('that ask for one container an instance are let through', () => {
    refuseUnsupported('CreateModelInput', { ModelName: 'm', PrimaryContainer: { Image: 'i', Mode: 'SingleModel' } });
    refuseUnsupported('CreateEndpointConfigInput', config({ RoutingConfig: { RoutingStrategy: 'LEAST_OUTSTANDING_REQUESTS' } }));
  });
});
