import { namePattern } from './constraints-shared.ts';

/** Names that are made up here or that AWS builds from others. */
export type ResourceKind = 'training-job' | 'model' | 'endpoint-config' | 'endpoint';

export interface Account {
  readonly region: string;
  /** Twelve digits. */
  readonly account: string;
}

/** What stands where a request or a profile would say otherwise (design §5). */
export const contractDefaults = {
  account: '000000000000',
  region: 'us-east-1',
  roleArn: 'arn:aws:iam::000000000000:role/sm-local',
  instanceType: 'ml.m5.large',
  instanceCount: 1,
} as const;

/** Whether SageMaker takes it as the name of a job, an endpoint, an endpoint configuration or a variant: 1 to 63 characters. */
export const isName = (text: string): boolean => text.length <= longestName && namePattern.matches(text);

/** API Reference, `TrainingJobName`, `EndpointName`, …: "Maximum length of 63". */
export const longestName = 63;

/**
 * `arn:aws:sagemaker:<region>:<account>:<kind>/<name>` with the name in lower case, as published output shows it for names with
 * capitals (for endpoints and processing jobs; the other kinds are taken to be the same).
 */
export const resourceArn = (kind: ResourceKind, region: string, account: string, name: string): string =>
  `arn:aws:sagemaker:${region}:${account}:${kind}/${name.toLowerCase()}`;

export const trainingJobArn = (region: string, account: string, name: string): string => resourceArn('training-job', region, account, name);
export const modelArn = (region: string, account: string, name: string): string => resourceArn('model', region, account, name);
export const endpointConfigArn = (region: string, account: string, name: string): string =>
  resourceArn('endpoint-config', region, account, name);
export const endpointArn = (region: string, account: string, name: string): string => resourceArn('endpoint', region, account, name);

/** The twelve digits in an ARN of SageMaker's. */
export const accountOfArn = (arn: string): string => arn.split(':')[4] ?? '';

/**
 * `<image>-YYYY-MM-DD-HH-MM-SS-mmm` in UTC, as the SageMaker Python SDK names jobs. `source` is an image reference or a directory:
 * its last part without tag and digest, odd characters as hyphens, cut so that the whole is a name.
 */
export function defaultName(source: string, at: Date): string {
  const stamp = at.toISOString().replace('Z', '').replace(/[T:.]/g, '-');
  const room = longestName - stamp.length - 1;
  return `${nameLike(lastPart(source)).slice(0, room).replace(/-+$/, '') || 'job'}-${stamp}`;
}

/** `registry:5000/team/iris:1.2@sha256:…` -> `iris`; `./examples/iris/` -> `iris`. */
function lastPart(source: string): string {
  const path = source.replace(/@sha256:[0-9a-f]+$/, '').replace(/[\\/]+$/, '');
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1).replace(/:[^:]*$/, '');
}

const nameLike = (text: string): string => text.replace(/[^a-zA-Z0-9]+/g, '-').replace(/^-+/, '');
