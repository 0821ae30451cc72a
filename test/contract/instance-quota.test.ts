import assert from 'node:assert/strict';
import type { CreateEndpointConfigInput, CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { checkEndpointConfigRules } from '../../src/contract/hosting-rules.ts';
import { checkTrainingRules } from '../../src/contract/training-rules.ts';
import { isError } from '../../src/errors.ts';

describe('the quota of instances', () => {
  const refusedInAwsWords = (error: unknown): boolean =>
    isError(error, 'InstanceQuota') &&
    error.aws.type === 'ResourceLimitExceeded' &&
    /^The account-level service limit 'ml\.m5\.large for (training job|endpoint) usage' is 100 Instances, with current utilization/.test(
      error.message,
    );
  const job = (ResourceConfig: object) =>
    ({ AlgorithmSpecification: { TrainingImage: 'image', TrainingInputMode: 'File' }, ResourceConfig }) as CreateTrainingJobRequest;

  it('keeps a job from having more than the machine can bear, also in groups', () => {
    checkTrainingRules(job({ InstanceType: 'ml.m5.large', InstanceCount: 100 }));
    assert.throws(() => checkTrainingRules(job({ InstanceType: 'ml.m5.large', InstanceCount: 1_000_000 })), refusedInAwsWords);
    const group = (name: string) => ({ InstanceGroupName: name, InstanceType: 'ml.m5.large', InstanceCount: 60 });
    assert.throws(() => checkTrainingRules(job({ InstanceGroups: [group('a'), group('b')] })), refusedInAwsWords);
  });

  it('keeps a variant from it', () => {
    const config = (InitialInstanceCount: number): CreateEndpointConfigInput => ({
      EndpointConfigName: 'c',
      ProductionVariants: [{ VariantName: 'v', ModelName: 'm', InstanceType: 'ml.m5.large', InitialInstanceCount }],
    });
    checkEndpointConfigRules(config(100));
    assert.throws(() => checkEndpointConfigRules(config(101)), refusedInAwsWords);
  });
});
