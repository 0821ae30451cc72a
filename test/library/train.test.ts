import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { train } from '../../src/library/training-run.ts';
import { failure } from '../support/failure.ts';
import { FakeEngine, type Program, type World } from '../support/fake-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

const trains: Program = async (world) => {
  world.write('epoch=1; loss=0.5\nepoch=2; loss=0.25\n');
  await writeFile(world.at('/opt/ml/model/weights'), 'w');
  return 0;
};

const fails: Program = async (world) => {
  await writeFile(world.at('/opt/ml/output/failure'), 'the data is empty');
  return 3;
};

/** Runs until SIGTERM. */
const waits: Program = async ({ terminated, write }) => {
  const ended = once(terminated, 'abort');
  write('waiting\n');
  await ended;
  return 0;
};

/** Does not hear SIGTERM. */
const stays = async ({ ended, write }: World): Promise<number> => {
  write('staying\n');
  await once(ended, 'abort');
  return 0;
};

describe('train() of the library', () => {
  let root: TemporaryDirectory;
  let engine: FakeEngine;
  beforeEach(async () => {
    root = await temporaryDirectory();
    engine = new FakeEngine({ images: { trains, fails, waits, stays } });
  });
  afterEach(async () => {
    assert.deepEqual(engine.left(), []);
    await engine[Symbol.asyncDispose]();
    await root[Symbol.asyncDispose]();
  });
  const common = () => ({ engine, home: join(root.path, 'home'), cwd: root.path, credentials: 'environment' as const });

  it('is awaited for its result: status, files, every data point, and what DescribeTrainingJob says', async () => {
    const metric = { loss: 'loss=([0-9.]+)' };
    const result = await train({ ...common(), image: 'trains', name: 'job', hp: { epochs: 2 }, metric, output: 'out' });
    assert.equal(result.status, 'Completed');
    assert.equal(result.arn, 'arn:aws:sagemaker:us-east-1:000000000000:training-job/job');
    assert.equal(result.files.model, join(root.path, 'out/job/output/model.tar.gz'));
    assert.ok(existsSync(result.files.model ?? ''));
    assert.deepEqual(
      result.metrics.map(({ name, value, host }) => [name, value, host]),
      [
        ['loss', 0.5, 'algo-1'],
        ['loss', 0.25, 'algo-1'],
      ],
    );
    assert.deepEqual(result.describe.HyperParameters, { epochs: '2' });
  });

  it('has a job that failed as a result', async () => {
    const { status, failureReason } = await train({ ...common(), image: 'fails' });
    assert.equal(status, 'Failed');
    assert.match(failureReason ?? '', /the data is empty/);
  });

  it('goes on top of a request', async () => {
    const requestMembers = { HyperParameters: { a: '1', b: '2' }, Environment: { X: 'y' } };
    const { describe: described } = await train({ ...common(), image: 'trains', requestMembers, hp: { b: 3 } });
    assert.deepEqual([described.HyperParameters, described.Environment], [{ a: '1', b: '3' }, { X: 'y' }]);
  });

  it('tells each reader all events from the first one on, the result after the last line', async () => {
    const run = train({ ...common(), image: 'trains' });
    const read = async (): Promise<readonly string[]> => {
      const told: string[] = [];
      for await (const event of run.events()) {
        assert.ok(event.time instanceof Date);
        if (event.event === 'log') told.push(`${event.source} ${event.stream} ${event.message}`);
        if (event.event === 'status') told.push(event.secondaryStatus);
        if (event.event === 'result') told.push('result');
      }
      return told;
    };
    const first = read();
    await run;
    const [early, late] = [await first, await read()];
    assert.deepEqual(new Set(early), new Set(late));
    assert.equal(early.at(-1), 'result');
    assert.equal(early.filter((text) => text.startsWith('algo-1 stdout epoch=')).length, 2);
  });

  it('may be read by somebody who leaves', async () => {
    const run = train({ ...common(), image: 'trains' });
    for await (const event of run.events()) if (event.event === 'status') break;
    assert.equal((await run).status, 'Completed');
  });

  it('is stopped as StopTrainingJob stops it', async () => {
    const run = train({ ...common(), image: 'waits' });
    await line(run.events(), 'waiting');
    const { status, secondaryStatus } = await run.stop();
    assert.deepEqual([status, secondaryStatus], ['Stopped', 'Stopped']);
    assert.deepEqual(engine.history.at(-1)?.received, ['SIGTERM']);
  });

  it('ends with its signal, and rejects with the reason when everything is removed', async () => {
    const stop = new AbortController();
    const run = train({ ...common(), image: 'waits', signal: stop.signal });
    await line(run.events(), 'waiting');
    const reason = new Error('the test is over');
    stop.abort(reason);
    await assert.rejects(run.result, reason);
    assert.deepEqual(engine.left(), []);
  });

  it('is not begun under a signal that has aborted', async () => {
    const reason = new Error('never');
    await assert.rejects(train({ ...common(), image: 'waits', signal: AbortSignal.abort(reason) }).result, reason);
    assert.equal(engine.history.length, 0);
  });

  it('is killed when it is disposed', async () => {
    {
      await using run = train({ ...common(), image: 'stays' });
      await line(run.events(), 'staying');
    }
    assert.deepEqual(engine.history.at(-1)?.received.at(-1), 'SIGKILL');
  });

  it('that is ephemeral has its files until it is disposed, and nothing stays', async () => {
    let model = '';
    {
      await using run = train({ ...common(), image: 'trains', ephemeral: true });
      model = (await run).files.model ?? '';
      assert.ok(existsSync(model));
      assert.ok(model.startsWith(join(root.path, 'home/tmp')));
    }
    assert.ok(!existsSync(model));
    assert.deepEqual(await readdir(join(root.path, 'home/tmp')), []);
    assert.deepEqual(await readdir(join(root.path, 'home/owners')), []);
  });

  it('that is ephemeral and is refused leaves nothing, although nobody can dispose it', async () => {
    await assert.rejects(
      train({ ...common(), image: 'trains', ephemeral: true, maxRun: 'a while' }).result,
      failure('WrongUsage', /maxRun/),
    );
    assert.deepEqual(await readdir(join(root.path, 'home/tmp')), []);
    assert.deepEqual(await readdir(join(root.path, 'home/owners')), []);
  });

  it('measures patience by a faster clock', async () => {
    const requestMembers = { StoppingCondition: { MaxRuntimeInSeconds: 60 } };
    const { status, secondaryStatus, describe: described } = await train({ ...common(), image: 'waits', requestMembers, speed: 300 });
    assert.deepEqual([status, secondaryStatus], ['Stopped', 'MaxRuntimeExceeded']);
    assert.equal(described.StoppingCondition?.MaxRuntimeInSeconds, 60);
  });

  it('refuses what it cannot read in its own spelling', async () => {
    await assert.rejects(train({ ...common(), image: 'trains', maxRun: '5x' }).result, failure('WrongUsage', /maxRun/));
    await assert.rejects(train({ ...common(), image: 'trains', inputs: {} } as object).result, failure('WrongUsage', /^inputs/));
    await assert.rejects(train({ ...common(), image: 'trains', dryRun: true } as object).result, failure('WrongUsage', /^dryRun/));
    await assert.rejects(train({ ...common(), requestMembers: {} }).result, failure('WrongUsage', /the request has no AlgorithmSpec/));
    await assert.rejects(train({ ...common(), image: 'trains', speed: -1 }).result, failure('WrongUsage', /^speed -1/));
  });
});

/** Settles when a container has printed it. */
async function line(events: AsyncIterable<{ readonly event: string }>, text: string): Promise<void> {
  for await (const event of events) if (event.event === 'log' && (event as { message?: string }).message === text) return;
  assert.fail(`no line ${text}`);
}
