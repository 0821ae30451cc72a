import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { openEmulator } from '../../src/emulator.ts';
import type { TrainingRecord } from '../../src/jobs/record.ts';
import { neverStopped } from '../../src/stop.ts';
import { readLog } from '../../src/store/log-file.ts';
import { planTraining, train } from '../../src/training-jobs/train.ts';
import { withLeftoverCheck } from '../support/leftovers.ts';
import { fixtureImage, fixtureTag, testEngine } from '../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('the hosts of a training job', function () {
  this.timeout(90_000);
  withLeftoverCheck();
  let root: TemporaryDirectory;
  before(() => fixtureImage('train-hosts'));
  beforeEach(async () => {
    root = await temporaryDirectory();
  });
  afterEach(() => root[Symbol.asyncDispose]());

  interface Done {
    readonly record: TrainingRecord;
    readonly lines: (host: string) => Promise<readonly string[]>;
    readonly warnings: readonly string[];
  }

  async function run(
    count: number,
    hyperparameters: Readonly<Record<string, unknown>> = {},
    changes: Partial<CreateTrainingJobRequest> = {},
  ): Promise<Done> {
    await using emulator = await openEmulator({ home: join(root.path, 'home'), engine: testEngine() });
    const image = fixtureTag('train-hosts');
    const request: CreateTrainingJobRequest = {
      TrainingJobName: 'hosts',
      AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'File' },
      HyperParameters: Object.fromEntries(Object.entries(hyperparameters).map(([name, value]) => [name, JSON.stringify(value)])),
      RoleArn: 'arn:aws:iam::000000000000:role/sm-local',
      OutputDataConfig: { S3OutputPath: pathToFileURL(join(root.path, 'output')).href },
      ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: count, VolumeSizeInGB: 30 },
      StoppingCondition: { MaxRuntimeInSeconds: 600 },
      ...changes,
    };
    const warnings: string[] = [];
    const observer = {
      event: (event: { event: string; message?: string }) => void (event.event === 'warning' && warnings.push(event.message ?? '')),
      log() {},
    };
    const spec = { request, image: { kind: 'image', reference: image }, options: { stopGrace: 10, shmSize: 2 ** 26 } } as const;
    const plan = await planTraining(emulator, spec, observer, neverStopped.stop);
    const record = await train(emulator, plan, observer, neverStopped);
    const lines = async (host: string): Promise<readonly string[]> => {
      const found: string[] = [];
      for await (const { message } of readLog(record.files.logs[host] ?? '')) found.push(message);
      return found;
    };
    return { record, lines, warnings };
  }

  const modelOf = ({ record }: Done): readonly string[] =>
    execFileSync('tar', ['tzf', record.files.model ?? ''], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .sort();

  it('find each other by name at once, talk to each other, and leave one archive; the last one is waited for', async () => {
    const done = await run(2, { stay: { 'algo-2': 1.5 } });
    assert.equal(done.record.status, 'Completed', done.record.failureReason);
    assert.ok((await done.lines('algo-1')).includes('WORD algo-2'));
    assert.ok((await done.lines('algo-2')).includes('WORD algo-1'));
    assert.deepEqual(modelOf(done), ['algo-1.txt', 'algo-2.txt']);
  });

  it('may be eleven, in the order of their numbers', async () => {
    const done = await run(11);
    assert.equal(done.record.status, 'Completed', done.record.failureReason);
    const names = Array.from({ length: 11 }, (_, index) => `algo-${index + 1}`);
    assert.deepEqual(Object.keys(done.record.files.logs), names);
    const [first = ''] = await done.lines('algo-10');
    assert.deepEqual(Object.keys(JSON.parse(first.replace('HOSTS ', ''))).sort(), [...names].sort());
    assert.deepEqual(modelOf(done), names.map((name) => `${name}.txt`).sort());
  });

  it('end with SIGTERM when one of them has failed, whose reason is the job’s', async () => {
    const done = await run(3, { fail: { 'algo-2': 3 }, stay: { 'algo-1': 60, 'algo-3': 60 } });
    assert.equal(done.record.status, 'Failed');
    assert.equal(done.record.failureReason, 'AlgorithmError: algo-2 failed, exit code: 3');
    for (const host of ['algo-1', 'algo-3']) assert.ok((await done.lines(host)).includes('SIGTERM'), host);
    assert.deepEqual(modelOf(done), ['algo-1.txt', 'algo-2.txt', 'algo-3.txt']);
    assert.match(done.warnings.join('\n'), /A host has failed; the others get SIGTERM/);
  });

  it('that are isolated reach each other, and nothing else: not this machine by any of its addresses', async () => {
    // On all addresses, as a database on a person's machine might listen.
    const service = createServer((_request, response) => response.end('secret')).listen(0, '0.0.0.0');
    await once(service, 'listening');
    try {
      const { port } = service.address() as AddressInfo;
      const addresses = Object.values(networkInterfaces()).flatMap((all) =>
        (all ?? []).filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => address),
      );
      const reach = [...addresses.map((address) => `${address}:${port}`), '169.254.170.2:80'];
      const open = await run(1, { reach });
      assert.ok(
        (await open.lines('algo-1')).some((line) => line.endsWith('reached')),
        'it is there to be reached',
      );
      const done = await run(2, { reach }, { TrainingJobName: 'isolated', EnableNetworkIsolation: true });
      assert.equal(done.record.status, 'Completed', done.record.failureReason);
      assert.ok((await done.lines('algo-1')).includes('WORD algo-2'));
      const gateways = (await done.lines('algo-1'))[0]?.match(/198\.19\.\d+/)?.[0];
      const tried = (await done.lines('algo-1')).filter((line) => line.startsWith('REACH'));
      assert.equal(tried.length, reach.length, gateways);
      assert.deepEqual(
        tried.filter((line) => line.endsWith('reached')),
        [],
      );
    } finally {
      service.close();
    }
  });
});
