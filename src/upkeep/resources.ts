import type {
  DescribeEndpointConfigOutput,
  DescribeEndpointOutput,
  DescribeModelOutput,
  DescribeTrainingJobResponse,
} from '@aws-sdk/client-sagemaker';
import { closest } from '../contract/closest.ts';
import { stopRefused } from '../contract/status.ts';
import type { Emulator } from '../emulator.ts';
import { describeEndpointConfig, describeModel, type EndpointConfigRecord, type ModelRecord } from '../endpoints/definitions.ts';
import { fail, type SmLocalError } from '../errors.ts';
import { describeEndpoint, type EndpointRecord } from '../hosting/record.ts';
import { describeTraining, type TrainingRecord } from '../jobs/record.ts';
import { type DefinitionKind, definitionKinds, type Kind, kinds } from './kinds.ts';

export type DefinitionResource =
  | { readonly kind: 'model'; readonly record: ModelRecord; readonly describe: DescribeModelOutput }
  | { readonly kind: 'endpoint-config'; readonly record: EndpointConfigRecord; readonly describe: DescribeEndpointConfigOutput };

/** A job or an endpoint of this home, whichever process it belongs to. */
export type Resource = {
  readonly name: string;
  /** Whether there is a process that runs it. Always false for what is over. */
  readonly isRunning: boolean;
  /** It is not over, and its process is gone: the next command that adopts goes on with it. */
  readonly isOrphan: boolean;
} & (
  | { readonly kind: 'training-job'; readonly record: TrainingRecord; readonly describe: DescribeTrainingJobResponse }
  | { readonly kind: 'endpoint'; readonly record: EndpointRecord; readonly describe: DescribeEndpointOutput }
);

export interface ResourceListing {
  /** The latest first. */
  readonly resources: readonly Resource[];
  /** Records that cannot be read. */
  readonly broken: readonly SmLocalError[];
}

/** Everything of the kinds asked for. */
export async function listResources(emulator: Emulator, wanted: readonly Kind[] = kinds): Promise<ResourceListing> {
  const listings = await Promise.all(
    wanted.map(async (kind) => {
      const { records, broken } = await storeOf(emulator, kind).list();
      const resources = await Promise.all(records.map(({ value }) => resourceOf(emulator, kind, value)));
      return { resources, broken: broken.map(({ error }) => error) };
    }),
  );
  const created = ({ record }: Resource): string => record.creationTime;
  const resources = listings.flatMap((listing) => listing.resources).sort((one, other) => (created(one) < created(other) ? 1 : -1));
  return { resources, broken: listings.flatMap((listing) => listing.broken) };
}

/**
 * The resource of this name, of any kind when none is given. Errors: ResourceNotFound, with the nearest name there is; NameAmbiguous;
 * RecordBroken.
 */
export async function findResource(emulator: Emulator, name: string, kind?: Kind): Promise<Resource> {
  const wanted = kind ? [kind] : kinds;
  const found = (await Promise.all(wanted.map((each) => readResource(emulator, each, name)))).flatMap((each) => each ?? []);
  const [only, ...others] = found;
  if (others.length > 0) throw fail('NameAmbiguous', { name, kinds: found.map((each) => each.kind).join(', ') });
  if (only) return only;
  const what = kind ? `${kind} called` : 'job or endpoint called';
  const { resources } = await listResources(emulator, wanted);
  const near = closest(
    name,
    resources.map((each) => each.name),
  );
  throw fail('ResourceNotFound', { what: `a ${what} "${name}"`.replace(/^a e/, 'an e'), ...(near !== undefined && { near }) });
}

/** The latest first. */
export async function listDefinitions(emulator: Emulator, wanted: readonly DefinitionKind[] = definitionKinds) {
  const listings = await Promise.all(
    wanted.map(async (kind) => {
      const { records, broken } = await (kind === 'model' ? emulator.models : emulator.endpointConfigs).list();
      return { definitions: records.map(({ value }) => definitionOf(kind, value)), broken: broken.map(({ error }) => error) };
    }),
  );
  const definitions = listings.flatMap((listing) => listing.definitions);
  definitions.sort((one, other) => (one.record.creationTime < other.record.creationTime ? 1 : -1));
  return { definitions, broken: listings.flatMap(({ broken }) => broken) };
}

/** Those of this name, of one kind or of any. Errors: RecordBroken. */
export async function findDefinitions(emulator: Emulator, name: string, kind?: DefinitionKind): Promise<readonly DefinitionResource[]> {
  const found = await Promise.all(
    (kind ? [kind] : definitionKinds).map(async (each) => {
      const record = await (each === 'model' ? emulator.models : emulator.endpointConfigs).read(name);
      return record ? [definitionOf(each, record)] : [];
    }),
  );
  return found.flat();
}

const definitionOf = (kind: DefinitionKind, record: ModelRecord | EndpointConfigRecord): DefinitionResource =>
  kind === 'model'
    ? { kind, record: record as ModelRecord, describe: describeModel(record as ModelRecord) }
    : { kind, record: record as EndpointConfigRecord, describe: describeEndpointConfig(record as EndpointConfigRecord) };

export async function readResource(emulator: Emulator, kind: Kind, name: string): Promise<Resource | undefined> {
  const record = await storeOf(emulator, kind).read(name);
  return record && (await resourceOf(emulator, kind, record));
}

/** Errors: InvalidRequest, in AWS's words, for what is over or going already. */
export function checkStoppable(resource: Resource): void {
  if (resource.kind === 'endpoint') return;
  const { status, endTime } = resource.record;
  if (endTime === undefined) return;
  throw fail('InvalidRequest', { message: stopRefused(status), remedy: `It is over; see: sm-local describe ${resource.name}` });
}

const storeOf = (emulator: Emulator, kind: Kind) =>
  (kind === 'endpoint' ? emulator.endpoints : emulator.trainingJobs) as Emulator['endpoints'] | Emulator['trainingJobs'];

async function resourceOf(emulator: Emulator, kind: Kind, record: TrainingRecord | EndpointRecord): Promise<Resource> {
  const isOver = kind === 'training-job' && (record as TrainingRecord).endTime !== undefined;
  const isRunning = !isOver && (await emulator.isRunning(record));
  const common = { name: record.name, isRunning, isOrphan: !isOver && !isRunning };
  if (kind === 'endpoint') {
    return { ...common, kind, record: record as EndpointRecord, describe: describeEndpoint(record as EndpointRecord) };
  }
  return { ...common, kind, record: record as TrainingRecord, describe: describeTraining(record as TrainingRecord) };
}
