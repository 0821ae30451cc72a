/** How code inside a container finds credentials, and what it is answered. Pure; as Amazon ECS does it, which runs SageMaker's containers. */

/** Where AWS's clients ask, on port 80, for the path that the environment names. Source: "Task IAM roles" of the ECS guide; botocore. */
export const credentialsHost = '169.254.170.2';

/** What an AWS client signs with, in the words of the answer. */
export interface Keys {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly Token: string;
}

/** Where the credentials of a job or an endpoint are: at the address under ids of its own, in its environment, or nowhere. */
export type CredentialsPlace =
  | { readonly source: 'network'; readonly id: string; readonly metadataId: string }
  | { readonly source: 'environment'; readonly keys: Keys }
  | { readonly source: 'none' };

export interface CredentialsReader {
  readonly kind: 'training-job' | 'endpoint';
  /** Without a way out there are no credentials. Source: "Run Training and Inference Containers in Internet-Free Mode". */
  readonly isolated: boolean;
  /** The user's own variables. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * The variables that lead there. Training containers are told of the metadata service too, as environments printed by real jobs show
 * (contract training §7.1); of serving containers nobody has seen that (contract hosting §3). Keys in the environment, which the cloud never
 * gives, must not mix with keys that the user has put there.
 */
export function credentialsVariables(place: CredentialsPlace, { kind, isolated, environment }: CredentialsReader): Record<string, string> {
  if (isolated || place.source === 'none') return {};
  if (place.source === 'network') {
    return {
      AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: credentialsPath(place.id),
      ...(kind === 'training-job' && {
        ECS_CONTAINER_METADATA_URI: `http://${credentialsHost}/v3/${place.metadataId}`,
        ECS_CONTAINER_METADATA_URI_V4: `http://${credentialsHost}/v4/${place.metadataId}`,
      }),
    };
  }
  const { AccessKeyId, SecretAccessKey, Token } = place.keys;
  const variables = { AWS_ACCESS_KEY_ID: AccessKeyId, AWS_SECRET_ACCESS_KEY: SecretAccessKey, AWS_SESSION_TOKEN: Token };
  return Object.keys(variables).some((name) => name in environment) ? {} : variables;
}

export const credentialsPath = (id: string): string => `/v2/credentials/${id}`;

/** What a path of the service asks for; undefined when it is none of its paths. */
export function readCredentialsPath(path: string): CredentialsQuestion | undefined {
  const [, what, id, rest] = /^\/(v2\/credentials|v3|v4)\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(\/task)?$/.exec(path) ?? [];
  if (id === undefined) return undefined;
  if (what !== 'v2/credentials') return { about: rest ? 'task' : 'container', id };
  return rest ? undefined : { about: 'credentials', id };
}

export interface CredentialsQuestion {
  readonly about: 'credentials' | 'container' | 'task';
  readonly id: string;
}

/** The answer with keys. Clients renew them before `expiration`. Source: "Task IAM roles"; botocore's reader of it (contract training §7.2). */
export const credentialsAnswer = (roleArn: string, keys: Keys, expiration: Date): object => ({
  RoleArn: roleArn,
  AccessKeyId: keys.AccessKeyId,
  SecretAccessKey: keys.SecretAccessKey,
  Token: keys.Token,
  Expiration: expiration.toISOString().replace(/\.\d+Z$/, 'Z'),
});

/** What is true of every container of a job as long as it can ask. Members as in "Task metadata endpoint" of the ECS guide, versions 3 and 4. */
export interface ContainerMetadata {
  readonly Name: string;
  readonly Image: string;
  readonly ImageID: string;
}

export function metadataAnswer(about: 'container' | 'task', metadata: ContainerMetadata): object {
  const running = { DesiredStatus: 'RUNNING', KnownStatus: 'RUNNING' };
  const container = { ...metadata, ...running, Type: 'NORMAL' };
  return about === 'container' ? container : { ...running, Containers: [container] };
}

/** An error in the form of the ECS agent's own. */
export const credentialsError = (status: number, code: string, message: string): object => ({ code, message, HTTPErrorCode: status });
