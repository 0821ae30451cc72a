import type { SageMaker } from './api/sagemaker/sagemaker.ts';
import type { Emulator } from './emulator.ts';
import { Endpoints, type EndpointsOptions } from './endpoints/endpoints.ts';
import { type InvocationHandler, type InvocationOptions, invocationHandler } from './hosting/invoke.ts';
import { Tags } from './tags.ts';
import { TrainingJobs, type TrainingJobsOptions } from './training-jobs/training-jobs.ts';

export interface SageMakerOptions {
  readonly endpoints: EndpointsOptions;
  readonly trainingJobs: TrainingJobsOptions;
  readonly invocations: Omit<InvocationOptions, 'endpoints' | 'region' | 'account'>;
}

/** SageMaker as one account has it in one region: the control plane, and the runtime of its endpoints. */
export class LocalSageMaker implements SageMaker {
  readonly emulator: Emulator;
  readonly endpoints: Endpoints;
  readonly trainingJobs: TrainingJobs;
  readonly tags: Tags;
  readonly invocations: InvocationHandler;

  constructor(emulator: Emulator, options: SageMakerOptions) {
    const { region, account } = emulator;
    this.emulator = emulator;
    this.endpoints = new Endpoints(emulator, options.endpoints);
    this.trainingJobs = new TrainingJobs(emulator, options.trainingJobs);
    this.tags = new Tags(emulator);
    this.invocations = invocationHandler({ ...options.invocations, endpoints: () => this.endpoints.endpoints, region, account });
  }

  /** Takes over what a process that is gone has left, and starts again what rests. Errors: DiskTrouble, trouble of the engine. */
  async open(): Promise<void> {
    await Promise.all([this.endpoints.open(), this.trainingJobs.open()]);
  }

  /** Lets go of what runs; the next process takes it over. */
  async leave(): Promise<void> {
    await Promise.all([this.endpoints.leave(), this.trainingJobs.leave()]);
  }

  /** Ends all that runs; endpoints are started again by the next process. */
  async rest(hard: AbortSignal): Promise<void> {
    await Promise.all([this.endpoints.rest(hard), this.trainingJobs.stopAll(hard)]);
  }

  /** Ends all that runs and forgets its endpoints. */
  async stop(hard: AbortSignal): Promise<void> {
    await Promise.all([this.endpoints.stop(hard), this.trainingJobs.stopAll(hard)]);
  }
}
