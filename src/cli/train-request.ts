import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Channel, CreateTrainingJobRequest, MetricDefinition } from '@aws-sdk/client-sagemaker';
import { fail, reasonOf } from '../errors.ts';
import { toUri } from '../jobs/inputs.ts';
import type { TrainValues } from './train-options.ts';

/** What the flags leave open. */
export interface RequestDefaults {
  /** Relative paths start here. */
  readonly cwd: string;
  readonly name: string;
  readonly image: string;
  readonly roleArn: string;
  /** Seconds. */
  readonly maxRuntime: number;
}

/** The CreateTrainingJob request that the flags say. Errors: WrongUsage, InvalidRequest for a file of hyperparameters. */
export async function trainingRequest(values: TrainValues, defaults: RequestDefaults): Promise<CreateTrainingJobRequest> {
  const channels = values.input.map((text) => channel(text, values, defaults.cwd));
  const metrics = values.metric.map((text): MetricDefinition => {
    const [Name, Regex] = pair('--metric', text);
    return { Name, Regex };
  });
  const fromFile = values.hyperparameters === undefined ? {} : await hyperparametersOf(resolve(defaults.cwd, values.hyperparameters));
  return {
    TrainingJobName: defaults.name,
    HyperParameters: { ...fromFile, ...Object.fromEntries(values.hp.map((text) => pair('--hp', text))) },
    AlgorithmSpecification: {
      TrainingImage: defaults.image,
      TrainingInputMode: 'File',
      ...(values.entrypoint !== undefined && { ContainerEntrypoint: values.entrypoint.split(',') }),
      ...(values.args !== undefined && { ContainerArguments: values.args.split(',') }),
      ...(metrics.length > 0 && { MetricDefinitions: metrics }),
    },
    RoleArn: defaults.roleArn,
    ...(channels.length > 0 && { InputDataConfig: channels }),
    OutputDataConfig: { S3OutputPath: toUri(values.output ?? 'sm-local-output', defaults.cwd) },
    ResourceConfig: { InstanceType: (values['instance-type'] ?? 'ml.m5.large') as 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 30 },
    StoppingCondition: { MaxRuntimeInSeconds: Math.max(1, Math.ceil(defaults.maxRuntime)) },
    ...(values.env.length > 0 && { Environment: Object.fromEntries(values.env.map((text) => pair('--env', text))) }),
  };
}

function channel(text: string, values: TrainValues, cwd: string): Channel {
  const [ChannelName, source] = pair('--input', text);
  const typed = values['content-type'].map((each) => pair('--content-type', each)).find(([name]) => name === ChannelName);
  return {
    ChannelName,
    DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: toUri(source, cwd), S3DataDistributionType: 'FullyReplicated' } },
    ...(typed && { ContentType: typed[1] }),
  };
}

/** `K=V` at the first `=`; the value may hold more of them. Errors: WrongUsage. */
export function pair(flag: string, text: string): [key: string, value: string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw fail('WrongUsage', {
    message: `${flag} ${text}: there is no "name=" in front of the value.`,
    remedy: `Write it as ${flag} name=value.`,
  });
}

async function hyperparametersOf(path: string): Promise<Record<string, string>> {
  const content = await readFile(path, 'utf8').catch((error) => {
    throw fail('InputUnreadable', { what: '--hyperparameters', path, why: reasonOf(error) }, error);
  });
  let parsed: unknown;
  try {
    parsed = JSON.parse(content);
  } catch (error) {
    throw fail('InputUnreadable', { what: '--hyperparameters', path, why: `it is not JSON (${reasonOf(error)})` }, error);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw fail('InputUnreadable', { what: '--hyperparameters', path, why: 'it is not a JSON object' });
  }
  const wrong = Object.entries(parsed).filter(([, value]) => typeof value !== 'string');
  if (wrong.length === 0) return parsed as Record<string, string>;
  const names = wrong.map(([name, value]) => `${name} (${JSON.stringify(value)})`).join(', ');
  throw fail('InvalidRequest', {
    message: `The hyperparameters in ${path} must all be strings; these are not: ${names}.`,
    remedy: `SageMaker's API takes strings only. Put the values in quotes, e.g. "${wrong[0]?.[0]}": ${JSON.stringify(JSON.stringify(wrong[0]?.[1]))}.`,
  });
}
