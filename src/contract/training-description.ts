import type {
  CreateTrainingJobRequest,
  DescribeTrainingJobResponse,
  MetricData,
  SecondaryStatus,
  SecondaryStatusTransition,
  TrainingJobStatus,
  WarmPoolStatus,
} from '@aws-sdk/client-sagemaker';
import { limits } from './limits.ts';
import { isProfiled } from './training-config.ts';

/** What there is to say of a job at one moment. */
export interface DescribedTraining {
  readonly arn: string;
  readonly request: CreateTrainingJobRequest;
  readonly status: TrainingJobStatus;
  readonly secondaryStatus: SecondaryStatus;
  readonly transitions: readonly SecondaryStatusTransition[];
  readonly creationTime: Date;
  /** Start on the instances: of the first download. Absent when it never came so far. */
  readonly startTime?: Date;
  /** After the upload, or when the failure was noticed. */
  readonly endTime?: Date;
  readonly modifiedTime: Date;
  readonly failureReason?: string;
  /** The last value of each. */
  readonly metrics: readonly { readonly name: string; readonly value: number; readonly time: Date }[];
  /** Of a job that asked for one. */
  readonly warmPool?: WarmPoolStatus;
}

/** Members of the request that the answer shows as they were sent. */
export const echoedMembers = [
  'HyperParameters',
  'RoleArn',
  'InputDataConfig',
  'ResourceConfig',
  'VpcConfig',
  'CheckpointConfig',
  'DebugHookConfig',
  'ExperimentConfig',
  'DebugRuleConfigurations',
  'TensorBoardOutputConfig',
  'ProfilerConfig',
  'ProfilerRuleConfigurations',
  'Environment',
  'RetryStrategy',
  'RemoteDebugConfig',
  'InfraCheckConfig',
  'ServerlessJobConfig',
  'MlflowConfig',
  'ModelPackageConfig',
] as const satisfies readonly (keyof CreateTrainingJobRequest & keyof DescribeTrainingJobResponse)[];

/** DescribeTrainingJob's answer. Source: API Reference, DescribeTrainingJob; published answers (contract §2.7). */
export function trainingDescription(job: DescribedTraining): DescribeTrainingJobResponse {
  const { request, failureReason, warmPool, metrics } = job;
  return {
    TrainingJobName: request.TrainingJobName,
    TrainingJobArn: job.arn,
    ModelArtifacts: { S3ModelArtifacts: modelUri(request) },
    TrainingJobStatus: job.status,
    SecondaryStatus: job.secondaryStatus,
    ...(failureReason !== undefined && { FailureReason: failureReason }),
    ...echoes(request),
    // Estimator.attach reads the key without asking whether there is one (contract control-plane §4.3).
    OutputDataConfig: { KmsKeyId: '', S3OutputPath: undefined, ...request.OutputDataConfig },
    AlgorithmSpecification: algorithm(request),
    StoppingCondition: { MaxRuntimeInSeconds: limits.run.cloud, ...request.StoppingCondition },
    ...(warmPool && { WarmPoolStatus: warmPool }),
    CreationTime: job.creationTime,
    ...times(job),
    LastModifiedTime: job.modifiedTime,
    SecondaryStatusTransitions: [...job.transitions],
    ...(metrics.length > 0 && { FinalMetricDataList: metrics.map(metricData) }),
    EnableNetworkIsolation: request.EnableNetworkIsolation ?? false,
    EnableInterContainerTrafficEncryption: request.EnableInterContainerTrafficEncryption ?? false,
    EnableManagedSpotTraining: request.EnableManagedSpotTraining ?? false,
    ProfilingStatus: isProfiled(request) ? 'Enabled' : 'Disabled',
  };
}

/**
 * Where the model is, or would be: promised from the first answer on, even when there will be no object. With CompressionType NONE it is
 * the prefix of single files; that its last part is `model/` is inferred.
 */
export function modelUri({ OutputDataConfig, TrainingJobName }: CreateTrainingJobRequest): string {
  const { S3OutputPath = '', CompressionType } = OutputDataConfig ?? {};
  return `${S3OutputPath.replace(/\/$/, '')}/${TrainingJobName}/output/${CompressionType === 'NONE' ? 'model/' : 'model.tar.gz'}`;
}

const echoes = (request: CreateTrainingJobRequest): Partial<DescribeTrainingJobResponse> =>
  Object.fromEntries(echoedMembers.flatMap((member) => (request[member] == null ? [] : [[member, request[member]]])));

/** The time series are on by themselves where metrics are defined. Source: API Reference, AlgorithmSpecification. */
const algorithm = ({ AlgorithmSpecification }: CreateTrainingJobRequest): DescribeTrainingJobResponse['AlgorithmSpecification'] =>
  AlgorithmSpecification && {
    ...AlgorithmSpecification,
    EnableSageMakerMetricsTimeSeries:
      AlgorithmSpecification.EnableSageMakerMetricsTimeSeries ?? (AlgorithmSpecification.MetricDefinitions ?? []).length > 0,
  };

/** None of them for a job that ended before it started. Whole seconds, at least one, not multiplied by the instances. */
function times({ startTime, endTime }: DescribedTraining): Partial<DescribeTrainingJobResponse> {
  if (!startTime) return {};
  if (!endTime) return { TrainingStartTime: startTime };
  const seconds = Math.max(1, Math.round((endTime.getTime() - startTime.getTime()) / 1000));
  return { TrainingStartTime: startTime, TrainingEndTime: endTime, TrainingTimeInSeconds: seconds, BillableTimeInSeconds: seconds };
}

/**
 * The service keeps values in single precision, so 0.1 reads 0.10000000149011612. What is beyond it is not documented; here it is the greatest there is,
 * since an infinite value has no JSON.
 */
const metricData = ({ name, value, time }: DescribedTraining['metrics'][number]): MetricData => ({
  MetricName: name,
  Value: Math.max(-greatestFloat, Math.min(greatestFloat, Math.fround(value))),
  Timestamp: time,
});

const greatestFloat = 2 ** 128 - 2 ** 104;
