import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openEmulator } from '../../src/emulator.ts';
import { fail } from '../../src/errors.ts';
import type { JobEvent } from '../../src/jobs/events.ts';
import { neverStopped, type StopSignals } from '../../src/stop.ts';
import { adoptTraining } from '../../src/training-jobs/adopt.ts';
import { planTraining, train } from '../../src/training-jobs/train.ts';
import { FakeEngine, type World } from '../support/fake-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';
import { fakeRequest, runFakeJob } from './fake-job.ts';

describe('the attempts of a job', () => {
  let directory: TemporaryDirectory;
  let root: string;
  /** Programs of this test that were begun. */
  let begun = 0;
  beforeEach(async () => {
    begun = 0;
    directory = await temporaryDirectory();
    root = directory.path;
  });
  afterEach(() => directory[Symbol.asyncDispose]());

  const spot = {
    EnableManagedSpotTraining: true,
    StoppingCondition: { MaxRuntimeInSeconds: 3600, MaxWaitTimeInSeconds: 3600 },
  };
  const untilTerminated = (world: World): Promise<number> =>
    new Promise((resolve) => {
      if (world.terminated.aborted) resolve(0); // it came while the program did something else
      world.terminated.addEventListener('abort', () => resolve(0));
    });
  const statuses = (events: readonly JobEvent[]): string =>
    events
      .flatMap((event) => (event.event === 'status' ? [event.secondaryStatus] : []))
      .filter((status, index, all) => status !== all[index - 1])
      .join(' ');
  /** Runs what the n-th attempt does. */
  const inTurn =
    (...programs: readonly ((world: World) => Promise<number>)[]) =>
    async (world: World): Promise<number> => {
      const program = programs[begun];
      begun += 1;
      return await (program ?? (async () => 0))(world);
    };
  const wholeSequence = 'Starting Downloading Training';

  describe('that is interrupted', () => {
    it('begin again from Starting, with checkpoints restored and everything else of the first one lost', async () => {
      const first = async (world: World): Promise<number> => {
        await writeFile(world.at('/opt/ml/checkpoints/step'), '1');
        await writeFile(world.at('/opt/ml/model/lost'), '');
        await writeFile(world.at('/opt/ml/input/data/lost'), '');
        world.write('first\n');
        return await untilTerminated(world);
      };
      const second = async (world: World): Promise<number> => {
        assert.equal(await readFile(world.at('/opt/ml/checkpoints/step'), 'utf8'), '1');
        assert.deepEqual([await readdir(world.at('/opt/ml/model')), await readdir(world.at('/opt/ml/input/data'))], [[], []]);
        world.write('second\n');
        return 0;
      };
      const { record, events, warnings } = await runFakeJob(inTurn(first, second), {
        root,
        request: { ...spot, CheckpointConfig: { S3Uri: join(root, 'ckpt') } },
        options: { interruptAfter: [0.02] },
      });
      assert.equal(record.status, 'Completed', record.failureReason);
      assert.equal(statuses(events), `${wholeSequence} Interrupted ${wholeSequence} Uploading Completed`);
      assert.match(warnings.join('\n'), /spot instances are interrupted: SIGTERM now/);
      assert.match(await readFile(record.files.logs['algo-1'] ?? '', 'utf8'), /first[\s\S]*second/);
      assert.equal(record.files.model, undefined);
      for (const [index, { endTime, message }] of record.transitions.entries()) {
        assert.equal(endTime, record.transitions[index + 1]?.startTime ?? endTime);
        assert.ok(message !== '');
      }
      assert.equal(record.startTime, record.transitions.find(({ status }) => status === 'Downloading')?.startTime);
    });

    it('are as many as there are interruptions, and one', async () => {
      const { record, events } = await runFakeJob(inTurn(untilTerminated, untilTerminated), {
        root,
        request: spot,
        options: { interruptAfter: [0.01, 0.01] },
      });
      assert.equal(record.status, 'Completed');
      assert.equal(statuses(events).split('Interrupted').length, 3);
    });

    it('are over when the program ends before', async () => {
      const { events } = await runFakeJob(async () => 0, { root, request: spot, options: { interruptAfter: [60] } });
      assert.equal(statuses(events), `${wholeSequence} Uploading Completed`);
    });

    it('are killed when the grace has passed', async () => {
      const deaf = (world: World): Promise<number> => new Promise((resolve) => world.ended.addEventListener('abort', () => resolve(0)));
      const { record } = await runFakeJob(inTurn(deaf), { root, request: spot, options: { interruptAfter: [0.01], stopGrace: 0.02 } });
      assert.equal(record.status, 'Completed');
    });

    it('are no more than one when the job is stopped meanwhile', async () => {
      const stop = new AbortController();
      const onEvent = (event: JobEvent): void => {
        if (event.event === 'status' && event.secondaryStatus === 'Interrupted') stop.abort(new Error('stopped'));
      };
      const stops = { ...neverStopped, stop: stop.signal };
      const job = { root, request: spot, options: { interruptAfter: [0.01] }, stops, onEvent };
      const { record, events } = await runFakeJob(inTurn(untilTerminated), job);
      assert.equal(statuses(events), `${wholeSequence} Interrupted Stopping Stopped`);
      assert.deepEqual([record.status, begun], ['Stopped', 1]);
    });

    it('go on in the process that takes the job over, and no interruption is made twice', async () => {
      await using engine = new FakeEngine({ images: { image: inTurn(untilTerminated) } });
      const options = { home: join(root, 'home'), engine, workspace: 'bind', credentials: { source: 'environment' } } as const;
      const image = { kind: 'image', reference: 'image' } as const;
      const leaving = new AbortController();
      const first = {
        event: (event: JobEvent) => {
          if (event.event === 'status' && event.secondaryStatus === 'Interrupted') leaving.abort(new Error('This process leaves.'));
        },
        log() {},
      };
      const stops: StopSignals = { ...neverStopped, leave: leaving.signal };
      {
        await using emulator = await openEmulator(options);
        const spec = { request: fakeRequest(root, spot), image, options: { stopGrace: 1, interruptAfter: [0.01] } };
        const plan = await planTraining(emulator, spec, first, stops.stop);
        await assert.rejects(train(emulator, plan, first, stops), /This process leaves/);
      }
      await using emulator = await openEmulator(options);
      const events: JobEvent[] = [];
      const finish = await adoptTraining(emulator, 'job', { event: (event) => events.push(event), log() {} }, neverStopped);
      const record = await finish?.();
      assert.deepEqual([record?.status, begun, record?.run.interruptions], ['Completed', 2, 1]);
      assert.equal(statuses(events), `Interrupted ${wholeSequence} Uploading Completed`);
      assert.deepEqual(engine.left(), []);
    });
  });

  it('of a spot job share the time to wait: past it the job is Stopped by the limit, and what there is is kept', async () => {
    const StoppingCondition = { MaxRuntimeInSeconds: 1, MaxWaitTimeInSeconds: 1 };
    const program = async (world: World): Promise<number> => {
      await writeFile(world.at('/opt/ml/model/m'), '');
      return await untilTerminated(world);
    };
    const job = { root, request: { ...spot, StoppingCondition }, options: { maxRuntime: 3600 } };
    const { record, events } = await runFakeJob(program, job);
    assert.deepEqual([record.status, record.secondaryStatus, record.failureReason], ['Stopped', 'MaxWaitTimeExceeded', undefined]);
    assert.equal(statuses(events), `${wholeSequence} Stopping Uploading MaxWaitTimeExceeded`);
    assert.equal(record.transitions.at(-1)?.message, 'Training job runtime exceeded MaxWaitTimeInSeconds provided');
    assert.ok(record.files.model);
  });

  describe('after a fault of the platform', () => {
    /** An engine whose first `count` starts fail. */
    const failing = (count: number) => {
      let starts = 0;
      return {
        before(action: string) {
          if (action !== 'start') return;
          starts += 1;
          if (starts <= count) throw fail('EngineFailed', { action: 'start a container', message: 'no such luck' });
        },
      };
    };

    it('are made as often as the RetryStrategy says', async () => {
      const request = { RetryStrategy: { MaximumRetryAttempts: 2 } };
      const { record, events } = await runFakeJob(async () => 0, { root, request, engine: failing(2) });
      assert.equal(record.status, 'Completed');
      assert.equal(statuses(events), `${wholeSequence} Restarting ${wholeSequence} Restarting ${wholeSequence} Uploading Completed`);
      assert.equal(record.failureReason, undefined);
    });

    it('end with its reason when there are no more', async () => {
      const request = { RetryStrategy: { MaximumRetryAttempts: 1 } };
      const events: JobEvent[] = [];
      const onEvent = (event: JobEvent) => events.push(event);
      await assert.rejects(
        runFakeJob(async () => 0, { root, request, engine: failing(9), onEvent }),
        /no such luck/,
      );
      assert.equal(statuses(events), `${wholeSequence} Restarting ${wholeSequence} Failed`);
      const [result] = events.flatMap((event) => (event.event === 'result' ? [event.describe] : []));
      assert.equal(result?.FailureReason, 'InternalServerError: We encountered an internal error. Please try again.');
    });
  });

  it('are one when the program fails, whatever the RetryStrategy says', async () => {
    const { record, events } = await runFakeJob(async () => 3, { root, request: { RetryStrategy: { MaximumRetryAttempts: 5 } } });
    assert.equal(record.failureReason, 'AlgorithmError: , exit code: 3');
    assert.equal(statuses(events), `${wholeSequence} Uploading Failed`);
  });
});
