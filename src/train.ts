import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import type { PlannedCode } from './code-delivery.ts';
import { withoutNulls } from './contract/nulls.ts';
import { membersWithoutEffect } from './contract/training-members.ts';
import type { TakenPool } from './contract/warm-pools.ts';
import type { Grant } from './credentials/credentials.ts';
import type { Emulator } from './emulator.ts';
import type { FileSharing } from './engine/file-sharing.ts';
import { orAborted } from './engine/steady.ts';
import { fail, reasonOf } from './errors.ts';
import { callbackFor, grantAgain, grantTraining, planWithCredentials } from './grants.ts';
import { findOrBuildImage, type ImageRequest } from './image.ts';
import type { ChannelInput } from './jobs/channels/input.ts';
import type { JobObserver } from './jobs/events.ts';
import { shortOfInstances } from './jobs/instance-limits.ts';
import type { TrainingOptions, TrainingPlan } from './jobs/plan.ts';
import { checkTraining, prepareTraining, type TrainingPlaces } from './jobs/prepare.ts';
import { newRecord, type TrainingRecord } from './jobs/record.ts';
import { resumeTraining } from './jobs/resume.ts';
import { runTraining } from './jobs/training.ts';
import type { TrainingDeps } from './jobs/training-deps.ts';
import { takeWarm } from './jobs/warm-pools.ts';
import { Scope } from './scope.ts';
import type { StopSignals } from './stop.ts';
import type { SourceCode } from './store/source-code.ts';
import { takeOver } from './store/succession.ts';
import { jobWorkspace, refuseUnshared, sharingOf } from './workspace-choice.ts';

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
  const plan = prepareTraining(request, channels, image, description, emulator, labels, spec.options, { proxies, callback });
  return { ...plan, ...(code && { code }) };
}

/**
 * Runs a planned job to its end. Errors: ResourceInUse, RoleNotAssumed, CredentialsUnavailable, and trouble of the host; what the image does
 * wrong is in the record.
 */
export async function train(
  emulator: Emulator,
  asked: TrainingJobPlan,
  observer: JobObserver,
  stops: StopSignals,
): Promise<TrainingRecord> {
  const plan = asked.code ? await withArchive(emulator, asked, asked.code, stops.stop) : asked;
  const { name, arn, request, image, options } = plan;
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
    const warmFrom = await reuse(emulator, record, scratch.path).catch((error: unknown) => {
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
    whileRunning(emulator, name, credentials, stops, (watched) =>
      runTraining(planWithCredentials(plan, credentials), record, writer, depsOf(emulator, sharing, emulator.s3Endpoint), told, watched),
    ),
  );
}

/** Most jobs have no hooks. Those there are have been told of all when this settles. */
async function telling<T>(
  emulator: Emulator,
  { hooks = [] }: TrainingOptions,
  observer: JobObserver,
  { kill, leave }: StopSignals,
  work: (observer: JobObserver) => Promise<T>,
): Promise<T> {
  if (hooks.length === 0) return await work(observer);
  const { withHooks } = await import('./hooks/training-hooks.ts');
  await using told = withHooks(observer, hooks, emulator, leave ? AbortSignal.any([kill, leave]) : kill);
  return await work(told);
}

/** A pool that another job has kept warm, if one fits; that job's record then says so. */
async function reuse({ home, trainingJobs, now }: Emulator, record: TrainingRecord, scratch: string): Promise<TakenPool | undefined> {
  const taken = await takeWarm(home.pools, record.request, scratch, now());
  if (!taken) return undefined;
  const kept = await trainingJobs.read(taken.job);
  if (kept?.warmPool) {
    const reused = { by: record.name, time: now().toISOString() };
    await trainingJobs.put(taken.job, { ...kept, warmPool: { ...kept.warmPool, reused } });
  }
  return taken;
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
  if (await emulator.trainingJobs.read(plan.name)) throw fail('ResourceInUse', { message: nameInUse(plan.arn) });
  const { deliverCode } = await import('./code-delivery.ts');
  return await deliverCode(emulator, plan, code, signal);
}

/**
 * Takes over a job whose process is gone and sees it to its end. Undefined when there is none of this name, when its process lives, when it
 * is over, or when somebody else has just taken it over. Errors: as `train`.
 */
export async function adoptTraining(
  emulator: Emulator,
  name: string,
  observer: JobObserver,
  stops: StopSignals,
): Promise<(() => Promise<TrainingRecord>) | undefined> {
  const owner = await emulator.owner;
  const record = await takeOver(emulator.home, emulator.trainingJobs, name, owner.id);
  if (!record) return undefined;
  return async () => {
    const again = await grantAgain(emulator, record, observer, stops);
    const credentials = again instanceof Error ? undefined : again;
    const goOn = async (told: JobObserver, watched: StopSignals): Promise<TrainingRecord> => {
      const sharing = await sharingOf(emulator, { signal: watched.stop });
      const writer = emulator.trainingJobs.writer(name);
      const startAgain = async () => {
        if (again instanceof Error) throw again;
        const plan = planWithCredentials(await planAgain(emulator, record, watched.stop), again);
        const scratch = await emulator.temporaryDirectory(name);
        return { plan, label: owner.id, scratch: scratch.path, credentials: again.kept };
      };
      return await resumeTraining(record, startAgain, writer, depsOf(emulator, sharing, record.run.s3Endpoint), told, watched);
    };
    return await telling(emulator, record.run.options, observer, stops, (told) =>
      whileRunning(emulator, name, credentials, stops, (watched) => goOn(told, watched)),
    );
  };
}

/** The plan of a job that is begun again: of the same image, whatever its name means by now. Errors: as `planTraining`. */
async function planAgain(emulator: Emulator, { request, imageId, run }: TrainingRecord, signal: AbortSignal): Promise<TrainingPlan> {
  const { engine } = emulator;
  const [channels, image, description, labels, callback] = await Promise.all([
    checkTraining(request, placesOf(emulator, run.options, run.s3Endpoint), signal),
    engine.images.inspect(imageId),
    engine.describe(),
    emulator.labels(),
    callbackFor(emulator, run.credentials?.choice),
  ]);
  if (!image) throw fail('ImageNotFound', { image: imageId, why: 'it was removed while the job had no process' });
  return prepareTraining(request, channels, image, description, emulator, labels, run.options, {
    proxies: engine.settings().proxies,
    callback,
  });
}

/** Runs a job that can be stopped by others. Its credentials end with it; when it is left to another process, they stay for that one. */
async function whileRunning(
  emulator: Emulator,
  name: string,
  credentials: Grant | undefined,
  stops: StopSignals,
  run: (stops: StopSignals) => Promise<TrainingRecord>,
): Promise<TrainingRecord> {
  const owner = await emulator.owner;
  using watched = await emulator.stopRequests.watch(kind, name, owner, stops);
  try {
    const record = await run(watched);
    if (watched.stop.aborted) await emulator.stopRequests.forget(kind, name);
    await credentials?.[Symbol.asyncDispose]();
    return record;
  } catch (error) {
    const left = await emulator.trainingJobs.read(name).catch(() => undefined); // the error itself says more
    if (left && left.endTime === undefined) {
      emulator.leave();
      await credentials?.leave();
    } else await credentials?.[Symbol.asyncDispose]();
    throw error;
  }
}

/** Where the sources of a job lead. */
const placesOf = (emulator: Emulator, options: TrainingOptions, s3Endpoint: string | undefined): TrainingPlaces => ({
  ...options,
  region: emulator.region,
  objects: () => emulator.objectsAt(s3Endpoint),
});

const kind = 'training-job';

const depsOf = (emulator: Emulator, sharing: FileSharing, s3Endpoint: string | undefined): TrainingDeps => ({
  engine: emulator.engine,
  sharing,
  logs: emulator.home.logs,
  objects: () => emulator.objectsAt(s3Endpoint),
  pools: emulator.home.pools,
  now: emulator.now,
  patience: emulator.patience,
});

/** AWS's own sentence. Source: published errors (contract training §10.2). */
const nameInUse = (arn: string): string =>
  `Training job names must be unique within an AWS account and region, and a training job with this name already exists (${arn})`;
