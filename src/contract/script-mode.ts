import type { Channel, CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { fail } from '../errors.ts';
import type { Account } from './names.ts';
import { servingCodeDirectory, servingModelDirectory } from './serving.ts';

/** Source code that a job runs: what of it, and where its archive is. */
export interface ScriptPlace {
  /** The program, relative to the top of the archive, with `/`. */
  readonly program: string;
  /** `s3://bucket/job/source/sourcedir.tar.gz`; its last part is `sourceArchive`. */
  readonly uri: string;
  readonly region: string;
}

/** The name of the archive. Source: SageMaker Python SDK v2, `fw_utils.tar_and_upload_dir`. */
export const sourceArchive = 'sourcedir.tar.gz';

/** The channel that delivers it. Source: SageMaker Python SDK v2, `EstimatorBase.code_channel_name`. */
export const codeChannel = 'code';

/** The SDK's own bucket, where nobody names another. Source: SageMaker Python SDK v2, `Session.default_bucket`. */
export const defaultBucket = ({ region, account }: Account): string => `sagemaker-${region}-${account}`;

/** Where the SDK puts the archive of a job in that bucket. */
export const sourceKey = (job: string): string => `${job}/source/${sourceArchive}`;

/**
 * The request of a job whose image runs a program that is not in it: the hyperparameters by which AWS's training toolkit finds the program,
 * and the channel `code`, through which the archive comes. This is the SDK's way for jobs in network isolation; otherwise it lets the
 * toolkit fetch the archive from S3 itself. Source: SageMaker Python SDK v2, `EstimatorBase._prepare_for_training` and
 * `_script_mode_hyperparam_update`. Errors: InvalidRequest.
 */
export function inScriptMode(request: CreateTrainingJobRequest, place: ScriptPlace): CreateTrainingJobRequest {
  const channels = request.InputDataConfig ?? [];
  if (channels.some(({ ChannelName }) => ChannelName === codeChannel)) {
    throw fail('InvalidRequest', {
      message: `The channel ${codeChannel} of the request has the name of the one that brings the source code.`,
      remedy: 'Rename your channel, or leave out the source code.',
    });
  }
  return {
    ...request,
    HyperParameters: { ...logLevel, ...request.HyperParameters, ...scriptHyperparameters(request, place) },
    InputDataConfig: [...channels, codeChannelFrom(place.uri)],
  };
}

/**
 * The environment of a model whose image runs a program from /opt/ml/model/code; what the user sets himself stays as it is.
 * Source: SageMaker Python SDK v2, `FrameworkModel._script_mode_env_vars` (which replaces the user's own).
 */
export const withServingCode = (
  environment: Readonly<Record<string, string>>,
  { program, region }: Pick<ScriptPlace, 'program' | 'region'>,
): Readonly<Record<string, string>> => ({
  SAGEMAKER_PROGRAM: program,
  SAGEMAKER_SUBMIT_DIRECTORY: `${servingModelDirectory}/${servingCodeDirectory}`,
  SAGEMAKER_CONTAINER_LOG_LEVEL: logLevel.sagemaker_container_log_level,
  SAGEMAKER_REGION: region,
  ...environment,
});

/** Names of hyperparameters that a request has by itself and that `inScriptMode` replaces by others. */
export const replacedHyperparameters = (request: CreateTrainingJobRequest, place: ScriptPlace): readonly string[] =>
  Object.entries(scriptHyperparameters(request, place)).flatMap(([name, value]) => {
    const own = request.HyperParameters?.[name];
    return own === undefined || own === value ? [] : [name];
  });

/** Python's logging.INFO, the SDK's default; a request may want another. */
const logLevel = { sagemaker_container_log_level: '20' } as const;

const scriptHyperparameters = ({ TrainingJobName }: CreateTrainingJobRequest, { program, region }: ScriptPlace) => ({
  sagemaker_program: asPythonJson(program),
  sagemaker_submit_directory: asPythonJson(`/opt/ml/input/data/${codeChannel}/${sourceArchive}`),
  sagemaker_job_name: asPythonJson(TrainingJobName ?? ''),
  sagemaker_region: asPythonJson(region),
});

/** In File mode, whatever the mode of the job is: the toolkit unpacks a file. */
const codeChannelFrom = (S3Uri: string): Channel => ({
  ChannelName: codeChannel,
  InputMode: 'File',
  DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri, S3DataDistributionType: 'FullyReplicated' } },
});

/**
 * A hyperparameter as a person writes it, as the SDK would send it: the toolkit reads every value as JSON. What is JSON stays as it is (`10`,
 * `0.10`, `true`, `[64, 32]`, `"10"`, `null`), any other text becomes a JSON string (`resnet` -> `"resnet"`).
 */
export function encodeHyperparameter(text: string): string {
  try {
    JSON.parse(text);
    return text;
  } catch {
    return asPythonJson(text);
  }
}

/** As Python's `json.dumps` writes it: in ASCII. */
const asPythonJson = (text: string): string =>
  JSON.stringify(text).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
