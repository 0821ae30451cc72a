import type { CredentialsPlace } from '../contract/container-credentials.ts';
import type { Role } from './assume-role.ts';
import type { Issued } from './issue.ts';

export type Source = CredentialsPlace['source'];

/** What the user wants containers to find. */
export interface CredentialsChoice {
  /** Network where it can be had, else environment, when absent. */
  readonly source?: Source;
  /** Whose credentials; keys that are good for nothing when absent. */
  readonly role?: Role;
}

/** What is kept of it with a job or an endpoint, for the process that takes that over. Keys of a role are not kept. */
export interface KeptCredentials {
  readonly choice: CredentialsChoice;
  readonly source: Source;
  /** Why it is not the network, where that would have been taken. */
  readonly why?: string;
  readonly issued?: Issued;
}

/** What is told of it, without secrets: where containers find their credentials, whose, and why not where they do in the cloud. */
export interface CredentialsNews {
  readonly source: Source;
  /** ARN of a real role. */
  readonly role?: string;
  readonly why?: string;
}

export const newsOf = ({ source, choice: { role }, why }: KeptCredentials): CredentialsNews => ({
  source,
  ...(role && { role: role.arn }),
  ...(why !== undefined && { why }),
});
