import assert from 'node:assert/strict';
import type { CreateTrainingJobRequest, TrainingInstanceType } from '@aws-sdk/client-sagemaker';
import { isError } from '../../src/errors.ts';
import { hostLimits, shortOfInstances } from '../../src/jobs/instance-limits.ts';

const gib = 2 ** 30;
const of = (InstanceType: string): CreateTrainingJobRequest =>
  ({ ResourceConfig: { InstanceType: InstanceType as TrainingInstanceType, InstanceCount: 2 } }) as CreateTrainingJobRequest;

describe('The limits of an instance type', () => {
  it('are its processors and its memory', () => {
    assert.deepEqual(hostLimits('ml.m5.large', { cpus: 8, memory: 32 * gib }), { cpus: 2, memory: 8 * gib });
    assert.deepEqual(shortOfInstances(of('ml.m5.large'), { cpus: 8, memory: 32 * gib }, false), []);
  });

  it('are no more than the engine has, which is said once', () => {
    const machine = { cpus: 4, memory: 7.75 * gib };
    assert.deepEqual(hostLimits('ml.r5.16xlarge', machine), machine);
    assert.deepEqual(shortOfInstances(of('ml.r5.16xlarge'), machine, false), [
      'ml.r5.16xlarge has 64 vCPUs and 512 GiB; this engine has 4 and 7.8, which is all that its containers get.',
    ]);
  });

  it('tell of GPUs that the container does not get', () => {
    const machine = { cpus: 64, memory: 512 * gib };
    assert.deepEqual(shortOfInstances(of('ml.p3.8xlarge'), machine, false), [
      'ml.p3.8xlarge has 4 GPUs; without --gpus its containers have none.',
    ]);
    assert.deepEqual(shortOfInstances(of('ml.p3.8xlarge'), machine, true), []);
  });

  it('are those of each instance group', () => {
    const groups = ['ml.m5.large', 'ml.m5.4xlarge'].map((InstanceType) => ({
      InstanceGroupName: InstanceType,
      InstanceType,
      InstanceCount: 1,
    }));
    const request = { ResourceConfig: { InstanceGroups: groups } } as CreateTrainingJobRequest;
    assert.deepEqual(
      shortOfInstances(request, { cpus: 2, memory: 16 * gib }, false).map((text) => text.split(' ')[0]),
      ['ml.m5.4xlarge'],
    );
  });

  it('are refused for a type of unknown size', () => {
    assert.throws(
      () => hostLimits('ml.x9.large', { cpus: 1, memory: gib }),
      (error) => isError(error, 'InvalidRequest') && /--instance-limits/.test(error.remedy),
    );
  });
});
