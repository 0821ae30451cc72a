import type {
  AlgorithmSpecification,
  CreateTrainingJobRequest,
  MetricDefinition,
  OutputDataConfig,
  ResourceConfig,
} from '@aws-sdk/client-sagemaker';
import { limits } from '../contract/limits.ts';
import { contractDefaults } from '../contract/names.ts';
import { parseDuration } from '../contract/quantities.ts';
import { encodeHyperparameter } from '../contract/script-mode.ts';
import { fail } from '../errors.ts';
import { toUri } from '../store/location.ts';
import { channelsWith, inputModeForAll } from './channel-flags.ts';
import { readHyperparameters } from './hyperparameters-file.ts';
import { pair } from './pair.ts';
import type { TrainValues } from './train-options.ts';

/** What neither the flags nor a file say, or what is worked out from them. */
export interface RequestContext {
  /** Relative paths start here. */
  readonly cwd: string;
  readonly name: string;
  /** An image that is not the file's own. */
  readonly image?: string;
  /** Seconds, where a flag says so. */
  readonly maxRuntime?: number;
}

/**
 * The CreateTrainingJob request that the flags say, on top of the one in `file`: a flag wins over the member it is about and leaves the
 * others alone, and where a member has names (hyperparameters, variables, channels, metrics) over the one of its name. Errors: WrongUsage,
 * and for a file of hyperparameters those of `readHyperparameters`.
 */
export async function trainingRequest(
  values: TrainValues,
  context: RequestContext,
  file: Partial<CreateTrainingJobRequest> = {},
): Promise<CreateTrainingJobRequest> {
  const { cwd, maxRuntime } = context;
  const channels = channelsWith(file.InputDataConfig ?? [], values, cwd);
  const given = {
    ...(values.hyperparameters !== undefined && (await readHyperparameters(values.hyperparameters, cwd))),
    ...pairs('--hp', values.hp),
  };
  // Those of the request are what the API takes already.
  const hyperparameters = { ...file.HyperParameters, ...(values['entry-point'] === undefined ? given : encoded(given)) };
  const environment = { ...file.Environment, ...pairs('--env', values.env) };
  return {
    ...file,
    TrainingJobName: context.name,
    ...(!isEmpty(hyperparameters) && { HyperParameters: hyperparameters }),
    AlgorithmSpecification: algorithm(values, context, file.AlgorithmSpecification),
    RoleArn: values.role ?? file.RoleArn ?? contractDefaults.roleArn,
    ...(channels.length > 0 && { InputDataConfig: [...channels] }),
    OutputDataConfig: output(values, cwd, file.OutputDataConfig),
    ResourceConfig: resources(values, file.ResourceConfig),
    ...times(values, maxRuntime, file),
    ...(values.checkpoints !== undefined && { CheckpointConfig: { ...file.CheckpointConfig, S3Uri: toUri(values.checkpoints, cwd) } }),
    ...(values['network-isolation'] && { EnableNetworkIsolation: true }),
    ...(!isEmpty(environment) && { Environment: environment }),
  };
}

/**
 * Members that AWS requires, that a file leaves out, and that are filled in here. Not the name, which people leave out of a file that
 * they use again and again.
 */
export const filledIn = (file: Partial<CreateTrainingJobRequest>, values: TrainValues): readonly string[] => [
  ...(file.AlgorithmSpecification || values['input-mode'].length > 0 ? [] : ['AlgorithmSpecification.TrainingInputMode']),
  ...(file.RoleArn !== undefined || values.role !== undefined ? [] : ['RoleArn']),
  ...(file.OutputDataConfig || values.output !== undefined ? [] : ['OutputDataConfig']),
  ...(file.ResourceConfig || (values['instance-type'] !== undefined && values['instance-count'] !== undefined) ? [] : ['ResourceConfig']),
];

/** The image on the command line stands in for whatever the file would run. */
function algorithm(values: TrainValues, { image }: RequestContext, file?: AlgorithmSpecification): AlgorithmSpecification {
  const { AlgorithmName, ...rest } = file ?? { TrainingInputMode: 'File' };
  const mode = inputModeForAll(values['input-mode']);
  const metrics = metricsWith(file?.MetricDefinitions ?? [], values.metric);
  return {
    ...rest,
    ...(image !== undefined ? { TrainingImage: image } : AlgorithmName !== undefined && { AlgorithmName }),
    ...(mode !== undefined && { TrainingInputMode: mode }),
    ...(values.entrypoint !== undefined && { ContainerEntrypoint: values.entrypoint.split(',') }),
    ...(values.args !== undefined && { ContainerArguments: values.args.split(',') }),
    ...(metrics.length > 0 && { MetricDefinitions: metrics }),
  };
}

function metricsWith(definitions: readonly MetricDefinition[], texts: readonly string[]): MetricDefinition[] {
  const given = texts.map((text) => pair('--metric', text)).map(([Name, Regex]) => ({ Name, Regex }));
  return [...definitions.filter((each) => !given.some(({ Name }) => Name === each.Name)), ...given];
}

/**
 * A job that is interrupted, or has a time to wait for instances, is a spot job, which must have such a time: twice its run time where nobody
 * says more. Whole seconds are all that AWS knows.
 */
function times(
  { 'interrupt-after': interruptAfter, 'max-wait': maxWait }: TrainValues,
  maxRuntime: number | undefined,
  file: Partial<CreateTrainingJobRequest>,
): Pick<CreateTrainingJobRequest, 'StoppingCondition' | 'EnableManagedSpotTraining'> {
  const whole = (seconds: number): number => Math.max(1, Math.ceil(seconds));
  const isSpot = interruptAfter.length > 0 || maxWait !== undefined;
  if (isSpot && file.EnableManagedSpotTraining === false) {
    throw fail('WrongUsage', {
      message: `${maxWait === undefined ? '--interrupt-after' : '--max-wait'} is for spot jobs, and the request says EnableManagedSpotTraining: false.`,
      remedy: 'Remove the member from the request, or set it to true.',
    });
  }
  const condition = {
    ...file.StoppingCondition,
    ...(maxRuntime !== undefined && { MaxRuntimeInSeconds: whole(maxRuntime) }),
    ...(maxWait !== undefined && { MaxWaitTimeInSeconds: whole(parseDuration(maxWait, '--max-wait')) }),
  };
  if (isSpot) condition.MaxWaitTimeInSeconds ??= 2 * (condition.MaxRuntimeInSeconds ?? limits.run.cloud);
  return {
    ...(Object.keys(condition).length > 0 && { StoppingCondition: condition }),
    ...(isSpot && { EnableManagedSpotTraining: true }),
  };
}

/** Artifacts of a request that says nothing of them go to a directory of the user's. */
function output(values: TrainValues, cwd: string, file?: OutputDataConfig): OutputDataConfig {
  const { compression, output: place } = values;
  if (compression !== undefined && !Object.hasOwn(compressions, compression)) {
    throw fail('WrongUsage', { message: `--compression ${compression}: there is no such compression.`, remedy: 'Use gzip or none.' });
  }
  return {
    ...(file ?? { S3OutputPath: toUri('sm-local-output', cwd) }),
    ...(place !== undefined && { S3OutputPath: toUri(place, cwd) }),
    ...(compression !== undefined && { CompressionType: compressions[compression as keyof typeof compressions] }),
  } as OutputDataConfig;
}

const compressions = { gzip: 'GZIP', none: 'NONE' } as const;

function resources(values: TrainValues, file?: ResourceConfig): ResourceConfig {
  const type = values['instance-type'] as ResourceConfig['InstanceType'];
  const count = values['instance-count'];
  if (count !== undefined && !/^\d+$/.test(count)) {
    throw fail('WrongUsage', { message: `--instance-count ${count}: that is not a whole number.`, remedy: 'Use --instance-count 2.' });
  }
  return {
    ...(file ?? { InstanceType: contractDefaults.instanceType, InstanceCount: contractDefaults.instanceCount }),
    ...(type !== undefined && { InstanceType: type }),
    ...(count !== undefined && { InstanceCount: Number(count) }),
  };
}

const pairs = (flag: string, texts: readonly string[]): Record<string, string> => Object.fromEntries(texts.map((text) => pair(flag, text)));

const encoded = (hyperparameters: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(hyperparameters).map(([name, text]) => [name, encodeHyperparameter(text)]));

const isEmpty = (map: object): boolean => Object.keys(map).length === 0;
