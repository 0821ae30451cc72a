import type { EndpointStatus } from '@aws-sdk/client-sagemaker';

/** What is kept of an endpoint while there is one: enough for another process to find and invoke it. */
export interface EndpointRecord {
  readonly name: string;
  readonly arn: string;
  readonly status: EndpointStatus;
  /** Id of the process that runs it. */
  readonly owner: string;
  /** Where its requests go; absent until it listens. */
  readonly url?: string;
  readonly image: string;
  readonly imageId: string;
  /** What the user named as its model. */
  readonly model: string;
  /** ISO 8601. */
  readonly creationTime: string;
}
