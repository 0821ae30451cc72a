import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { CloudWatchLogsClient, DescribeLogStreamsCommand, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import * as sm from '@aws-sdk/client-sagemaker';
import {
  InvokeEndpointCommand,
  InvokeEndpointWithResponseStreamCommand,
  type ResponseStream,
  SageMakerRuntimeClient,
} from '@aws-sdk/client-sagemaker-runtime';
import { Scope } from '../../src/scope.ts';
import { fixtureImage, fixtureTag, leftOf, testEngine } from '../support/real-engine.ts';
import { startUp, type Up } from '../support/up.ts';

describe('sm-local up between two calls of a client', function () {
  this.timeout(240_000); // every call of a command line or of a restart is a process of its own
  let scope: Scope;
  let up: Up;
  const image = fixtureTag('probe');
  before(() => fixtureImage('probe'));
  beforeEach(() => {
    scope = new Scope();
  });
  afterEach(async () => {
    await scope[Symbol.asyncDispose]();
    assert.deepEqual(await leftOf(up.home), [], 'nothing is left in the engine');
  });

  const name = 'restarts';
  const often = { maxWaitTime: 60, minDelay: 1, maxDelay: 1 };
  const role = 'arn:aws:iam::000000000000:role/sm-local';
  const clients = () => {
    const at = { endpoint: up.url, region: 'us-east-1', credentials: { accessKeyId: 'any', secretAccessKey: 'any' } };
    const made = {
      sagemaker: new sm.SageMakerClient(at),
      runtime: new SageMakerRuntimeClient(at),
      s3: new S3Client(at),
      logs: new CloudWatchLogsClient(at),
    };
    for (const client of Object.values(made)) scope.defer(() => client.destroy());
    return made;
  };
  const job = (seconds: number): sm.CreateTrainingJobCommandInput => ({
    TrainingJobName: name,
    AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'File' },
    RoleArn: role,
    HyperParameters: { 'probe-seconds': String(seconds) },
    InputDataConfig: [{ ChannelName: 'train', DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://${name}/data/` } } }],
    OutputDataConfig: { S3OutputPath: `s3://${name}/models` },
    ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 600 },
  });
  const config = (of: string, instances: number): sm.CreateEndpointConfigCommandInput => ({
    EndpointConfigName: of,
    ProductionVariants: [{ VariantName: 'AllTraffic', ModelName: name, InstanceType: 'ml.m5.large', InitialInstanceCount: instances }],
  });
  const invocation = { EndpointName: name, ContentType: 'text/plain', Body: 'hello' };
  const containers = async (kind: string): Promise<readonly string[]> =>
    (await testEngine().containers.list({ 'sm-local.home': up.home, 'sm-local.kind': kind })).map(({ id }) => id).sort();
  const isHello = (answer: string): void => assert.equal(JSON.parse(answer).request.base64, Buffer.from('hello').toString('base64'));

  it('is killed and started again, and no client sees a difference', async () => {
    up = scope.use(await startUp('--limit', 'stop-grace=1s'));
    const { sagemaker, runtime, s3, logs } = clients();
    const again = async (): Promise<void> => {
      await up.kill();
      await up.start();
    };
    const waiter = { ...often, client: sagemaker };
    const serving: (readonly string[])[] = [];

    /** One call each; the containers that serve are looked at around them. */
    const calls: readonly (() => Promise<unknown>)[] = [
      () => s3.send(new CreateBucketCommand({ Bucket: name })),
      () => s3.send(new PutObjectCommand({ Bucket: name, Key: 'data/numbers.csv', Body: '1,2\n' })),
      () => sagemaker.send(new sm.CreateTrainingJobCommand(job(4))),
      async () => {
        const described = await sagemaker.send(new sm.DescribeTrainingJobCommand({ TrainingJobName: name }));
        assert.equal(described.TrainingJobStatus, 'InProgress');
      },
      () => sm.waitUntilTrainingJobCompletedOrStopped(waiter, { TrainingJobName: name }),
      async () => {
        const described = await sagemaker.send(new sm.DescribeTrainingJobCommand({ TrainingJobName: name }));
        assert.equal(described.TrainingJobStatus, 'Completed', described.FailureReason);
        assert.equal(described.ModelArtifacts?.S3ModelArtifacts, `s3://${name}/models/${name}/output/model.tar.gz`);
        const statuses = described.SecondaryStatusTransitions?.map(({ Status }) => Status);
        assert.deepEqual(statuses, ['Starting', 'Downloading', 'Training', 'Uploading', 'Completed'], 'the only attempt');
      },
      async () => {
        const group = { logGroupName: '/aws/sagemaker/TrainingJobs' };
        const { logStreams } = await logs.send(new DescribeLogStreamsCommand({ ...group, logStreamNamePrefix: `${name}/` }));
        const logStreamName = logStreams?.[0]?.logStreamName;
        const { events = [] } = await logs.send(new GetLogEventsCommand({ ...group, logStreamName, startFromHead: true }));
        assert.equal(events.filter(({ message }) => message?.startsWith('PROBE ')).length, 1, 'begun once');
        assert.ok(!events.some(({ message }) => message?.startsWith('PROBE-SIGNAL')), 'nobody has signalled to it');
      },
      async () => {
        const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: name, Prefix: 'models/' }));
        assert.ok(Contents.some(({ Key }) => Key === `models/${name}/output/model.tar.gz`));
      },
      async () => {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: name, Key: 'data/numbers.csv' }));
        assert.equal(await Body?.transformToString(), '1,2\n');
      },
      () =>
        sagemaker.send(
          new sm.CreateModelCommand({
            ModelName: name,
            PrimaryContainer: { Image: image, ModelDataUrl: `s3://${name}/models/${name}/output/model.tar.gz` },
            ExecutionRoleArn: role,
          }),
        ),
      () => sagemaker.send(new sm.CreateEndpointConfigCommand(config('one', 1))),
      () => sagemaker.send(new sm.CreateEndpointCommand({ EndpointName: name, EndpointConfigName: 'one' })),
      () => sm.waitUntilEndpointInService(waiter, { EndpointName: name }),
      async () => {
        serving.push(await containers('endpoint'));
        const { Body } = await runtime.send(new InvokeEndpointCommand(invocation));
        isHello(Body?.transformToString() ?? '');
      },
      async () => {
        const { Body } = await runtime.send(new InvokeEndpointWithResponseStreamCommand(invocation));
        isHello(await text(partsOf(Body)));
        serving.push(await containers('endpoint'));
        assert.deepEqual(serving[1], serving[0], 'the same container serves on');
      },
      () => sagemaker.send(new sm.CreateEndpointConfigCommand(config('two', 2))),
      () => sagemaker.send(new sm.UpdateEndpointCommand({ EndpointName: name, EndpointConfigName: 'two' })),
      () => sm.waitUntilEndpointInService(waiter, { EndpointName: name }),
      async () => {
        const { ProductionVariants } = await sagemaker.send(new sm.DescribeEndpointCommand({ EndpointName: name }));
        assert.equal(ProductionVariants?.[0]?.CurrentInstanceCount, 2);
      },
      () =>
        sagemaker.send(
          new sm.AddTagsCommand({
            ResourceArn: `arn:aws:sagemaker:us-east-1:000000000000:endpoint/${name}`,
            Tags: [{ Key: 'stage', Value: 'local' }],
          }),
        ),
      async () => {
        const { Tags } = await sagemaker.send(
          new sm.ListTagsCommand({ ResourceArn: `arn:aws:sagemaker:us-east-1:000000000000:endpoint/${name}` }),
        );
        assert.deepEqual(Tags, [{ Key: 'stage', Value: 'local' }]);
      },
      async () => {
        const first = await sagemaker.send(new sm.ListEndpointConfigsCommand({ MaxResults: 1 }));
        await again(); // in the middle of a paginator
        const second = await sagemaker.send(new sm.ListEndpointConfigsCommand({ MaxResults: 1, NextToken: first.NextToken }));
        const names = [first, second].map(({ EndpointConfigs }) => EndpointConfigs?.[0]?.EndpointConfigName);
        assert.deepEqual(names, ['two', 'one']);
      },
      () => sagemaker.send(new sm.DeleteEndpointCommand({ EndpointName: name })),
      () => sm.waitUntilEndpointDeleted(waiter, { EndpointName: name }),
    ];
    for (const call of calls) {
      await call();
      await again();
    }
    assert.deepEqual(await containers('endpoint'), []);
  });

  it('ends with --keep and starts again: what runs goes on in the same containers', async () => {
    up = scope.use(await startUp('--keep', '--limit', 'stop-grace=1s'));
    const { sagemaker, runtime, s3 } = clients();
    await s3.send(new CreateBucketCommand({ Bucket: name }));
    await s3.send(new PutObjectCommand({ Bucket: name, Key: 'data/numbers.csv', Body: '1,2\n' }));
    await sagemaker.send(new sm.CreateModelCommand({ ModelName: name, PrimaryContainer: { Image: image }, ExecutionRoleArn: role }));
    await sagemaker.send(new sm.CreateEndpointConfigCommand(config('one', 1)));
    await sagemaker.send(new sm.CreateEndpointCommand({ EndpointName: name, EndpointConfigName: 'one' }));
    await sagemaker.send(new sm.CreateTrainingJobCommand(job(4)));
    await sm.waitUntilEndpointInService({ ...often, client: sagemaker }, { EndpointName: name });
    const before = [...(await containers('endpoint')), ...(await containers('training-job'))];
    assert.equal(before.length, 2);

    assert.equal((await up.stop()).code, 0);
    assert.deepEqual([...(await containers('endpoint')), ...(await containers('training-job'))], before, 'they go on alone');
    await up.start();

    const { EndpointStatus } = await sagemaker.send(new sm.DescribeEndpointCommand({ EndpointName: name }));
    assert.equal(EndpointStatus, 'InService');
    const { Body } = await runtime.send(new InvokeEndpointCommand(invocation));
    isHello(Body?.transformToString() ?? '');
    assert.deepEqual(await containers('endpoint'), before.slice(0, 1));
    await sm.waitUntilTrainingJobCompletedOrStopped({ ...often, client: sagemaker }, { TrainingJobName: name });
    const { TrainingJobStatus } = await sagemaker.send(new sm.DescribeTrainingJobCommand({ TrainingJobName: name }));
    assert.equal(TrainingJobStatus, 'Completed');
  });
});

async function* partsOf(stream: AsyncIterable<ResponseStream> | undefined): AsyncGenerator<Buffer> {
  for await (const { PayloadPart } of stream ?? []) yield Buffer.from(PayloadPart?.Bytes ?? []);
}
