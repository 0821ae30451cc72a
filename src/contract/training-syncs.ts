import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { checkpointPath, isProfiled, tensorBoardPath, tensorsPath } from './training-config.ts';

/** A directory of a container that is copied to S3 while the job runs. */
export interface SyncedDirectory {
  readonly kind: 'checkpoints' | 'debug-output' | 'profiler-output' | 'tensorboard-output';
  /** Absolute in the container, without a slash at the end. */
  readonly path: string;
  /** Where its files go, without a slash at the end. */
  readonly uri: string;
}

/** Not in the request: readers in AWS's debugger take it for granted. Source: sagemaker-debugger, profiler_config_parser.py. */
const profilerPath = '/opt/ml/output/profiler';

/**
 * The directories that a request wants synced. The job's name is part of where they go, but for checkpoints, which the next job finds there.
 * Sources: "Use Checkpoints in Amazon SageMaker"; API Reference, DebugHookConfig, ProfilerConfig and TensorBoardOutputConfig; the names of
 * the folders from sagemaker-python-sdk, estimator.py.
 */
export function syncedDirectories(request: CreateTrainingJobRequest): readonly SyncedDirectory[] {
  const { TrainingJobName, CheckpointConfig, DebugHookConfig, ProfilerConfig, TensorBoardOutputConfig } = request;
  const ofJob = (kind: SyncedDirectory['kind'], path: string, uri: string | undefined): readonly SyncedDirectory[] =>
    uri === undefined ? [] : [{ kind, path: withoutSlash(path), uri: `${withoutSlash(uri)}/${TrainingJobName}/${kind}` }];
  return [
    ...(CheckpointConfig
      ? [{ kind: 'checkpoints', path: withoutSlash(checkpointPath(request)), uri: withoutSlash(CheckpointConfig.S3Uri ?? '') } as const]
      : []),
    ...(DebugHookConfig ? ofJob('debug-output', tensorsPath(request), DebugHookConfig.S3OutputPath) : []),
    ...(isProfiled(request) ? ofJob('profiler-output', profilerPath, ProfilerConfig?.S3OutputPath) : []),
    ...(TensorBoardOutputConfig ? ofJob('tensorboard-output', tensorBoardPath(request), TensorBoardOutputConfig.S3OutputPath) : []),
  ];
}

const withoutSlash = (path: string): string => path.replace(/(?<=.)\/+$/, '');

/** What marks files in a directory of checkpoints. Sources: AWS's XGBoost container, checkpointing.py; sagemaker-debugger, state_store.py. */
export const markers = { uploading: '.sagemaker-uploading', uploaded: '.sagemaker-uploaded', ignored: '.sagemaker-ignore' } as const;

/** Whether a file is a marker, or is not to be uploaded because of its name. */
export const isNotUploaded = (name: string): boolean => Object.values(markers).some((suffix) => name.endsWith(suffix));

/** The member of the request that says where it goes. */
export const syncMembers: Readonly<Record<SyncedDirectory['kind'], string>> = {
  checkpoints: 'CheckpointConfig.S3Uri',
  'debug-output': 'DebugHookConfig.S3OutputPath',
  'profiler-output': 'ProfilerConfig.S3OutputPath',
  'tensorboard-output': 'TensorBoardOutputConfig.S3OutputPath',
};
