import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Channel, CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { type Emulator, openEmulator } from '../../src/emulator.ts';
import type { JobEvent } from '../../src/jobs/events.ts';
import type { TrainingOptions } from '../../src/jobs/plan.ts';
import type { TrainingRecord } from '../../src/jobs/record.ts';
import type { WorkspaceStrategy } from '../../src/jobs/workspace.ts';
import { neverStopped, type StopSignals } from '../../src/stop.ts';
import { planTraining, train } from '../../src/training-jobs/train.ts';
import type { Program } from '../support/fake-container.ts';
import { FakeEngine, type FakeEngineOptions } from '../support/fake-engine.ts';

export interface FakeJob {
  /** Holds the home, and the outputs in `output`. */
  readonly root: string;
  readonly request?: Partial<CreateTrainingJobRequest>;
  readonly options?: Partial<TrainingOptions>;
  readonly workspace?: WorkspaceStrategy;
  readonly engine?: Partial<FakeEngineOptions>;
  readonly stops?: StopSignals;
  readonly onEvent?: (event: JobEvent) => void;
  /** Something temporary is meant to be left of it. */
  readonly leaves?: true;
  /** Called before the job is planned. */
  readonly before?: (emulator: Emulator) => Promise<unknown>;
}

export interface FakeJobEnd {
  readonly record: TrainingRecord;
  readonly events: readonly JobEvent[];
  readonly warnings: readonly string[];
}

/** Runs a job whose image is a program of the test, on an engine that is none; nothing is left in it, and nothing temporary. */
export async function runFakeJob(program: Program, job: FakeJob): Promise<FakeJobEnd> {
  const { root } = job;
  await using engine = new FakeEngine({ images: { image: program }, ...job.engine });
  await using emulator = await openEmulator({
    home: join(root, 'home'),
    engine,
    workspace: job.workspace ?? 'bind',
    credentials: { source: 'environment' }, // the other one is an address of this machine
  });
  await job.before?.(emulator);
  const events: JobEvent[] = [];
  const observer = {
    event(event: JobEvent) {
      events.push(event);
      job.onEvent?.(event);
    },
    log: () => {},
  };
  const request = fakeRequest(root, job.request);
  const stops = job.stops ?? neverStopped;
  const image = { kind: 'image', reference: 'image' } as const;
  try {
    const plan = await planTraining(emulator, { request, image, options: { stopGrace: 120, ...job.options } }, observer, stops.stop);
    const record = await train(emulator, plan, observer, stops);
    return { record, events, warnings: events.flatMap((event) => (event.event === 'warning' ? [event.message] : [])) };
  } finally {
    assert.deepEqual(engine.left(), [], 'nothing is left in the engine');
    await emulator.janitor.settled();
    if (!job.leaves) assert.deepEqual(await readdir(join(root, 'home/tmp')), [], 'nothing temporary is left');
  }
}

/** A request that AWS would take. */
export const fakeRequest = (root: string, changes: Partial<CreateTrainingJobRequest> = {}): CreateTrainingJobRequest => ({
  TrainingJobName: 'job',
  AlgorithmSpecification: { TrainingImage: 'image', TrainingInputMode: 'File' },
  RoleArn: 'arn:aws:iam::000000000000:role/sm-local',
  OutputDataConfig: { S3OutputPath: pathToFileURL(join(root, 'output')).href },
  ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 30 },
  StoppingCondition: { MaxRuntimeInSeconds: 3600 },
  ...changes,
});

/** A channel whose source is a prefix, with changes. */
export const prefixChannel = (name: string, uri: string, changes: Partial<Channel> = {}): Channel => ({
  ChannelName: name,
  DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: uri } },
  ...changes,
});
