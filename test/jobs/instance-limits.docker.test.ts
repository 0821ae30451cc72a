import assert from 'node:assert/strict';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { openEmulator } from '../../src/emulator.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { neverStopped } from '../../src/stop.ts';
import { planTraining, train } from '../../src/training-jobs/train.ts';
import { withLeftoverCheck } from '../support/leftovers.ts';
import { fixtureImage, fixtureTag, testEngine } from '../support/real-engine.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('A job with the limits of its instance type', function () {
  this.timeout(60_000);
  withLeftoverCheck();
  before(() => fixtureImage('train-noop'));

  /** The real one, as if its machine had so much memory, since the smallest instance has 4 GiB to fill. */
  function engineWith(memory: number): Engine {
    const engine = testEngine();
    const describe = async () => ({ ...(await engine.describe()), memory });
    return new Proxy(engine, { get: (target, name) => (name === 'describe' ? describe : Reflect.get(target, name, target)) });
  }

  it('that takes more memory than it has is killed, and fails with the reason of the cloud', async () => {
    await using root = await temporaryDirectory();
    await using emulator = await openEmulator({ home: join(root.path, 'home'), engine: engineWith(64 * 2 ** 20) });
    const request: CreateTrainingJobRequest = {
      TrainingJobName: 'limits',
      AlgorithmSpecification: {
        TrainingImage: fixtureTag('train-noop'),
        TrainingInputMode: 'File',
        ContainerEntrypoint: ['python3', '-c', 'print(len(bytearray(1 << 28)))'],
      },
      RoleArn: 'arn:aws:iam::000000000000:role/sm-local',
      OutputDataConfig: { S3OutputPath: pathToFileURL(join(root.path, 'output')).href },
      ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1 },
    };
    const warnings: string[] = [];
    const observer = {
      event: (event: { event: string; message?: string }) => void (event.event === 'warning' && warnings.push(event.message ?? '')),
      log() {},
    };
    const options = { stopGrace: 1, instanceLimits: true };
    const image = { kind: 'image', reference: fixtureTag('train-noop') } as const;
    const plan = await planTraining(emulator, { request, image, options }, observer, neverStopped.stop);
    assert.match(warnings.join(), /ml\.m5\.large has 2 vCPUs and 8 GiB; this engine has \d+ and 0\.1/);
    const record = await train(emulator, plan, observer, neverStopped);
    assert.equal(
      record.failureReason,
      'ClientError: Please use an instance type with more memory, or reduce the size of job data processed on an instance.',
    );
  });
});
