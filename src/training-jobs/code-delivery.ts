import type { Channel, CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import {
  codeChannel,
  defaultBucket,
  inScriptMode,
  replacedHyperparameters,
  type ScriptPlace,
  sourceArchive,
  sourceKey,
} from '../contract/script-mode.ts';
import type { Emulator } from '../emulator.ts';
import { isError } from '../errors.ts';
import type { ChannelInput, ObjectsInput } from '../jobs/channels/input.ts';
import { resolveChannel } from '../jobs/channels/resolve.ts';
import type { JobObserver } from '../jobs/events.ts';
import type { TrainingPlan } from '../jobs/plan.ts';
import type { ObjectAddress, ObjectStore } from '../store/objects.ts';
import { formatS3Uri } from '../store/s3-uri.ts';
import { archiveOf, type SourceCode } from '../store/source-code.ts';

/** Source code of a job, and where its archive will be. */
export interface PlannedCode {
  readonly source: SourceCode;
  readonly address: ObjectAddress;
  readonly uri: string;
}

/** What becomes of a request whose image runs `source`. Nothing is created; of what it replaces the observer is told. Errors: InvalidRequest. */
export function withCode(
  { region, account }: Emulator,
  request: CreateTrainingJobRequest,
  source: SourceCode,
  observer: JobObserver,
): { readonly request: CreateTrainingJobRequest; readonly code: PlannedCode } {
  const address = { bucket: defaultBucket({ region, account }), key: sourceKey(request.TrainingJobName ?? '') };
  const uri = formatS3Uri(address);
  const place: ScriptPlace = { program: source.program, uri, region };
  const changed = inScriptMode(request, place);
  const replaced = replacedHyperparameters(request, place);
  if (replaced.length > 0) {
    const message = `The request's own ${replaced.join(', ')} ${replaced.length === 1 ? 'gives' : 'give'} way to what the source code needs.`;
    observer.event({ event: 'warning', message });
  }
  return { request: changed, code: { source, address, uri } };
}

/** The channel as it will be when the archive is there; its size is that of the files. */
export const promisedChannel = ({ source: { bytes }, address, uri }: PlannedCode): ObjectsInput => ({
  kind: 'objects',
  channel: codeChannel,
  mode: 'File',
  objects: [{ uri, name: sourceArchive, size: bytes, content: { kind: 'stored', address } }],
  prefix: uri.slice(0, uri.lastIndexOf('/') + 1),
  bytes,
});

/**
 * Puts the archive into the store, over that of an earlier try, in the SDK's own bucket, which is made where it is missing; returns the plan
 * with the channel that holds it. Errors: InputUnreadable, those of the store, and the signal's reason.
 */
export async function deliverCode(emulator: Emulator, plan: TrainingPlan, code: PlannedCode, signal: AbortSignal): Promise<TrainingPlan> {
  const { source, address } = code;
  const objects = await emulator.objects;
  await ensureBucket(objects, address.bucket, signal);
  await objects.put(address, archiveOf(source, signal), { attributes: { contentType: 'application/x-tar' }, signal });
  const channel = (plan.request.InputDataConfig ?? []).find(({ ChannelName }) => ChannelName === codeChannel);
  const input = await resolveChannel(channel as Channel, 'File', { region: emulator.region, roleArn: '', objects }, signal);
  return { ...plan, hosts: plan.hosts.map((host) => ({ ...host, channels: host.channels.map((each) => delivered(each, input)) })) };
}

const delivered = (planned: ObjectsInput, input: ChannelInput): ObjectsInput =>
  planned.channel === codeChannel && input.kind === 'objects' ? input : planned;

async function ensureBucket(objects: ObjectStore, bucket: string, signal: AbortSignal): Promise<void> {
  if (await objects.bucket(bucket, signal)) return;
  try {
    await objects.createBucket(bucket, { signal });
  } catch (error) {
    if (!isError(error, 'BucketExists')) throw error; // another process was first
  }
}
