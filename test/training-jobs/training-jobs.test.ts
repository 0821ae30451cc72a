import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { besides } from '../../src/cli/orphans.ts';
import { fail, isError } from '../../src/errors.ts';
import { prefixChannel } from '../jobs/fake-job.ts';
import { eventually } from '../support/containers.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';
import { type FakeService, fakeService, untilTerminated } from './fake-service.ts';

const refused =
  (message: string | RegExp, type = 'ValidationException') =>
  (error: unknown) => {
    assert.ok(isError(error), String(error));
    if (typeof message === 'string') assert.equal(error.message, message);
    else assert.match(error.message, message);
    assert.deepEqual(error.aws, { type, status: 400 });
    return true;
  };

describe('training jobs of the API', () => {
  let root: TemporaryDirectory;
  beforeEach(async () => {
    root = await temporaryDirectory();
  });
  afterEach(() => root[Symbol.asyncDispose]());

  const nothingLeft = async ({ engine, emulator }: FakeService): Promise<void> => {
    assert.deepEqual(engine.left(), []);
    await emulator.janitor.settled();
    assert.deepEqual(await readdir(join(root.path, 'home/tmp')), []);
  };

  describe('that are created', () => {
    it('are InProgress at once and end as their program does', async () => {
      await using service = await fakeService(root.path, async (world) => {
        await writeFile(world.at('/opt/ml/model/m.bin'), 'model');
        return 0;
      });
      const { jobs } = service;
      const created = await jobs.create(service.request('Job-1'));
      assert.deepEqual(created, { TrainingJobArn: 'arn:aws:sagemaker:us-east-1:000000000000:training-job/job-1' });
      const first = await jobs.describe({ TrainingJobName: 'Job-1' });
      assert.deepEqual([first.TrainingJobStatus, first.SecondaryStatus], ['InProgress', 'Starting']);
      const last = await service.over('Job-1');
      assert.equal(last.TrainingJobStatus, 'Completed', last.FailureReason);
      assert.deepEqual(
        last.SecondaryStatusTransitions?.map(({ Status }) => Status),
        ['Starting', 'Downloading', 'Training', 'Uploading', 'Completed'],
      );
      assert.ok(existsSync(join(root.path, 'output/Job-1/output/model.tar.gz')));
      await nothingLeft(service);
    });

    it('answer with all that clients index', async () => {
      await using service = await fakeService(root.path, () => 0);
      await service.jobs.create(service.request('job'));
      const answer = await service.jobs.describe({ TrainingJobName: 'job' });
      assert.equal(answer.OutputDataConfig?.KmsKeyId, '');
      assert.match(answer.ModelArtifacts?.S3ModelArtifacts ?? '', /\/job\/output\/model\.tar\.gz$/);
      assert.deepEqual(answer.ResourceConfig, { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 30 });
      assert.equal(answer.StoppingCondition?.MaxRuntimeInSeconds, 3600);
      assert.equal(answer.AlgorithmSpecification?.TrainingInputMode, 'File');
      assert.equal(answer.RoleArn, 'arn:aws:iam::000000000000:role/sm-local');
      const { Status, StatusMessage, StartTime } = answer.SecondaryStatusTransitions?.at(-1) ?? {};
      assert.deepEqual([Status, StatusMessage, StartTime instanceof Date], ['Starting', 'Starting the training job', true]);
      await service.over('job');
    });

    it('are refused when the request is wrong, and nothing is kept of them', async () => {
      await using service = await fakeService(root.path, () => 0);
      const pattern =
        "1 validation error detected: Value 'a_b' at 'trainingJobName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}";
      await assert.rejects(service.jobs.create(service.request('a_b')), refused(pattern));
      const spot = { StoppingCondition: { MaxRuntimeInSeconds: 1, MaxWaitTimeInSeconds: 2 } };
      await assert.rejects(
        service.jobs.create(service.request('job', spot)),
        refused(/^Invalid MaxWaitTimeInSeconds\. It is only supported/),
      );
      const tags = { Tags: [{ Key: 'aws:mine', Value: '1' }] };
      await assert.rejects(service.jobs.create(service.request('job', tags)), refused(/reserved for AWS: aws:mine/));
      const serverless = {
        ServerlessJobConfig: { JobType: 'FineTuning' as const, BaseModelArn: 'arn:aws:sagemaker:us-east-1:aws:hub-content/hub/Model/m' },
      };
      await assert.rejects(service.jobs.create(service.request('job', serverless)), refused(/ServerlessJobConfig/));
      assert.deepEqual(await service.jobs.list({}), { TrainingJobSummaries: [] });
    });

    it('have names that nobody else has, whichever process runs it', async () => {
      await using one = await fakeService(root.path, untilTerminated);
      await using other = await fakeService(root.path, () => 0);
      await one.jobs.create(one.request('job'));
      const taken =
        'Training job names must be unique within an AWS account and region, and a training job with this name already exists (arn:aws:sagemaker:us-east-1:000000000000:training-job/job)';
      await assert.rejects(one.jobs.create(one.request('job')), refused(taken, 'ResourceInUse'));
      await assert.rejects(other.jobs.create(other.request('job')), refused(taken, 'ResourceInUse'));
      await one.jobs.stopAll();
    });

    it('are not over when somebody else has one of the same name in another region', async () => {
      await using service = await fakeService(root.path, () => 0);
      await service.jobs.create(service.request('job'));
      await using elsewhere = new (service.jobs.constructor as typeof import('../../src/training-jobs/training-jobs.ts').TrainingJobs)(
        service.emulator.in({ account: '111122223333', region: 'eu-west-1' }),
        { options: { stopGrace: 1 }, observer: () => ({ event() {}, log() {} }) },
      );
      const { TrainingJobArn } = await elsewhere.create(service.request('job'));
      assert.equal(TrainingJobArn, 'arn:aws:sagemaker:eu-west-1:111122223333:training-job/job');
      await elsewhere.settled('job');
      await service.over('job');
      assert.equal((await elsewhere.describe({ TrainingJobName: 'job' })).TrainingJobStatus, 'Completed');
    });
  });

  describe('that cannot be begun', () => {
    it('have failed, because the image cannot be pulled', async () => {
      await using service = await fakeService(root.path, () => 0);
      const AlgorithmSpecification = { TrainingImage: 'no-such-image', TrainingInputMode: 'File' as const };
      await service.jobs.create(service.request('job', { AlgorithmSpecification }));
      const answer = await service.over('job');
      assert.deepEqual([answer.TrainingJobStatus, answer.SecondaryStatus], ['Failed', 'Failed']);
      assert.equal(
        answer.FailureReason,
        'ClientError: Cannot pull algorithm container. Either the image does not exist or its permissions are incorrect.',
      );
      assert.match(service.warnings.join('\n'), /no-such-image is not on this engine/);
      await nothingLeft(service);
    });

    it('have failed, because their data is not there', async () => {
      await using service = await fakeService(root.path, () => 0);
      const missing = prefixChannel('train', pathToFileURL(join(root.path, 'missing')).href);
      await service.jobs.create(service.request('file', { InputDataConfig: [missing] }));
      await service.jobs.create(service.request('s3', { InputDataConfig: [prefixChannel('train', 's3://no-such-bucket/data')] }));
      assert.match(
        (await service.over('file')).FailureReason ?? '',
        /^ClientError: Data download failed:Channel "train": there is no file/,
      );
      assert.match(
        (await service.over('s3')).FailureReason ?? '',
        /^ClientError: Data download failed:No S3 objects found under S3 URL "s3:/,
      );
      await nothingLeft(service);
    });

    it('have failed, because there is no bucket for the results', async () => {
      await using service = await fakeService(root.path, () => 0);
      await service.jobs.create(service.request('job', { OutputDataConfig: { S3OutputPath: 's3://no-such-bucket/output' } }));
      assert.match((await service.over('job')).FailureReason ?? '', /^ClientError: Artifact upload failed:.*no-such-bucket/);
    });

    it('have failed for an internal error when the engine is in trouble, and the truth is told here', async () => {
      const engineOptions = {
        before: (action: string) => {
          if (action === 'create') throw fail('EngineFailed', { action: 'create', message: 'on fire' });
        },
      };
      await using service = await fakeService(root.path, () => 0, { engineOptions });
      await service.jobs.create(service.request('job'));
      assert.equal((await service.over('job')).FailureReason, 'InternalServerError: We encountered an internal error. Please try again.');
      assert.match(service.warnings.join('\n'), /on fire/);
    });

    it('have failed as the runtime says, because there is no program', async () => {
      await using service = await fakeService(root.path, 'exec: "train": executable file not found in $PATH');
      await service.jobs.create(service.request('job'));
      assert.match((await service.over('job')).FailureReason ?? '', /^AlgorithmError: /);
    });
  });

  describe('that are stopped', () => {
    it('are Stopping at once, and Stopped when their program has ended', async () => {
      await using service = await fakeService(root.path, untilTerminated);
      await service.jobs.create(service.request('job'));
      await service.training('job');
      await service.jobs.stop({ TrainingJobName: 'job' });
      const at = await service.jobs.describe({ TrainingJobName: 'job' });
      assert.notEqual(at.TrainingJobStatus, 'InProgress');
      assert.equal((await service.over('job')).SecondaryStatus, 'Stopped');
      await nothingLeft(service);
    });

    it('never run their program when they are stopped before that', async () => {
      await using service = await fakeService(root.path, () => assert.fail('it runs'));
      await service.jobs.create(service.request('job'));
      await service.jobs.stop({ TrainingJobName: 'job' });
      assert.equal((await service.over('job')).TrainingJobStatus, 'Stopped');
      await nothingLeft(service);
    });

    it('stop also when another process runs them', async () => {
      await using one = await fakeService(root.path, untilTerminated);
      await using other = await fakeService(root.path, () => 0);
      await one.jobs.create(one.request('job'));
      await one.training('job');
      await other.jobs.stop({ TrainingJobName: 'job' });
      assert.notEqual((await other.jobs.describe({ TrainingJobName: 'job' })).TrainingJobStatus, 'InProgress');
      assert.equal((await one.over('job')).TrainingJobStatus, 'Stopped');
    });

    it('stop also when the process that ran them is gone', async () => {
      const one = await fakeService(root.path, untilTerminated);
      await one.jobs.create(one.request('job'));
      await one.training('job');
      await one.jobs.leave();
      await one.emulator[Symbol.asyncDispose]();
      await using other = await fakeService(root.path, untilTerminated, { engine: one.engine });
      await other.jobs.stop({ TrainingJobName: 'job' });
      assert.equal((await other.over('job')).TrainingJobStatus, 'Stopped');
      await nothingLeft(other);
    });

    it("are refused in the service's words when they are over, and when there are none", async () => {
      await using service = await fakeService(root.path, () => 0);
      await service.jobs.create(service.request('job'));
      await service.over('job');
      await assert.rejects(
        service.jobs.stop({ TrainingJobName: 'job' }),
        refused('The request was rejected because the training job is in status Completed.'),
      );
      for (const operation of ['describe', 'stop', 'update', 'delete'] as const)
        await assert.rejects(service.jobs[operation]({ TrainingJobName: 'none' }), refused('Requested resource not found.'));
    });

    it('stop all together when the service ends', async () => {
      await using service = await fakeService(root.path, untilTerminated);
      for (const name of ['a', 'b', 'c']) await service.jobs.create(service.request(name));
      for (const name of ['a', 'b', 'c']) await service.training(name);
      await service.jobs.stopAll();
      const { TrainingJobSummaries } = await service.jobs.list({ StatusEquals: 'Stopped' });
      assert.equal(TrainingJobSummaries?.length, 3);
      await nothingLeft(service);
    });
  });

  describe('whose process goes', () => {
    it('go on in their containers, and the next one sees them to their end', async () => {
      let end = (): void => {};
      const ended = new Promise<void>((resolve) => {
        end = resolve;
      });
      const one = await fakeService(root.path, async () => {
        await ended;
        return 0;
      });
      await one.jobs.create(one.request('job'));
      await one.training('job');
      await one.jobs.leave();
      await one.emulator[Symbol.asyncDispose]();
      await using other = await fakeService(root.path, () => 0, { engine: one.engine });
      await other.jobs.open();
      assert.equal((await other.jobs.describe({ TrainingJobName: 'job' })).SecondaryStatus, 'Training');
      end();
      assert.equal((await other.over('job')).TrainingJobStatus, 'Completed');
      assert.equal(one.engine.history.length, 1, 'the same container');
      await nothingLeft(other);
    });

    it('go on beside the work of another command, however many they are', async () => {
      const names = ['a', 'b', 'c', 'd', 'e', 'f'];
      let end = (): void => {};
      const ended = new Promise<number>((resolve) => {
        end = () => resolve(0);
      });
      const one = await fakeService(root.path, () => ended);
      for (const name of names) await one.jobs.create(one.request(name));
      for (const name of names) await one.training(name);
      await one.jobs.leave();
      await one.emulator[Symbol.asyncDispose]();
      await using other = await fakeService(root.path, () => 0, { engine: one.engine });
      const [told, warned]: [string[], string[]] = [[], []];
      const onWarning = (warning: Error): unknown => warned.push(warning.message);
      process.on('warning', onWarning);
      try {
        const beside = await besides(other.emulator, (message) => told.push(message));
        end();
        await eventually(async () => names.every((name) => told.includes(`training-job ${name} is Completed.`)), 'they do not end');
        await beside.leave();
      } finally {
        process.off('warning', onWarning);
      }
      assert.deepEqual(warned, []);
      await nothingLeft(other);
    });

    it('are begun by the next one when there was nothing but their record', async () => {
      const one = await fakeService(root.path, () => 0, {
        engineOptions: { images: {}, registry: {} },
      });
      // What a process leaves that is killed right after it has answered.
      const owner = await one.emulator.owner;
      const { newRecord } = await import('../../src/jobs/record.ts');
      const request = one.request('job');
      const run = { label: owner.id, options: { stopGrace: 120 } };
      const init = {
        name: 'job',
        arn: 'arn:aws:sagemaker:us-east-1:000000000000:training-job/job',
        request,
        owner: owner.id,
        run,
        now: new Date(),
      };
      await one.emulator.trainingJobs.create('job', newRecord(init), 'taken');
      await one.die();
      await using other = await fakeService(root.path, () => 0);
      await other.jobs.open();
      assert.equal((await other.over('job')).TrainingJobStatus, 'Completed');
      await nothingLeft(other);
    });
  });

  describe('that are held by a long poll', () => {
    it('are described when their status changes', async () => {
      await using service = await fakeService(root.path, untilTerminated);
      await service.jobs.create(service.request('job'));
      await service.training('job');
      const held = service.jobs.describe({ TrainingJobName: 'job' }, { wait: 30 });
      await service.jobs.stop({ TrainingJobName: 'job' });
      assert.notEqual((await held).SecondaryStatus, 'Training');
      const last = await service.over('job');
      assert.deepEqual(await service.jobs.describe({ TrainingJobName: 'job' }, { wait: 30 }), last, 'at once, for it is over');
    });

    it('are described as they are when the time is up, and not at all when nobody waits any more', async () => {
      await using service = await fakeService(root.path, untilTerminated);
      await service.jobs.create(service.request('job'));
      await service.training('job');
      assert.equal((await service.jobs.describe({ TrainingJobName: 'job' }, { wait: 0.05 })).SecondaryStatus, 'Training');
      const gone = new AbortController();
      const held = service.jobs.describe({ TrainingJobName: 'job' }, { wait: 30, signal: gone.signal });
      gone.abort();
      await assert.rejects(held, (error) => error === gone.signal.reason);
      await service.jobs.stopAll();
    });
  });

  describe('that are deleted', () => {
    it('leave nothing but their results, and their name can be used again', async () => {
      await using service = await fakeService(root.path, async (world) => {
        world.write('a line\n');
        await writeFile(world.at('/opt/ml/model/m.bin'), 'model');
        return 0;
      });
      await service.jobs.create(service.request('job'));
      await service.over('job');
      assert.ok(existsSync(join(root.path, 'home/logs/training-jobs/job')));
      await service.jobs.delete({ TrainingJobName: 'job' });
      assert.ok(!existsSync(join(root.path, 'home/logs/training-jobs/job')));
      assert.ok(existsSync(join(root.path, 'output/job/output/model.tar.gz')));
      await assert.rejects(service.jobs.describe({ TrainingJobName: 'job' }), refused('Requested resource not found.'));
      await service.jobs.create(service.request('job'));
      assert.equal((await service.over('job')).TrainingJobStatus, 'Completed');
    });

    it('are refused while they are not over, and while their warm pool is kept', async () => {
      await using service = await fakeService(root.path, untilTerminated);
      const ResourceConfig = { InstanceType: 'ml.m5.large' as const, InstanceCount: 1, VolumeSizeInGB: 30, KeepAlivePeriodInSeconds: 600 };
      await service.jobs.create(service.request('job', { ResourceConfig }));
      await service.training('job');
      await assert.rejects(service.jobs.delete({ TrainingJobName: 'job' }), refused(/is in status InProgress/, 'ResourceInUse'));
      await service.jobs.stop({ TrainingJobName: 'job' });
      await service.over('job');
      await assert.rejects(service.jobs.delete({ TrainingJobName: 'job' }), refused(/warm pool/, 'ResourceInUse'));
      const pooled = await service.jobs.list({ WarmPoolStatusEquals: 'Available' });
      assert.deepEqual(
        pooled.TrainingJobSummaries?.map(({ TrainingJobName }) => TrainingJobName),
        ['job'],
      );
      await service.jobs.update({ TrainingJobName: 'job', ResourceConfig: { KeepAlivePeriodInSeconds: 0 } });
      assert.equal((await service.jobs.describe({ TrainingJobName: 'job' })).WarmPoolStatus?.Status, 'Terminated');
      await service.jobs.delete({ TrainingJobName: 'job' });
    });
  });

  describe('that are updated', () => {
    it('show what was changed, now and when they are over', async () => {
      const S3OutputPath = pathToFileURL(join(root.path, 'profile')).href;
      await using service = await fakeService(root.path, untilTerminated);
      await service.jobs.create(service.request('job', { ProfilerConfig: { S3OutputPath, ProfilingIntervalInMilliseconds: 500 } }));
      await service.training('job');
      const changes = { ProfilerConfig: { ProfilingIntervalInMilliseconds: 1000 }, RemoteDebugConfig: { EnableRemoteDebug: true } };
      const { TrainingJobArn } = await service.jobs.update({ TrainingJobName: 'job', ...changes });
      assert.match(TrainingJobArn ?? '', /training-job\/job$/);
      const shown = await service.jobs.describe({ TrainingJobName: 'job' });
      assert.deepEqual(shown.ProfilerConfig, { S3OutputPath, ProfilingIntervalInMilliseconds: 1000 });
      await service.jobs.stopAll();
      const last = await service.jobs.describe({ TrainingJobName: 'job' });
      assert.deepEqual([last.ProfilerConfig, last.RemoteDebugConfig], [shown.ProfilerConfig, { EnableRemoteDebug: true }]);
      await assert.rejects(service.jobs.update({ TrainingJobName: 'job', ...changes }), refused(/is in status Stopped/));
    });
  });

  it('are listed by page, in order of their creation, whoever runs them', async () => {
    let seconds = 0;
    const now = (): Date => new Date(Date.UTC(2026, 0, 1) + 1000 * seconds++);
    await using one = await fakeService(root.path, () => 0, { now });
    await using other = await fakeService(root.path, () => 1, { now });
    for (const [index, service] of [one, other, one, other].entries()) {
      await service.jobs.create(service.request(`job-${index}`));
      await service.over(`job-${index}`);
    }
    const names = ({ TrainingJobSummaries = [] }: Awaited<ReturnType<typeof one.jobs.list>>) =>
      (TrainingJobSummaries as { TrainingJobName?: string }[]).map(({ TrainingJobName }) => TrainingJobName);
    const first = await one.jobs.list({ MaxResults: 3 });
    assert.deepEqual(names(first), ['job-0', 'job-1', 'job-2']);
    const second = await one.jobs.list({ MaxResults: 3, NextToken: first.NextToken });
    assert.deepEqual([names(second), second.NextToken], [['job-3'], undefined]);
    assert.deepEqual(names(await one.jobs.list({ StatusEquals: 'Failed', SortOrder: 'Descending' })), ['job-3', 'job-1']);
    assert.deepEqual(Object.keys(first.TrainingJobSummaries?.[0] ?? {}), [
      'TrainingJobName',
      'TrainingJobArn',
      'CreationTime',
      'TrainingEndTime',
      'LastModifiedTime',
      'TrainingJobStatus',
      'SecondaryStatus',
    ]);
    await assert.rejects(
      one.jobs.list({ MaxResults: 0 }),
      refused(/'maxResults' failed to satisfy constraint: Member must have value greater than/),
    );
    await assert.rejects(one.jobs.list({ NextToken: 'x' }), refused('The NextToken is invalid.'));
  });
});
