import assert from 'node:assert/strict';
import { TrainingInstanceType } from '@aws-sdk/client-sagemaker';
import { instanceSize } from '../../src/contract/instance-types.ts';

describe('The size of an instance', () => {
  it('is known of every type that training takes', () => {
    const unknown = Object.values(TrainingInstanceType).filter((type) => !instanceSize(type));
    assert.deepEqual(unknown, []);
  });

  it("is that of AWS's tables", () => {
    const sizes = [
      'ml.m5.large',
      'ml.c5.18xlarge',
      'ml.r7i.48xlarge',
      'ml.c4.8xlarge',
      'ml.t3.medium',
      'ml.p3.16xlarge',
      'ml.trn1.2xlarge',
    ];
    assert.deepEqual(sizes.map(instanceSize), [
      { vcpus: 2, memory: 8, gpus: 0 },
      { vcpus: 72, memory: 144, gpus: 0 },
      { vcpus: 192, memory: 1536, gpus: 0 },
      { vcpus: 36, memory: 60, gpus: 0 },
      { vcpus: 2, memory: 4, gpus: 0 },
      { vcpus: 64, memory: 488, gpus: 8 },
      { vcpus: 8, memory: 32, gpus: 0 },
    ]);
  });

  it('is not made up for another type', () => {
    for (const type of ['ml.m5.metal', 'ml.x9.large', 'ml.g5.large', 'm5', '', 'ml.constructor.large'])
      assert.equal(instanceSize(type), undefined);
  });
});
