import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { withoutNulls } from '../contract/nulls.ts';
import { membersWithoutEffect } from '../contract/training-members.ts';
import type { Emulator } from '../emulator.ts';
import { findNetworks, refuseNetworks } from '../engine/join-networks.ts';
import { orAborted } from '../engine/steady.ts';
import { reasonOf } from '../errors.ts';
import { callbackFor, grantTraining, planWithCredentials } from '../grants.ts';
import { findOrBuildImage, type ImageRequest } from '../image.ts';
import type { ChannelInput } from '../jobs/channels/input.ts';
import type { JobObserver } from '../jobs/events.ts';
import type { HostVisitor } from '../jobs/host-visitor.ts';
import { shortOfInstances } from '../jobs/instance-limits.ts';
import type { TrainingOptions, TrainingPlan } from '../jobs/plan.ts';
import { checkTraining, prepareTraining } from '../jobs/prepare.ts';
import { newRecord, type TrainingRecord } from '../jobs/record.ts';
import { runTraining } from '../jobs/training.ts';
import { Scope } from '../scope.ts';
import type { StopSignals } from '../stop.ts';
import { ownTurn } from '../store/own-turn.ts';
import type { SourceCode } from '../store/source-code.ts';
import { jobWorkspace, refuseUnshared, sharingOf } from '../workspace-choice.ts';
import type { PlannedCode } from './code-delivery.ts';
import { depsOf, nameInUse, placesOf, refuseTaken, reusePool, telling, whileRunning } from './work.ts';

/** A training job as asked for: AWS's request, and what it leaves to the machine. */
export interface TrainingSpec extends ImageRequest {
  readonly request: CreateTrainingJobRequest;
  /** What the image is to run, where that is not in it: the request then gets the SDK's hyperparameters and its channel `code`. */
  readonly source?: SourceCode;
  readonly options: TrainingOptions;
}

/** A plan with the source code that its job brings along. */
export interface TrainingJobPlan extends TrainingPlan {
  readonly code?: PlannedCode;
}

/**
 * Checks everything, builds or finds the image, and works out what will be created. Nothing but an image comes to be.
 * Errors: those of `checkTraining`, BuildFailed, NoGpu, those of `Images.ensure`, and trouble of the engine.
 */
export async function planTraining(
  emulator: Emulator,
  spec: TrainingSpec,
  observer: JobObserver,
  signal: AbortSignal,
): Promise<TrainingJobPlan> {
  const { code, ...asked } = await withSource(emulator, spec, observer);
  const channels = await checkTraining(
    asked.request,
    { ...placesOf(emulator, spec.options, emulator.s3Endpoint), promised: asked.promised },
    signal,
  );
  const request = withoutNulls(asked.request);
  const idle = membersWithoutEffect(request);
  if (idle.length > 0) observer.event({ event: 'warning', message: `Stored, but without effect here: ${idle.join(', ')}.` });
  if (request.EnableNetworkIsolation) refuseNetworks(spec.options.networks, `The training job ${request.TrainingJobName}`);
  const networks = await orAborted(findNetworks(emulator.engine, spec.options.networks), signal);
  const options = { ...spec.options, ...(networks && { networks }) };
  const answers = Promise.all([
    findOrBuildImage(emulator, spec, observer, signal),
    emulator.engine.describe(),
    emulator.labels(),
    callbackFor(emulator),
    emulator.credentials, // loaded while the engine answers; used when the job begins
  ]);
  // An engine that does not answer must not keep anybody from leaving.
  const [image, description, labels, callback] = await orAborted(answers, signal);
  const { proxies } = emulator.engine.settings();
  if (spec.options.instanceLimits) {
    const news = shortOfInstances(request, description, spec.options.gpus !== undefined);
    for (const message of news) observer.event({ event: 'warning', message });
  }
  const plan = prepareTraining(request, channels, image, description, emulator, labels, options, { proxies, callback });
  return { ...plan, ...(code && { code }), ...(spec.patches && { patches: spec.patches }) };
}

/**
 * Runs a planned job to its end. Errors: ResourceInUse, RoleNotAssumed, CredentialsUnavailable, and trouble of the host; what the image does
 * wrong is in the record. `visitor`: looks into its containers.
 */
export async function train(
  emulator: Emulator,
  asked: TrainingJobPlan,
  observer: JobObserver,
  stops: StopSignals,
  visitor?: HostVisitor,
): Promise<TrainingRecord> {
  const plan = asked.code ? await withArchive(emulator, asked, asked.code, stops.stop) : asked;
  const { name, arn, request, image, options } = plan;
  await ownTurn(); // the engine makes the first one's container while the others prepare
  const owner = await emulator.owner;
  const sharing = await sharingOf(emulator, { image: image.id, signal: stops.stop });
  refuseUnshared(plan, sharing);
  const workspace = jobWorkspace(emulator, sharing, (message) => observer.event({ event: 'warning', message }));
  const credentials = await grantTraining(emulator, { arn, request, imageId: image.id }, observer, stops.stop);
  const scope = new Scope();
  scope.use(credentials);
  const begin = async () => {
    const scratch = scope.use(await emulator.temporaryDirectory(name));
    const { s3Endpoint } = emulator;
    const kept = { credentials: credentials.kept, ...(s3Endpoint !== undefined && { s3Endpoint }) };
    const run = { label: owner.id, options, workspace, scratch: scratch.path, ...kept };
    const record = newRecord({ name, arn, request, imageId: image.id, owner: owner.id, run, now: emulator.now() });
    const writer = await emulator.trainingJobs.create(name, record, nameInUse(arn));
    const warmFrom = await reusePool(emulator, record, scratch.path).catch((error: unknown) => {
      observer.event({ event: 'warning', message: `No warm pool can be used: ${reasonOf(error)}` }); // the job can be run without
      return undefined;
    });
    return { record: warmFrom ? { ...record, run: { ...run, warmFrom } } : record, writer };
  };
  const { record, writer } = await begin().catch(async (error) => {
    await scope[Symbol.asyncDispose]();
    throw error;
  });
  return await telling(emulator, options, observer, stops, (told) =>
    whileRunning(emulator, name, stops, (watched, hold) => {
      hold(credentials);
      return runTraining(
        planWithCredentials(plan, credentials),
        record,
        writer,
        { ...depsOf(emulator, emulator.s3Endpoint), sharing, visitor },
        told,
        watched,
      );
    }),
  );
}

interface AskedFor {
  readonly request: CreateTrainingJobRequest;
  readonly code?: PlannedCode;
  /** What will be there when the job begins. */
  readonly promised: readonly ChannelInput[];
}

/** Source code is the exception, so what sees to it is loaded by those who bring some. */
async function withSource(emulator: Emulator, { request, source }: TrainingSpec, observer: JobObserver): Promise<AskedFor> {
  if (!source) return { request, promised: [] };
  const { promisedChannel, withCode } = await import('./code-delivery.ts');
  const asked = withCode(emulator, request, source, observer);
  return { ...asked, promised: [promisedChannel(asked.code)] };
}

/** Not over the archive of another job, whose name is asked for again. */
async function withArchive(emulator: Emulator, plan: TrainingPlan, code: PlannedCode, signal: AbortSignal): Promise<TrainingPlan> {
  if (await emulator.trainingJobs.read(plan.name)) throw refuseTaken(plan.arn);
  const { deliverCode } = await import('./code-delivery.ts');
  return await deliverCode(emulator, plan, code, signal);
}
