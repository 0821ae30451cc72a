import assert from 'node:assert/strict';
import { CloudWatchLogsClient, DescribeLogStreamsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateBucketCommand, HeadBucketCommand, S3Client, type S3ServiceException } from '@aws-sdk/client-s3';
import * as sm from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { Scope } from '../../src/scope.ts';
import { fixtureImage, fixtureTag, leftOf } from '../support/real-engine.ts';
import { startUp, type Up } from '../support/up.ts';

/** Somebody with keys of an account who asks in a region. */
class Somebody {
  readonly sagemaker: sm.SageMakerClient;
  readonly runtime: SageMakerRuntimeClient;
  readonly logs: CloudWatchLogsClient;
  readonly s3: S3Client;
  readonly sts: STSClient;

  constructor(up: Up, scope: Scope, account: string, region: string) {
    const at = { endpoint: up.url, region, credentials: { accessKeyId: account, secretAccessKey: 'any' } };
    this.sagemaker = new sm.SageMakerClient(at);
    this.runtime = new SageMakerRuntimeClient(at);
    this.logs = new CloudWatchLogsClient(at);
    this.s3 = new S3Client(at);
    this.sts = new STSClient(at);
    for (const client of [this.sagemaker, this.runtime, this.logs, this.s3, this.sts]) scope.defer(() => client.destroy());
  }

  async model(): Promise<string | undefined> {
    const PrimaryContainer = { Image: fixtureTag('serve-echo') };
    const { ModelArn } = await this.sagemaker.send(
      new sm.CreateModelCommand({ ModelName: 'shared', PrimaryContainer, ExecutionRoleArn: role }),
    );
    return ModelArn;
  }

  async endpoint(): Promise<void> {
    const variant = { VariantName: 'AllTraffic', ModelName: 'shared', InstanceType: 'ml.m5.large', InitialInstanceCount: 1 } as const;
    await this.sagemaker.send(new sm.CreateEndpointConfigCommand({ EndpointConfigName: 'shared', ProductionVariants: [variant] }));
    await this.sagemaker.send(new sm.CreateEndpointCommand({ EndpointName: 'shared', EndpointConfigName: 'shared' }));
    await sm.waitUntilEndpointInService({ client: this.sagemaker, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { EndpointName: 'shared' });
  }

  async invoke(): Promise<string> {
    const { Body } = await this.runtime.send(
      new InvokeEndpointCommand({ EndpointName: 'shared', ContentType: 'text/plain', Body: 'hello' }),
    );
    return JSON.parse(Body?.transformToString() ?? '').body;
  }

  /** What there is of each kind. */
  async counts(): Promise<readonly (number | undefined)[]> {
    const [models, configs, endpoints, jobs] = await Promise.all([
      this.sagemaker.send(new sm.ListModelsCommand({})),
      this.sagemaker.send(new sm.ListEndpointConfigsCommand({})),
      this.sagemaker.send(new sm.ListEndpointsCommand({})),
      this.sagemaker.send(new sm.ListTrainingJobsCommand({})),
    ]);
    return [models.Models?.length, configs.EndpointConfigs?.length, endpoints.Endpoints?.length, jobs.TrainingJobSummaries?.length];
  }
}

const role = 'arn:aws:iam::000000000000:role/sm-local';

describe('accounts and regions', function () {
  this.timeout(60_000);
  let scope: Scope;
  let up: Up;
  before(() => fixtureImage('serve-echo'));
  beforeEach(async () => {
    scope = new Scope();
    up = scope.use(await startUp('--limit', 'stop-grace=1s'));
  });
  afterEach(async () => {
    await scope[Symbol.asyncDispose]();
    assert.deepEqual(await leftOf(up.home), [], 'nothing is left in the engine');
  });

  it('are apart by the keys and the region that a client signs with', async () => {
    const one = new Somebody(up, scope, '111111111111', 'us-east-1');
    const other = new Somebody(up, scope, '222222222222', 'us-east-1');
    const abroad = new Somebody(up, scope, '111111111111', 'eu-west-1');
    const all = [one, other, abroad];

    const identities = await Promise.all(all.map(async ({ sts }) => (await sts.send(new GetCallerIdentityCommand({}))).Account));
    assert.deepEqual(identities, ['111111111111', '222222222222', '111111111111']);

    assert.deepEqual(await Promise.all([one.model(), other.model(), abroad.model()]), [
      'arn:aws:sagemaker:us-east-1:111111111111:model/shared',
      'arn:aws:sagemaker:us-east-1:222222222222:model/shared',
      'arn:aws:sagemaker:eu-west-1:111111111111:model/shared',
    ]);
    await one.endpoint();
    assert.deepEqual(await Promise.all(all.map((each) => each.counts())), [
      [1, 1, 1, 0],
      [1, 0, 0, 0],
      [1, 0, 0, 0],
    ]);

    assert.equal(await one.invoke(), 'hello');
    await assert.rejects(other.invoke(), { name: 'ValidationError', message: 'Endpoint shared of account 222222222222 not found.' });
    await assert.rejects(abroad.invoke(), { name: 'ValidationError', message: 'Endpoint shared of account 111111111111 not found.' });
    await assert.rejects(other.sagemaker.send(new sm.DescribeEndpointCommand({ EndpointName: 'shared' })), {
      name: 'ValidationException',
      message: 'Could not find endpoint "arn:aws:sagemaker:us-east-1:222222222222:endpoint/shared".',
    });

    const group = { logGroupName: '/aws/sagemaker/Endpoints/shared' };
    assert.equal((await one.logs.send(new DescribeLogStreamsCommand(group))).logStreams?.length, 1);
    await assert.rejects(other.logs.send(new DescribeLogStreamsCommand(group)), { name: 'ResourceNotFoundException' });

    await other.sagemaker.send(new sm.DeleteModelCommand({ ModelName: 'shared' }));
    assert.deepEqual(await Promise.all(all.map(async (each) => (await each.counts())[0])), [1, 0, 1]);
  });

  it('share the names of buckets', async () => {
    const one = new Somebody(up, scope, '111111111111', 'us-east-1');
    const other = new Somebody(up, scope, '222222222222', 'us-east-1');
    await one.s3.send(new CreateBucketCommand({ Bucket: 'of-one' }));
    await assert.rejects(other.s3.send(new CreateBucketCommand({ Bucket: 'of-one' })), { name: 'BucketAlreadyExists' });
    const asked = other.s3.send(new HeadBucketCommand({ Bucket: 'of-one', ExpectedBucketOwner: '222222222222' }));
    await assert.rejects(asked, ({ $metadata }: S3ServiceException) => $metadata.httpStatusCode === 403);
  });
});
