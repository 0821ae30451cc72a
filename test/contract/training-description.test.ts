import assert from 'node:assert/strict';
import type { CreateTrainingJobRequest, DescribeTrainingJobResponse } from '@aws-sdk/client-sagemaker';
import { type DescribedTraining, echoedMembers, modelUri, trainingDescription } from '../../src/contract/training-description.ts';
import { trainingStateChange } from '../../src/contract/training-event.ts';

const at = (seconds: number): Date => new Date(Date.UTC(2026, 0, 31, 12, 0, seconds));
const request: CreateTrainingJobRequest = {
  TrainingJobName: 'iris-1',
  RoleArn: 'arn:aws:iam::000000000000:role/sm-local',
  AlgorithmSpecification: { TrainingImage: 'iris:latest', TrainingInputMode: 'File' },
  OutputDataConfig: { S3OutputPath: 's3://bucket/output/' },
  ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 30 },
  StoppingCondition: { MaxRuntimeInSeconds: 60 },
};
const job = (changes: Partial<DescribedTraining> = {}, ofRequest: Partial<CreateTrainingJobRequest> = {}): DescribedTraining => ({
  arn: 'arn:aws:sagemaker:us-east-1:000000000000:training-job/iris-1',
  request: { ...request, ...ofRequest },
  status: 'InProgress',
  secondaryStatus: 'Training',
  transitions: [{ Status: 'Starting', StartTime: at(0), StatusMessage: 'Starting the training job' }],
  creationTime: at(0),
  startTime: at(10),
  modifiedTime: at(20),
  metrics: [],
  ...changes,
});
const describe_ = (changes?: Partial<DescribedTraining>, ofRequest?: Partial<CreateTrainingJobRequest>): DescribeTrainingJobResponse =>
  trainingDescription(job(changes, ofRequest));

/** Members that request and answer share; the compiler says when one is not shown. */
type Shared = keyof CreateTrainingJobRequest & keyof DescribeTrainingJobResponse;
type Derived =
  | 'TrainingJobName'
  | 'AlgorithmSpecification'
  | 'OutputDataConfig'
  | 'StoppingCondition'
  | 'OutputDataConfig'
  | 'EnableNetworkIsolation'
  | 'EnableInterContainerTrafficEncryption'
  | 'EnableManagedSpotTraining';
type Forgotten = Exclude<Shared, (typeof echoedMembers)[number] | Derived>;
const nothingIsForgotten: Forgotten extends never ? true : Forgotten = true;

describe("DescribeTrainingJob's answer", () => {
  it('shows every member of the request that it has', () => {
    assert.ok(nothingIsForgotten);
    const given = Object.fromEntries(echoedMembers.map((member) => [member, { of: member }]));
    const answer = describe_({}, given as Partial<CreateTrainingJobRequest>) as unknown as Record<string, unknown>;
    for (const member of echoedMembers) assert.deepEqual(answer[member], { of: member });
  });

  it('has a key for its output, which is empty where none was given', () => {
    const S3OutputPath = 's3://bucket/out';
    assert.deepEqual(describe_({}, { OutputDataConfig: { S3OutputPath } }).OutputDataConfig, { S3OutputPath, KmsKeyId: '' });
    assert.deepEqual(describe_({}, { OutputDataConfig: { S3OutputPath, KmsKeyId: 'k' } }).OutputDataConfig, {
      S3OutputPath,
      KmsKeyId: 'k',
    });
  });

  it('leaves out what was not asked for', () => {
    const answer = describe_();
    for (const member of ['HyperParameters', 'VpcConfig', 'CheckpointConfig', 'FailureReason', 'WarmPoolStatus', 'FinalMetricDataList']) {
      assert.ok(!(member in answer), member);
    }
  });

  it('fills in what the API Reference gives a default', () => {
    const { StoppingCondition: _, ...rest } = request;
    const answer = trainingDescription({ ...job(), request: { ...rest, StoppingCondition: { MaxPendingTimeInSeconds: 7200 } } });
    assert.deepEqual(answer.StoppingCondition, { MaxRuntimeInSeconds: 86_400, MaxPendingTimeInSeconds: 7200 });
    assert.deepEqual(
      [answer.EnableNetworkIsolation, answer.EnableInterContainerTrafficEncryption, answer.EnableManagedSpotTraining],
      [false, false, false],
    );
  });

  it('has a key of the output, empty where none was given, because clients read it without a test', () => {
    assert.deepEqual(describe_().OutputDataConfig, { KmsKeyId: '', S3OutputPath: 's3://bucket/output/' });
    const OutputDataConfig = { S3OutputPath: 's3://b/o', KmsKeyId: 'alias/mine' };
    assert.deepEqual(describe_({}, { OutputDataConfig }).OutputDataConfig, OutputDataConfig);
  });

  it('says that metrics become time series where there are definitions', () => {
    const series = (specification: object): unknown =>
      describe_({}, { AlgorithmSpecification: { TrainingImage: 'i', TrainingInputMode: 'File', ...specification } }).AlgorithmSpecification
        ?.EnableSageMakerMetricsTimeSeries;
    const MetricDefinitions = [{ Name: 'loss', Regex: 'loss=(.*)' }];
    assert.equal(series({}), false);
    assert.equal(series({ MetricDefinitions }), true);
    assert.equal(series({ MetricDefinitions, EnableSageMakerMetricsTimeSeries: false }), false);
  });

  it('has the profiler enabled where one is asked for and not switched off', () => {
    assert.equal(describe_().ProfilingStatus, 'Disabled');
    assert.equal(describe_({}, { ProfilerConfig: { S3OutputPath: 's3://b/p' } }).ProfilingStatus, 'Enabled');
    assert.equal(describe_({}, { ProfilerConfig: { DisableProfiler: true } }).ProfilingStatus, 'Disabled');
  });

  it('promises the model from the first answer on', () => {
    assert.equal(describe_().ModelArtifacts?.S3ModelArtifacts, 's3://bucket/output/iris-1/output/model.tar.gz');
    const OutputDataConfig = { S3OutputPath: 's3://bucket', CompressionType: 'NONE' } as const;
    assert.equal(modelUri({ ...request, OutputDataConfig }), 's3://bucket/iris-1/output/model/');
  });

  it('shows instance groups as they were sent', () => {
    const ResourceConfig = { InstanceGroups: [{ InstanceGroupName: 'a', InstanceType: 'ml.m5.large' as const, InstanceCount: 2 }] };
    assert.deepEqual(describe_({}, { ResourceConfig }).ResourceConfig, ResourceConfig);
  });

  it('counts whole seconds from the start on the instances, at least one', () => {
    const timesOf = ({ TrainingStartTime, TrainingEndTime, TrainingTimeInSeconds, BillableTimeInSeconds }: DescribeTrainingJobResponse) =>
      [TrainingStartTime, TrainingEndTime, TrainingTimeInSeconds, BillableTimeInSeconds] as const;
    assert.deepEqual(timesOf(describe_()), [at(10), undefined, undefined, undefined]);
    assert.deepEqual(timesOf(describe_({ endTime: at(35) })), [at(10), at(35), 25, 25]);
    assert.deepEqual(timesOf(describe_({ endTime: at(10) })), [at(10), at(10), 1, 1]);
  });

  it('has no times of training for a job that ended before it started', () => {
    const { startTime: _, ...never } = job({ endTime: at(5), status: 'Failed', secondaryStatus: 'Failed', failureReason: 'why' });
    const answer = trainingDescription(never);
    assert.equal(answer.FailureReason, 'why');
    for (const member of ['TrainingStartTime', 'TrainingEndTime', 'TrainingTimeInSeconds', 'BillableTimeInSeconds']) {
      assert.ok(!(member in answer), member);
    }
  });

  it('has final metrics that are finite, whatever was logged', () => {
    const metrics = [1e308, -1e300, 3.4e38, 1e-50].map((value) => ({ name: `${value}`, value, time: at(15) }));
    const answer = JSON.parse(JSON.stringify(describe_({ metrics }).FinalMetricDataList)) as readonly { readonly Value: number }[];
    assert.deepEqual(
      answer.map(({ Value }) => Value),
      [3.4028234663852886e38, -3.4028234663852886e38, Math.fround(3.4e38), 0],
    );
  });

  it('has final metrics in single precision', () => {
    const { FinalMetricDataList } = describe_({ metrics: [{ name: 'loss', value: 0.1, time: at(15) }] });
    assert.deepEqual(FinalMetricDataList, [{ MetricName: 'loss', Value: 0.10000000149011612, Timestamp: at(15) }]);
  });

  it('has the status of a warm pool where there is one', () => {
    assert.deepEqual(describe_({ warmPool: { Status: 'Available' } }).WarmPoolStatus, { Status: 'Available' });
  });
});

describe('the event of a change of status', () => {
  const event = trainingStateChange(describe_({ endTime: at(35) }), {
    id: '844e2571-85d4-695f-b930-0153b71dcb42',
    time: new Date('2026-01-31T12:00:35.678Z'),
    region: 'us-east-1',
    account: '000000000000',
  });

  it('is shaped as EventBridge shapes it', () => {
    const { detail: _, ...envelope } = event;
    assert.deepEqual(envelope, {
      version: '0',
      id: '844e2571-85d4-695f-b930-0153b71dcb42',
      'detail-type': 'SageMaker Training Job State Change',
      source: 'aws.sagemaker',
      account: '000000000000',
      time: '2026-01-31T12:00:35Z',
      region: 'us-east-1',
      resources: ['arn:aws:sagemaker:us-east-1:000000000000:training-job/iris-1'],
    });
  });

  it("carries Describe's answer with times in milliseconds since 1970", () => {
    assert.equal(event.detail.CreationTime, at(0).getTime());
    assert.equal(event.detail.TrainingEndTime, at(35).getTime());
    assert.deepEqual(event.detail.SecondaryStatusTransitions, [
      { Status: 'Starting', StartTime: at(0).getTime(), StatusMessage: 'Starting the training job' },
    ]);
    assert.deepEqual(event.detail.ResourceConfig, request.ResourceConfig);
    assert.deepEqual(JSON.parse(JSON.stringify(event)), event);
  });
});
