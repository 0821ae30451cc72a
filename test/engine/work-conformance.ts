import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { type Emulator, openEmulator } from '../../src/emulator.ts';
import { requestsFor, serve } from '../../src/endpoints/serve.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { isError } from '../../src/errors.ts';
import { describeTraining, type TrainingRecord } from '../../src/jobs/record.ts';
import type { WorkspaceStrategy } from '../../src/jobs/workspace.ts';
import { neverStopped } from '../../src/stop.ts';
import { unpackArchive } from '../../src/store/unpack.ts';
import { planTraining, train } from '../../src/training-jobs/train.ts';
import { request } from '../hosting/doors.ts';
import type { EngineUnderTest } from '../support/containers.ts';
import { withLeftoverCheck } from '../support/leftovers.ts';
import { buildFixture } from '../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';
import type { Expected } from './conformance.ts';

/** In a `describe`: a training job and an endpoint on an engine, through the functions that every door calls. */
export function workConformance(on: EngineUnderTest, { sharesFiles }: Expected): void {
  withLeftoverCheck(on.engine);
  let root: TemporaryDirectory;
  beforeEach(async () => {
    root = await temporaryDirectory();
  });
  afterEach(() => root[Symbol.asyncDispose]());

  const tags: string[] = [];
  const fixture = async (name: string) => {
    const tag = `sm-local-test/conformance-${name}:${process.pid}`;
    await buildFixture(name, tag, on.engine(), on.base());
    tags.push(tag);
    return { kind: 'image', reference: tag } as const;
  };
  after(async () => {
    for (const tag of tags) await on.engine().images.remove(tag);
  });

  const emulatorOn = (workspace?: WorkspaceStrategy): Promise<Emulator> =>
    openEmulator({ home: join(root.path, 'home'), engine: lent(on.engine()), ...(workspace && { workspace }) });
  const observer = { event() {}, log() {} };

  async function trained(name: string, workspace: WorkspaceStrategy | undefined, channels: readonly string[]): Promise<TrainingRecord> {
    await using emulator = await emulatorOn(workspace);
    const image = await fixture(name);
    const job = requestFor(image.reference, root.path, channels);
    const plan = await planTraining(emulator, { request: job, image, options: { stopGrace: 10 } }, observer, neverStopped.stop);
    return await train(emulator, plan, observer, neverStopped);
  }

  for (const workspace of sharesFiles ? (['bind', 'archive'] as const) : (['archive', undefined] as const)) {
    it(`trains through ${workspace ? `the ${workspace} workspace` : 'the workspace that it chooses'}`, async () => {
      const record = await trained('train-ok', workspace, []);
      assert.deepEqual([describeTraining(record).TrainingJobStatus, record.failureReason], ['Completed', undefined]);
      const model = join(root.path, 'model');
      await unpackArchive(record.files.model ?? '', model, { url: 'model' });
      assert.equal(await readFile(join(model, 'model.txt'), 'utf8'), 'model\n');
      assert.match(await readFile(record.files.logs['algo-1'] ?? '', 'utf8'), /loss=0\.25;/);
    });

    it(`lets an image's own user read what is there and write its model through ${workspace ? `the ${workspace} workspace` : 'the workspace that it chooses'}`, async () => {
      const record = await trained('train-nonroot', workspace, []);
      assert.equal(record.failureReason, undefined, await readFile(record.files.logs['algo-1'] ?? '', 'utf8'));
      assert.ok(record.files.model !== undefined && record.files.output !== undefined);
    });

    it(`reports a failed job through ${workspace ? `the ${workspace} workspace` : 'the workspace that it chooses'}`, async () => {
      assert.match((await trained('train-exit-3', workspace, [])).failureReason ?? '', /exit code: 3$/);
    });
  }

  if (sharesFiles) {
    for (const workspace of ['bind', 'archive'] as const) {
      it(`gives a job channels that it may write through the ${workspace} workspace, and keeps the originals`, async () => {
        const data = join(root.path, 'train');
        await mkdir(data);
        for (const file of ['a.csv', 'b.csv']) await writeFile(join(data, file), 'original\n');
        const record = await trained('train-edits-input', workspace, [data]);
        assert.equal(record.failureReason, undefined);
        assert.equal(await readFile(join(data, 'a.csv'), 'utf8'), 'original\n');
        assert.match(await readFile(record.files.logs['algo-1'] ?? '', 'utf8'), /c\.csv/);
      });
    }
  }

  it('serves a model', async () => {
    const model = join(root.path, 'model');
    await mkdir(model);
    await writeFile(join(model, 'weights'), '42');
    await using emulator = await emulatorOn();
    const served = { name: 'demo', model, cwd: root.path, environment: {}, image: await fixture('serve-echo') };
    const { images = {}, ...requests } = await requestsFor(emulator, served);
    const spec = { requests, setting: { limits: {}, startAttempts: 1, images }, port: 0, isRaw: false };
    await using endpoint = await serve(emulator, spec, observer, neverStopped);
    const [hosted] = endpoint.endpoints;
    assert.equal(hosted?.endpoint.status, 'InService', hosted?.endpoint.failure?.reason);
    const body = Buffer.alloc(2 ** 20, 'sm-local ');
    for (let times = 0; times < 3; times += 1) {
      const seen = JSON.parse((await request(`${endpoint.url}/endpoints/demo/invocations`, { body })).body) as { length: number };
      assert.equal(seen.length, body.length);
    }
    await endpoint.stop();
  });

  it('refuses GPUs that it does not have', async () => {
    await using emulator = await emulatorOn();
    const image = await fixture('train-noop');
    const spec = { request: requestFor(image.reference, root.path, []), image, options: { stopGrace: 10, gpus: 'all' } } as const;
    await assert.rejects(planTraining(emulator, spec, observer, neverStopped.stop), (error) => isError(error, 'NoGpu'));
  });
}

/** An engine that goes on when the emulator that uses it is done. */
const lent = (engine: Engine): Engine => ({ ...engine, async [Symbol.asyncDispose]() {} });

const requestFor = (image: string, root: string, channels: readonly string[]): CreateTrainingJobRequest => ({
  TrainingJobName: 'job',
  AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'File' },
  RoleArn: 'arn:aws:iam::000000000000:role/sm-local',
  OutputDataConfig: { S3OutputPath: pathToFileURL(join(root, 'output')).href },
  ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
  StoppingCondition: { MaxRuntimeInSeconds: 60 },
  ...(channels.length > 0 && {
    InputDataConfig: channels.map((path) => ({
      ChannelName: 'train',
      DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: pathToFileURL(path).href } },
    })),
  }),
});
