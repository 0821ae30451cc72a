import assert from 'node:assert/strict';
import {
  AddTagsCommand,
  CreateTrainingJobCommand,
  type CreateTrainingJobRequest,
  DeleteTagsCommand,
  DeleteTrainingJobCommand,
  DescribeTrainingJobCommand,
  ListTagsCommand,
  paginateListTrainingJobs,
  SageMakerClient,
  StopTrainingJobCommand,
  UpdateTrainingJobCommand,
  waitUntilTrainingJobCompletedOrStopped,
} from '@aws-sdk/client-sagemaker';
import { type JsonOperation, jsonService } from '../../../src/api/json-service.ts';
import type { SageMaker } from '../../../src/api/sagemaker/sagemaker.ts';
import { trainingOperations } from '../../../src/api/sagemaker/training-operations.ts';
import { sagemakerOperations } from '../../../src/contract/aws-operations.ts';
import { Scope } from '../../../src/scope.ts';
import { clientConfig } from '../../support/aws-client.ts';
import { serviceServer } from '../../support/service-server.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { type FakeService, fakeService, untilTerminated } from '../../training-jobs/fake-service.ts';

describe('operations on training jobs and tags', () => {
  let scope: Scope;
  let service: FakeService;
  let client: SageMakerClient;
  let url: string;
  let warnings: string[];
  beforeEach(async () => {
    scope = new Scope();
    const root = scope.use(await temporaryDirectory());
    service = scope.use(await fakeService(root.path, untilTerminated));
    warnings = [];
    const { jobs, tags } = service;
    const sagemaker = {
      trainingJobs: jobs,
      tags,
      longPoll: 0.5,
      warn: (message: string) => void warnings.push(message),
    } as unknown as SageMaker;
    const operations = Object.fromEntries(
      Object.entries(trainingOperations).map(([name, answer]) => [
        name,
        ((input, caller, signal) => answer(sagemaker, input, caller, signal)) satisfies JsonOperation,
      ]),
    );
    const server = await serviceServer(
      jsonService({ title: 'Amazon SageMaker', target: 'SageMaker', version: '1.1', operations, known: sagemakerOperations }),
    );
    scope.use(server);
    url = server.url;
    client = new SageMakerClient(clientConfig(url));
    scope.defer(() => client.destroy());
  });
  afterEach(() => scope[Symbol.asyncDispose]());

  const create = (name: string, changes: Partial<CreateTrainingJobRequest> = {}) =>
    client.send(new CreateTrainingJobCommand(service.request(name, changes)));
  const describing = (TrainingJobName: string) => client.send(new DescribeTrainingJobCommand({ TrainingJobName }));

  it('take an unmodified client through the life of a job', async () => {
    const { TrainingJobArn: ResourceArn } = await create('Job-1', { Tags: [{ Key: 'team', Value: 'a' }] });
    assert.equal(ResourceArn, 'arn:aws:sagemaker:us-east-1:000000000000:training-job/job-1');
    await service.training('Job-1');
    const running = await describing('Job-1');
    assert.ok(running.CreationTime instanceof Date && Math.abs(running.CreationTime.getTime() - Date.now()) < 60_000);
    assert.equal(running.OutputDataConfig?.KmsKeyId, '');
    await client.send(new UpdateTrainingJobCommand({ TrainingJobName: 'Job-1', RemoteDebugConfig: { EnableRemoteDebug: true } }));
    await client.send(new StopTrainingJobCommand({ TrainingJobName: 'Job-1' }));
    const waited = await waitUntilTrainingJobCompletedOrStopped(
      { client, maxWaitTime: 10, minDelay: 1, maxDelay: 1 },
      { TrainingJobName: 'Job-1' },
    );
    assert.equal(waited.state, 'SUCCESS');
    assert.deepEqual((await describing('Job-1')).RemoteDebugConfig, { EnableRemoteDebug: true });

    await client.send(new AddTagsCommand({ ResourceArn, Tags: [{ Key: 'more', Value: 'b' }] }));
    await client.send(new DeleteTagsCommand({ ResourceArn, TagKeys: ['team'] }));
    assert.deepEqual((await client.send(new ListTagsCommand({ ResourceArn }))).Tags, [{ Key: 'more', Value: 'b' }]);
    await client.send(new DeleteTrainingJobCommand({ TrainingJobName: 'Job-1' }));
    await assert.rejects(client.send(new ListTagsCommand({ ResourceArn })), {
      name: 'ValidationException',
      message: 'Requested resource not found.',
    });
    await assert.rejects(describing('Job-1'), { name: 'ValidationException', message: 'Requested resource not found.' });
    await create('Job-1');
    assert.deepEqual((await client.send(new ListTagsCommand({ ResourceArn }))).Tags, []);
  });

  it('hand lists out by page', async () => {
    for (const name of ['a', 'b', 'c'])
      await create(name, { AlgorithmSpecification: { TrainingImage: 'none', TrainingInputMode: 'File' } });
    const names: (string | undefined)[][] = [];
    const query = { SortBy: 'Name', SortOrder: 'Descending', CreationTimeAfter: new Date(Date.now() - 60_000) } as const;
    for await (const page of paginateListTrainingJobs({ client, pageSize: 2 }, query))
      names.push((page.TrainingJobSummaries ?? []).map(({ TrainingJobName }) => TrainingJobName));
    assert.deepEqual(names, [['c', 'b'], ['a']]);
  });

  it('refuse with the type of the error that the client knows', async () => {
    await create('job');
    await assert.rejects(create('job'), { name: 'ResourceInUse' });
    await assert.rejects(client.send(new DeleteTrainingJobCommand({ TrainingJobName: 'job' })), { name: 'ResourceInUse' });
    await assert.rejects(client.send(new StopTrainingJobCommand({ TrainingJobName: 'none' })), { name: 'ValidationException' });
  });

  it('drop what is null and what SageMaker does not have, and tell of that once', async () => {
    const call = async (operation: string, body: object): Promise<Record<string, unknown>> => {
      const headers = { 'x-amz-target': `SageMaker.${operation}`, 'content-type': 'application/x-amz-json-1.1' };
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
      const text = await response.text();
      return text === '' ? {} : JSON.parse(text);
    };
    for (const name of ['one', 'two']) {
      const request = service.request(name);
      const odd = { ...request, Colour: 'red', VpcConfig: null, ResourceConfig: { ...request.ResourceConfig, Colour: 'red' } };
      assert.match(String((await call('CreateTrainingJob', odd)).TrainingJobArn), new RegExp(`/${name}$`));
    }
    const shown = await call('DescribeTrainingJob', { TrainingJobName: 'one' });
    assert.equal(typeof shown.CreationTime, 'number');
    assert.deepEqual(shown.ResourceConfig, { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 30 });
    assert.deepEqual(['Colour' in shown, 'VpcConfig' in shown], [false, false]);
    assert.deepEqual(warnings, ['Ignored, since SageMaker does not have it (CreateTrainingJob): ResourceConfig.Colour, Colour.']);
    const listed = await call('ListTrainingJobs', { CreationTimeAfter: Date.now() / 1000 - 60, StatusEquals: null });
    assert.equal((listed.TrainingJobSummaries as unknown[]).length, 2);
  });

  it('are among the operations that AWS has', () => {
    for (const name of Object.keys(trainingOperations)) assert.ok(sagemakerOperations.includes(name), name);
    assert.ok(sagemakerOperations.length > 390);
  });
});
