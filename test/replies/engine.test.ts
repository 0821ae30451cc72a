import assert from 'node:assert/strict';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  CreateTrainingJobCommand,
  DeleteEndpointCommand,
  DescribeTrainingJobCommand,
  SageMakerClient,
  waitUntilEndpointDeleted,
  waitUntilEndpointInService,
  waitUntilTrainingJobCompletedOrStopped,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { startEmulator } from '../../src/library/emulator.ts';
import { ReceivedRequests } from '../../src/library/received.ts';
import { repliesEngine } from '../../src/replies/engine.ts';
import { Scope } from '../../src/scope.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import '../support/aws-client.ts';

describe('an engine of canned replies under the whole of AWS’s API', () => {
  const scope = new Scope();
  const received = new ReceivedRequests();
  const engine = repliesEngine({ body: { predictions: [1] } }, { onRequest: (request) => received.add(request) });
  const role = 'arn:aws:iam::000000000000:role/any';
  let home: string;
  let client: SageMakerClient;
  let runtime: SageMakerRuntimeClient;
  before(async () => {
    home = scope.use(await temporaryDirectory()).path;
    const emulator = scope.use(await startEmulator({ engine, home, ephemeral: true, credentials: 'none' }));
    client = new SageMakerClient(emulator.clientConfig);
    runtime = new SageMakerRuntimeClient(emulator.clientConfig);
    scope.defer(() => client.destroy());
    scope.defer(() => runtime.destroy());
  });
  after(() => scope[Symbol.asyncDispose]());

  it('serves what was created, by any image, and deletes it', async function () {
    this.timeout(20_000); // the shortest wait of AWS's waiters is a second
    const Image = '763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference:2.0-cpu';
    await client.send(new CreateModelCommand({ ModelName: 'm', PrimaryContainer: { Image }, ExecutionRoleArn: role }));
    const variant = { VariantName: 'one', ModelName: 'm', InstanceType: 'ml.m5.large', InitialInstanceCount: 2 } as const;
    await client.send(new CreateEndpointConfigCommand({ EndpointConfigName: 'c', ProductionVariants: [variant] }));
    await client.send(new CreateEndpointCommand({ EndpointName: 'e', EndpointConfigName: 'c' }));
    const wait = { client, maxWaitTime: 20, minDelay: 1, maxDelay: 1 };
    await waitUntilEndpointInService(wait, { EndpointName: 'e' });
    const answer = await runtime.send(new InvokeEndpointCommand({ EndpointName: 'e', Body: '1', ContentType: 'text/csv' }));
    assert.equal(answer.Body.transformToString(), '{"predictions":[1]}');
    assert.deepEqual([received.last?.endpoint, received.last?.variant], ['e', 'one']);
    await client.send(new DeleteEndpointCommand({ EndpointName: 'e' }));
    await waitUntilEndpointDeleted(wait, { EndpointName: 'e' });
    assert.deepEqual(await engine.containers.list({}), []);
    assert.deepEqual(await engine.volumes.list({}), []);
  });

  it('trains nothing: its images have no such program', async function () {
    this.timeout(20_000);
    await client.send(
      new CreateTrainingJobCommand({
        TrainingJobName: 'j',
        AlgorithmSpecification: { TrainingImage: 'any', TrainingInputMode: 'File' },
        RoleArn: role,
        OutputDataConfig: { S3OutputPath: `file://${home}/out` },
        ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
        StoppingCondition: { MaxRuntimeInSeconds: 60 },
      }),
    );
    await assert.rejects(
      waitUntilTrainingJobCompletedOrStopped({ client, maxWaitTime: 20, minDelay: 1, maxDelay: 1 }, { TrainingJobName: 'j' }),
    );
    const { TrainingJobStatus, FailureReason } = await client.send(new DescribeTrainingJobCommand({ TrainingJobName: 'j' }));
    assert.equal(TrainingJobStatus, 'Failed');
    assert.equal(FailureReason, 'AlgorithmError: , exit code: 127', 'as of an image without the program train');
  });
});
