import type { Account } from './names.ts';

/** Where AWS's clients find `sm-local up`. */
export interface ClientPlace extends Account {
  /** `http://127.0.0.1:4570`: never `localhost`, for which the JavaScript SDK takes buckets for host names. */
  readonly url: string;
  /** Where objects are, when that is somewhere else. */
  readonly s3Endpoint?: string;
  /** Path of the file that `sagemakerConfig` is written to, as the client sees it. */
  readonly sagemakerConfig?: string;
}

/** What `sm-local up` listens on unless it is told otherwise. */
export const defaultUrl = 'http://127.0.0.1:4570';

/**
 * The environment that leads boto3 (1.28 and later), the AWS CLI (2.13 and later) and the JavaScript SDK there. Any keys are accepted; one of
 * twelve digits says which account. Sources: "Service-specific endpoints" of the AWS SDKs and Tools reference; contract control-plane §3.
 */
export function clientVariables({ url, account, region, s3Endpoint, sagemakerConfig }: ClientPlace): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL: url,
    ...(s3Endpoint !== undefined && { AWS_ENDPOINT_URL_S3: s3Endpoint }),
    AWS_ACCESS_KEY_ID: account,
    AWS_SECRET_ACCESS_KEY: 'sm-local',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    ...(sagemakerConfig !== undefined && { SAGEMAKER_USER_CONFIG_OVERRIDE: sagemakerConfig }),
  };
}

/** The bucket that the SageMaker Python SDK uses where it is told of none. */
export const defaultBucket = ({ account, region }: Account): string => `sagemaker-${region}-${account}`;

/**
 * Defaults of the SageMaker Python SDK that keep it on this machine: without a bucket by name it asks the real STS for one, whatever the
 * environment says, and it reports its use to a bucket of AWS's. YAML. Source: contract s3-and-logs §5.1.
 */
export const sagemakerConfig = (place: Account): string => `SchemaVersion: '1.0'
SageMaker:
  PythonSDK:
    Modules:
      TelemetryOptOut: true
      Session:
        DefaultS3Bucket: ${defaultBucket(place)}
`;

/** How settings are written. */
export const settingFormats = ['bash', 'fish', 'powershell', 'dotenv', 'json', 'docker'] as const;
export type SettingFormat = (typeof settingFormats)[number];

/** The variables as a shell or a program reads them, with a newline at the end. */
export function writeSettings(variables: Readonly<Record<string, string>>, format: SettingFormat): string {
  if (format === 'json') return `${JSON.stringify(variables, undefined, 2)}\n`;
  return Object.entries(variables)
    .map(([name, value]) => `${lineOf[format](name, value)}\n`)
    .join('');
}

const lineOf: Readonly<Record<Exclude<SettingFormat, 'json'>, (name: string, value: string) => string>> = {
  bash: (name, value) => `export ${name}=${quoted(value)}`,
  fish: (name, value) => `set -gx ${name} '${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`,
  powershell: (name, value) => `$env:${name} = '${value.replaceAll("'", "''")}'`,
  dotenv: (name, value) => `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`,
  // The rest of the line is the value, quotes and all.
  docker: (name, value) => `${name}=${value}`,
};

/** A word as POSIX shells take it, whatever is in it. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
