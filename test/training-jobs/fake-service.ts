import { once } from 'node:events';
import { join } from 'node:path';
import type { CreateTrainingJobRequest, DescribeTrainingJobResponse } from '@aws-sdk/client-sagemaker';
import { type Emulator, openEmulator } from '../../src/emulator.ts';
import type { JobEvent, JobObserver } from '../../src/jobs/events.ts';
import { Tags } from '../../src/tags.ts';
import { TrainingJobs } from '../../src/training-jobs/training-jobs.ts';
import { fakeRequest } from '../jobs/fake-job.ts';
import { FakeEngine, type FakeEngineOptions, type Program } from '../support/fake-engine.ts';

/** SageMaker's training jobs in a directory of the test's own, on an engine that is none. */
export interface FakeService extends AsyncDisposable {
  readonly engine: FakeEngine;
  readonly emulator: Emulator;
  readonly jobs: TrainingJobs;
  readonly tags: Tags;
  readonly warnings: string[];
  request(name: string, changes?: Partial<CreateTrainingJobRequest>): CreateTrainingJobRequest;
  /** Waits until its program runs. */
  training(name: string): Promise<void>;
  /** Waits until it is over and all it had is put away. */
  over(name: string): Promise<DescribeTrainingJobResponse>;
  /** As `kill -9` would leave it: nobody goes on with what runs, and its owner is seen to be gone. */
  die(): Promise<void>;
}

export interface FakeServiceOptions {
  readonly engine?: FakeEngine;
  readonly engineOptions?: Partial<FakeEngineOptions>;
  readonly now?: () => Date;
  readonly onEvent?: (name: string, event: JobEvent) => void;
}

export async function fakeService(root: string, program: Program | string, options: FakeServiceOptions = {}): Promise<FakeService> {
  const image = typeof program === 'string' ? { program } : program;
  const engine = options.engine ?? new FakeEngine({ images: { image }, ...options.engineOptions });
  const emulator = await openEmulator({
    home: join(root, 'home'),
    engine,
    workspace: 'bind',
    credentials: { source: 'environment' }, // the other one is an address of this machine
    ...(options.now && { now: options.now }),
  });
  const warnings: string[] = [];
  const observer = (name: string): JobObserver => ({
    event(event) {
      if (event.event === 'warning') warnings.push(event.message);
      options.onEvent?.(name, event);
    },
    log() {},
  });
  const jobs = new TrainingJobs(emulator, { options: { stopGrace: 120 }, observer });
  return {
    engine,
    emulator,
    jobs,
    tags: new Tags(emulator),
    warnings,
    request: (name, changes = {}) => fakeRequest(root, { TrainingJobName: name, ...changes }),
    async training(name) {
      for (let wait = 0; ; wait = 5) {
        const answer = await jobs.describe({ TrainingJobName: name }, { wait });
        if (answer.SecondaryStatus === 'Training') return;
        if (answer.TrainingJobStatus !== 'InProgress') throw new Error(`${name} is over: ${answer.FailureReason}`);
      }
    },
    async over(name) {
      for (;;) {
        const answer = await jobs.describe({ TrainingJobName: name }, { wait: 5 });
        if (['Completed', 'Failed', 'Stopped'].includes(answer.TrainingJobStatus ?? '')) {
          await jobs.settled(name);
          return answer;
        }
      }
    },
    async die() {
      await (await emulator.owner).abandon();
    },
    async [Symbol.asyncDispose]() {
      await jobs.leave();
      await emulator[Symbol.asyncDispose]();
      if (!options.engine) await engine[Symbol.asyncDispose]();
    },
  };
}

/** Runs until SIGTERM, and leaves a model then. */
export const untilTerminated: Program = async ({ terminated }) => {
  if (!terminated.aborted) await once(terminated, 'abort');
  return 0;
};
