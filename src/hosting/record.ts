import type { DataCaptureConfig, DescribeEndpointOutput, EndpointStatus } from '@aws-sdk/client-sagemaker';
import { captureSummary } from '../contract/data-capture.ts';
import type { KeptCredentials } from '../credentials/kept.ts';

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
  /** When its status last changed. */
  readonly lastModifiedTime?: string;
  readonly failureReason?: string;
  readonly dataCapture?: DataCaptureConfig;
  readonly run: EndpointRun;
}

/** How this machine runs the endpoint: what another process needs to end it. */
export interface EndpointRun {
  /** The `sm-local.owner` label of all it has in the engine. */
  readonly label: string;
  /** Seconds from SIGTERM to SIGKILL. */
  readonly stopGrace: number;
  /** Instance -> its log on the user's disk. */
  readonly logs: Readonly<Record<string, string>>;
  /** The directory that is its model. */
  readonly model: string;
  /** What its containers find; absent in records of older versions. */
  readonly credentials?: KeptCredentials;
}

/** DescribeEndpoint's answer. The configuration has the endpoint's own name: `sm-local serve` makes both at once. */
export const describeEndpoint = (record: EndpointRecord): DescribeEndpointOutput => ({
  EndpointName: record.name,
  EndpointArn: record.arn,
  EndpointConfigName: record.name,
  ProductionVariants: [{ VariantName: 'AllTraffic', CurrentInstanceCount: 1, DesiredInstanceCount: 1, CurrentWeight: 1, DesiredWeight: 1 }],
  ...(record.dataCapture && { DataCaptureConfig: captureSummary(record.dataCapture) }),
  EndpointStatus: record.status,
  ...(record.failureReason !== undefined && { FailureReason: record.failureReason }),
  CreationTime: new Date(record.creationTime),
  LastModifiedTime: new Date(record.lastModifiedTime ?? record.creationTime),
});
