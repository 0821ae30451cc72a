import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';

/** Defaults of the request's local paths. Source: API Reference, CheckpointConfig, DebugHookConfig and TensorBoardOutputConfig. */
export const checkpointPath = ({ CheckpointConfig }: CreateTrainingJobRequest): string =>
  CheckpointConfig?.LocalPath ?? '/opt/ml/checkpoints';
export const tensorsPath = ({ DebugHookConfig }: CreateTrainingJobRequest): string =>
  DebugHookConfig?.LocalPath ?? '/opt/ml/output/tensors/';
export const tensorBoardPath = ({ TensorBoardOutputConfig }: CreateTrainingJobRequest): string =>
  TensorBoardOutputConfig?.LocalPath ?? '/opt/ml/output/tensorboard';

/** A request that names a profiler, also one that is switched off, has its file; only one that is on has a directory and a status. */
export const isProfiled = ({ ProfilerConfig }: CreateTrainingJobRequest): boolean =>
  ProfilerConfig !== undefined && ProfilerConfig.DisableProfiler !== true;

/**
 * Files of /opt/ml/input/config that exist only where the request has what they are about; name -> content. Sources: the readers in AWS's
 * debugger and XGBoost containers; a log line that says of a job without CheckpointConfig that its file does not exist.
 */
export function configOnRequest(request: CreateTrainingJobRequest): ReadonlyMap<string, object> {
  const files: [name: string, content: object | undefined][] = [
    ['checkpointconfig.json', request.CheckpointConfig && { LocalPath: checkpointPath(request) }],
    ['debughookconfig.json', debugHook(request)],
    ['profilerconfig.json', profiler(request)],
    ['tensorboardoutputconfig.json', request.TensorBoardOutputConfig && { LocalPath: tensorBoardPath(request) }],
  ];
  return new Map(files.flatMap(([name, content]) => (content ? [[name, content] as const] : [])));
}

/** What the request says, in the order in which the reader asks, with the path filled in. */
function debugHook(request: CreateTrainingJobRequest): object | undefined {
  if (!request.DebugHookConfig) return undefined;
  const { S3OutputPath, HookParameters, CollectionConfigurations } = request.DebugHookConfig;
  return {
    S3OutputPath,
    LocalPath: tensorsPath(request),
    ...(HookParameters && { HookParameters }),
    ...(CollectionConfigurations && {
      CollectionConfigurations: CollectionConfigurations.map(({ CollectionName, CollectionParameters }) => ({
        CollectionName,
        CollectionParameters,
      })),
    }),
  };
}

function profiler({ ProfilerConfig }: CreateTrainingJobRequest): object | undefined {
  if (!ProfilerConfig) return undefined;
  const { S3OutputPath, ProfilingIntervalInMilliseconds, ProfilingParameters, DisableProfiler } = ProfilerConfig;
  return { S3OutputPath, ProfilingIntervalInMilliseconds, ProfilingParameters, DisableProfiler };
}
