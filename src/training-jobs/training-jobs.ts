import type {
  CreateTrainingJobRequest,
  CreateTrainingJobResponse,
  DeleteTrainingJobRequest,
  DescribeTrainingJobRequest,
  DescribeTrainingJobResponse,
  ListTrainingJobsRequest,
  ListTrainingJobsResponse,
  StopTrainingJobRequest,
  UpdateTrainingJobRequest,
  UpdateTrainingJobResponse,
} from '@aws-sdk/client-sagemaker';
import { trainingJobArn } from '../contract/names.ts';
import { withoutNulls } from '../contract/nulls.ts';
import { isTrainingOver, stopRefused } from '../contract/status.ts';
import { membersWithoutEffect } from '../contract/training-members.ts';
import { validateRequest } from '../contract/validation.ts';
import type { Emulator } from '../emulator.ts';
import { fail } from '../errors.ts';
import type { JobObserver } from '../jobs/events.ts';
import type { TrainingOptions } from '../jobs/plan.ts';
import { checkTrainingRequest } from '../jobs/prepare.ts';
import { describeTraining, newRecord, type TrainingRecord } from '../jobs/record.ts';
import { adoptTraining, goOnWithTraining } from './adopt.ts';
import { beginRecorded } from './begin.ts';
import { deleteTraining } from './delete.ts';
import { listTraining } from './list.ts';
import { RunningJobs } from './running-jobs.ts';
import { untilRecord } from './until-record.ts';
import { updateTraining } from './update.ts';
import { kind, nameInUse } from './work.ts';

export interface TrainingJobsOptions {
  /** What requests do not say: how this machine runs their jobs. */
  readonly options: TrainingOptions;
  /** Who is told how a job of this name goes on, and of trouble with it. */
  readonly observer: (name: string) => JobObserver;
}

export interface DescribeOptions {
  /** Seconds for which the answer is held back until the job has another status, primary or secondary; 0 by default. */
  readonly wait?: number | undefined;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * SageMaker's operations on the training jobs of one account in one region, whichever process runs them. Those that are created here run here:
 * each has its record before it has anything else, so that the next process can begin it if this one dies. Requests may hold nulls, which mean
 * absent. Errors of all of them: InvalidRequest in AWS's words; DiskTrouble.
 */
export class TrainingJobs implements AsyncDisposable {
  readonly #emulator: Emulator;
  readonly #options: TrainingJobsOptions;
  readonly #running: RunningJobs;

  constructor(emulator: Emulator, options: TrainingJobsOptions) {
    this.#emulator = emulator;
    this.#options = options;
    this.#running = new RunningJobs(emulator, options.observer);
  }

  /** Goes on with every job whose process is gone. Returns when all of them are in hand. Errors: DiskTrouble. */
  async open(): Promise<void> {
    await this.#emulator.owner; // the first job shall not have to wait for it
    const { records } = await this.#emulator.trainingJobs.list();
    const unfinished = records.filter(({ value }) => !isTrainingOver(value.status));
    await Promise.all(unfinished.map(({ name }) => this.#running.start(name, (way) => this.#adoption(name, way))));
  }

  /** The job is InProgress when this returns; what keeps it from being run is its outcome. Errors: ResourceInUse. */
  async create(asked: CreateTrainingJobRequest): Promise<CreateTrainingJobResponse> {
    const request = withoutNulls(asked);
    checkTrainingRequest(request);
    const { region, account, trainingJobs, now } = this.#emulator;
    const { options, observer } = this.#options;
    const name = request.TrainingJobName ?? '';
    const arn = trainingJobArn(region, account, name);
    const owner = (await this.#emulator.owner).id;
    const { s3Endpoint } = this.#emulator;
    const run = { label: owner, options, ...(s3Endpoint !== undefined && { s3Endpoint }) };
    const record = newRecord({ name, arn, request, owner, run, now: now() });
    await trainingJobs.create(name, record, nameInUse(arn));
    this.#warnOfStored(observer(name), 'CreateTrainingJob', membersWithoutEffect(request));
    await this.#running.start(name, async (way) => () => beginRecorded(this.#emulator, record, way.observer, way.stops, way));
    return { TrainingJobArn: arn };
  }

  async describe(request: DescribeTrainingJobRequest, { wait = 0, signal }: DescribeOptions = {}): Promise<DescribeTrainingJobResponse> {
    validateRequest('DescribeTrainingJob', request);
    const { TrainingJobName: name = '' } = request;
    const first = await this.#find(name);
    const isOther = (now: TrainingRecord): boolean => now.status !== first.status || now.secondaryStatus !== first.secondaryStatus;
    const isHeld = wait > 0 && !isTrainingOver(first.status);
    const record = isHeld ? await this.#until(name, isOther, wait, signal) : first;
    return describeTraining(record ?? first, this.#emulator.now());
  }

  async list(asked: ListTrainingJobsRequest): Promise<ListTrainingJobsResponse> {
    const request = withoutNulls(asked);
    validateRequest('ListTrainingJobs', request);
    const { records } = await this.#emulator.trainingJobs.list();
    const whole = records.filter(({ value }) => value.request !== undefined && value.transitions !== undefined); // none that somebody has broken
    const newest = whole.map(({ name, value }) => this.#running.recordOf(name) ?? value);
    return listTraining(newest, request, this.#emulator.now());
  }

  /** The job is Stopping when this returns, if it can be told at once; its program has the grace. */
  async stop(request: StopTrainingJobRequest): Promise<void> {
    validateRequest('StopTrainingJob', request);
    const { TrainingJobName: name = '' } = request;
    const record = await this.#find(name);
    if (isTrainingOver(record.status)) throw fail('InvalidRequest', { message: stopRefused(record.status), remedy: 'It is over.' });
    await this.#askToStop(name, record);
    // Where the archives are being written there is nothing left to be stopped.
    await this.#until(name, ({ status, secondaryStatus }) => status !== 'InProgress' || secondaryStatus === 'Uploading', longestStop);
  }

  /** What is changed is stored and described; of a job that is over only how long its warm pool is kept can be changed. */
  async update(asked: UpdateTrainingJobRequest): Promise<UpdateTrainingJobResponse> {
    const request = withoutNulls(asked);
    validateRequest('UpdateTrainingJob', request);
    const { TrainingJobName: name = '' } = request;
    const record = await this.#find(name);
    await updateTraining(this.#emulator, record, request, this.#running.jobOf(name));
    return { TrainingJobArn: record.arn };
  }

  /** Its record and its logs go; its results stay. Returns its ARN. Errors: StillInUse. */
  async delete(request: DeleteTrainingJobRequest): Promise<string> {
    validateRequest('DeleteTrainingJob', request);
    const { TrainingJobName: name = '' } = request;
    const record = await this.#find(name);
    if (isTrainingOver(record.status)) await this.#running.over(name); // the last of it is being put away perhaps
    await deleteTraining(this.#emulator, await this.#find(name));
    return record.arn;
  }

  /** Settles when a job does not run here any more, and all it had is put away. */
  async settled(name: string): Promise<void> {
    await this.#running.over(name);
  }

  /** Stops all jobs that run here, and returns when they are over. `hard` cuts the grace short. */
  async stopAll(hard?: AbortSignal): Promise<void> {
    await this.#running.stopAll(hard);
  }

  /** Lets go of all jobs that run here: they go on in their containers, and the next process goes on with them. */
  async leave(): Promise<void> {
    await this.#running.leave();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.leave();
  }

  /** As it is now. Errors: InvalidRequest. */
  async #find(name: string): Promise<TrainingRecord> {
    const record = await this.#read(name);
    // The service's own words, of one that is not there: contract control-plane §7.
    if (!record) throw fail('InvalidRequest', { message: 'Requested resource not found.', remedy: 'Check the name; capitals count.' });
    return record;
  }

  /** The state of a job that runs here is newer than its record, which is written behind. */
  async #read(name: string): Promise<TrainingRecord | undefined> {
    return this.#running.recordOf(name) ?? (await this.#emulator.trainingJobs.read(name));
  }

  async #until(name: string, isReached: (record: TrainingRecord) => boolean, seconds: number, signal?: AbortSignal) {
    return await untilRecord(this.#emulator.trainingJobs.pathOf(name), () => this.#read(name), isReached, seconds, signal);
  }

  /** Also of a job whose process goes while it is asked. */
  async #askToStop(name: string, { owner }: TrainingRecord): Promise<void> {
    const { stopRequests } = this.#emulator;
    if (this.#running.stop(name)) return;
    const isHere = owner === (await this.#emulator.owner).id;
    if (!isHere && (await stopRequests.request(kind, name, owner, false))) return;
    await this.#running.start(name, (way) => this.#adoption(name, way));
    if (this.#running.stop(name)) return;
    const now = await this.#emulator.trainingJobs.read(name); // somebody else was first
    if (now && !isTrainingOver(now.status) && now.owner !== owner) await this.#askToStop(name, now);
  }

  /** How a job goes on here that no process runs: one that this process has given up included. */
  async #adoption(name: string, way: Parameters<Parameters<RunningJobs['start']>[1]>[0]) {
    const { id } = await this.#emulator.owner;
    const record = await this.#emulator.trainingJobs.read(name);
    if (record?.owner !== id) return await adoptTraining(this.#emulator, name, way.observer, way.stops, way.onJob);
    if (isTrainingOver(record.status)) return undefined;
    return () => goOnWithTraining(this.#emulator, record, way.observer, way.stops, way.onJob);
  }

  #warnOfStored(observer: JobObserver, operation: string, members: readonly string[]): void {
    if (members.length === 0) return;
    observer.event({ event: 'warning', message: `Stored, but without effect here (${operation}): ${members.join(', ')}.` });
  }
}

/** Seconds in which a job that is asked to stop says that it does, unless its process is busy. */
const longestStop = 2;
