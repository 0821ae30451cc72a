import type {
  CreateEndpointConfigInput,
  CreateModelInput,
  DataCaptureConfig,
  DeploymentConfig,
  DescribeEndpointOutput,
  EndpointStatus,
  PendingDeploymentSummary,
  ProductionVariantSummary,
} from '@aws-sdk/client-sagemaker';
import { captureSummary } from '../contract/data-capture.ts';
import type { KeptCredentials } from '../credentials/kept.ts';
import type { EndpointState, VariantPhase, VariantState } from './endpoint-state.ts';
import type { VariantPlan } from './fleet.ts';

/** What is kept of an endpoint while there is one: enough for another process to find and invoke it. */
export interface EndpointRecord {
  readonly name: string;
  readonly arn: string;
  readonly status: EndpointStatus;
  /** Id of the process that runs it. */
  readonly owner: string;
  /** Where its requests go; absent until it listens. */
  readonly url?: string;
  /** Absent in records of older versions, when it was the endpoint's own name. */
  readonly configName?: string;
  /** Of the first variant, as its model names it; the id is empty until it is known. */
  readonly image: string;
  readonly imageId: string;
  /** As they were when that last changed; absent until they are known. */
  readonly variants?: readonly VariantState[] | undefined;
  readonly shadow?: VariantState | undefined;
  /** What its variants are about, and since when (ISO 8601). */
  readonly phase?: { readonly status: VariantPhase; readonly since: string } | undefined;
  /** The configuration that is about to take over. */
  readonly pending?: EndpointState['pending'];
  readonly deployment?: DeploymentConfig;
  readonly dataCapture?: DataCaptureConfig | undefined;
  /** What the user named as its model. */
  readonly model: string;
  /** ISO 8601. */
  readonly creationTime: string;
  /** When its status last changed. */
  readonly lastModifiedTime?: string;
  readonly failureReason?: string | undefined;
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
  /** The directory that is its model; in records of older versions only. */
  readonly model?: string;
  /** The directories that its models are in. */
  readonly models?: readonly string[];
  /** What its containers find; absent in records of older versions. */
  readonly credentials?: KeptCredentials;
  /** Those of further roles. */
  readonly moreCredentials?: readonly KeptCredentials[];
  /** Whose they are, in the same order, those of the first role at the front. */
  readonly roles?: readonly string[];
  /** Of an endpoint that outlives its process; absent of one that goes with it. */
  readonly lasting?: Lasting;
}

/** What another process goes on with. */
export interface Lasting {
  /** The configuration that is in effect, and the models it names, as they were when it took effect. */
  readonly config: CreateEndpointConfigInput;
  readonly models: readonly CreateModelInput[];
  /** What serves; absent until it is worked out. */
  readonly live?: LivePlan;
  /** What an update is about to bring. */
  readonly next?: NextLasting;
  /** Its containers were left running on purpose. */
  readonly isKept?: true;
  /** Nothing of it is in the engine. */
  readonly isResting?: true;
}

/** An update that is under way: what the next process begins it with again. */
export interface NextLasting extends Pick<Lasting, 'config' | 'models'> {
  readonly deployment?: DeploymentConfig;
}

/** What instances are made of. Their containers carry labels that say of which plan, which variant and which instance they are. */
export interface LivePlan {
  readonly generation: string;
  /** With the weights and the counts that they have by now. */
  readonly variants: readonly KeptVariant[];
  readonly shadow?: KeptVariant;
}

/** The limits follow from the configuration and from this machine's own. */
export type KeptVariant = Omit<VariantPlan, 'limits'>;

/** Of all its roles, in their order. */
export const credentialsOf = (run: EndpointRun | undefined): readonly KeptCredentials[] =>
  run?.credentials ? [run.credentials, ...(run.moreCredentials ?? [])] : [];

/** DescribeEndpoint's answer. */
export const describeEndpoint = (record: EndpointRecord): DescribeEndpointOutput => ({
  EndpointName: record.name,
  EndpointArn: record.arn,
  EndpointConfigName: record.configName ?? record.name,
  ...(record.variants && { ProductionVariants: record.variants.map((variant) => describeVariant(variant, record)) }),
  ...(record.shadow && { ShadowProductionVariants: [describeVariant(record.shadow, record)] }),
  ...(record.dataCapture && { DataCaptureConfig: captureSummary(record.dataCapture) }),
  EndpointStatus: record.status,
  ...(record.failureReason !== undefined && { FailureReason: record.failureReason }),
  CreationTime: new Date(record.creationTime),
  LastModifiedTime: new Date(record.lastModifiedTime ?? record.creationTime),
  ...(record.deployment && { LastDeploymentConfig: record.deployment }),
  ...(record.pending && { PendingDeploymentSummary: pendingSummary(record.pending, record) }),
});

const describeVariant = (
  { name, image, imageId, weight, instances, desiredInstances }: VariantState,
  { phase }: Pick<EndpointRecord, 'phase'>,
): ProductionVariantSummary => ({
  VariantName: name,
  DeployedImages: [{ SpecifiedImage: image, ResolvedImage: imageId }],
  CurrentWeight: weight,
  DesiredWeight: weight,
  CurrentInstanceCount: instances,
  DesiredInstanceCount: desiredInstances,
  ...(phase && { VariantStatus: [{ Status: phase.status, StartTime: new Date(phase.since) }] }),
});

const pendingSummary = (
  { configName, variants }: NonNullable<EndpointRecord['pending']>,
  { phase }: EndpointRecord,
): PendingDeploymentSummary => ({
  EndpointConfigName: configName,
  ProductionVariants: variants.map((variant) => describeVariant(variant, { phase })),
  ...(phase && { StartTime: new Date(phase.since) }),
});
