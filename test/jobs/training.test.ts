import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CreateTrainingJobRequest, ResourceConfig } from '@aws-sdk/client-sagemaker';
import { openEmulator } from '../../src/emulator.ts';
import { fail, isError } from '../../src/errors.ts';
import type { JobEvent } from '../../src/jobs/events.ts';
import { describeTraining, type TrainingRecord } from '../../src/jobs/record.ts';
import type { WorkspaceStrategy } from '../../src/jobs/workspace.ts';
import type { LogFile } from '../../src/store/log-file.ts';
import { planTraining, train } from '../../src/training-jobs/train.ts';
import { FakeEngine, type FakeEngineOptions, type Program, type World } from '../support/fake-engine.ts';
import { fakeRequest } from './fake-job.ts';

const put = (world: World, path: string, content: string): Promise<void> => writeFile(world.at(path), content);
const see = (world: World, path: string): Promise<string> => readFile(world.at(path), 'utf8');

describe('a training job', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'sm-local-training-'));
    await mkdir(join(root, 'data'));
    await writeFile(join(root, 'data/a.csv'), '1,2\n');
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  interface Run {
    readonly record: TrainingRecord;
    readonly events: readonly JobEvent[];
    readonly lines: readonly string[];
    readonly engine: FakeEngine;
  }
  interface Wanted {
    readonly request?: Partial<CreateTrainingJobRequest>;
    readonly engine?: Partial<FakeEngineOptions>;
    readonly workspace?: WorkspaceStrategy;
    readonly maxRuntime?: number;
    readonly stopGrace?: number;
    readonly stop?: AbortController;
    readonly kill?: AbortController;
    readonly onEvent?: (event: JobEvent) => void;
    /** Something is meant to be left of it. */
    readonly leaves?: true;
  }

  async function run(program: Program | string, wanted: Wanted = {}): Promise<Run> {
    await using engine = new FakeEngine({ images: { image: typeof program === 'string' ? { program } : program }, ...wanted.engine });
    await using emulator = await openEmulator({
      home: join(root, 'home'),
      engine,
      workspace: wanted.workspace ?? 'bind',
      credentials: { source: 'environment' }, // the other one is an address of this machine
    });
    const events: JobEvent[] = [];
    const logs: LogFile[] = [];
    const observer = {
      event: (event: JobEvent) => {
        events.push(event);
        wanted.onEvent?.(event);
      },
      log: (_host: string, log: LogFile) => void logs.push(log),
    };
    const stops = { stop: (wanted.stop ?? new AbortController()).signal, kill: (wanted.kill ?? new AbortController()).signal };
    const request = fakeRequest(root, wanted.request);
    const options = { stopGrace: wanted.stopGrace ?? 120, ...(wanted.maxRuntime !== undefined && { maxRuntime: wanted.maxRuntime }) };
    try {
      const plan = await planTraining(emulator, { request, image: { kind: 'image', reference: 'image' }, options }, observer, stops.stop);
      const record = await train(emulator, plan, observer, stops);
      assert.deepEqual(
        await emulator.trainingJobs.read(record.name),
        JSON.parse(JSON.stringify(record)),
        'the record on disk is the last one',
      );
      const lines = logs
        .flatMap((log) => readFileSync(log.path, 'utf8').trimEnd().split('\n'))
        .filter((line) => line !== '' && !/^\d+ c /.test(line));
      return { record, events, lines: lines.map((line) => line.replace(/^\d+ /, '')), engine };
    } finally {
      if (!wanted.leaves) {
        assert.deepEqual(engine.left(), [], 'nothing is left in the engine');
        await emulator.janitor.settled();
        assert.deepEqual(await readdir(join(root, 'home/tmp')), [], 'nothing temporary is left');
      }
    }
  }

  const channel = (name: string, path: string) => ({
    ChannelName: name,
    DataSource: { S3DataSource: { S3DataType: 'S3Prefix' as const, S3Uri: pathToFileURL(path).href } },
  });
  /** The statuses in order, each once, however many messages it had. */
  const secondary = ({ events }: Run): string[] =>
    events
      .flatMap((event) => (event.event === 'status' ? [`${event.status}/${event.secondaryStatus}`] : []))
      .filter((status, index, all) => status !== all[index - 1]);
  const members = (archive: string): string[] => execFileSync('tar', ['tzf', archive], { encoding: 'utf8' }).trim().split('\n').sort();

  for (const workspace of ['bind', 'archive'] as const) {
    describe(`through the ${workspace} workspace`, () => {
      it('that exits 0 is Completed, its directories are archived as the cloud lays them out', async () => {
        const done = await run(
          async (world) => {
            await put(world, '/opt/ml/model/m.bin', 'model');
            await mkdir(world.at('/opt/ml/model/sub'));
            await put(world, '/opt/ml/model/sub/n.bin', 'deep');
            await put(world, '/opt/ml/output/data/report.txt', 'report');
            await put(world, '/opt/ml/output/ignored.txt', 'not below output/data');
            return 0;
          },
          { workspace },
        );
        assert.deepEqual(secondary(done), [
          'InProgress/Starting',
          'InProgress/Downloading',
          'InProgress/Training',
          'InProgress/Uploading',
          'Completed/Completed',
        ]);
        assert.deepEqual(done.record.files.model, join(root, 'output/job/output/model.tar.gz'));
        assert.deepEqual(members(join(root, 'output/job/output/model.tar.gz')), ['m.bin', 'sub/', 'sub/n.bin']);
        assert.deepEqual(members(join(root, 'output/job/output/output.tar.gz')), ['report.txt']);
      });

      it('finds its configuration, its directories and its channels', async () => {
        const { record } = await run(
          async (world) => {
            assert.equal(await see(world, '/opt/ml/input/config/hyperparameters.json'), '{"epochs":"3"}');
            assert.equal(await see(world, '/opt/ml/input/data/train/a.csv'), '1,2\n');
            assert.match(await see(world, '/opt/ml/input/data/train-manifest'), /^\[\{"prefix":"file:.*\/data\/"\},"a\.csv"\]$/);
            assert.deepEqual((await readdir(world.at('/opt/ml/output'))).sort(), ['data', 'metrics']);
            assert.deepEqual(await readdir(world.at('/opt/ml/model')), []);
            assert.deepEqual(world.spec.command, ['train']);
            return 0;
          },
          { workspace, request: { HyperParameters: { epochs: '3' }, InputDataConfig: [channel('train', join(root, 'data'))] } },
        );
        assert.equal(record.failureReason, undefined);
        assert.equal(record.status, 'Completed');
      });

      it('that changes its channel changes a copy', async () => {
        await run(
          async (world) => {
            await put(world, '/opt/ml/input/data/train/a.csv', 'changed');
            await put(world, '/opt/ml/input/data/train/new.csv', 'new');
            return 0;
          },
          { workspace, request: { InputDataConfig: [channel('train', join(root, 'data'))] } },
        );
        assert.deepEqual(await readdir(join(root, 'data')), ['a.csv']);
        assert.equal(readFileSync(join(root, 'data/a.csv'), 'utf8'), '1,2\n');
      });

      it('that exits with a code and a failure file is Failed with both in the reason', async () => {
        const { record } = await run(
          async (world) => {
            await put(world, '/opt/ml/output/failure', 'no data');
            return 3;
          },
          { workspace },
        );
        assert.equal(record.status, 'Failed');
        assert.equal(record.failureReason, 'AlgorithmError: no data, exit code: 3');
      });
    });
  }

  it('that fails without a failure file keeps the comma of the cloud', async () => {
    assert.equal((await run(() => 1)).record.failureReason, 'AlgorithmError: , exit code: 1');
  });

  it('that writes a failure file and exits 0 is Completed, because the exit code decides', async () => {
    const { record } = await run(async (world) => {
      await put(world, '/opt/ml/output/failure', 'so what');
      return 0;
    });
    assert.deepEqual([record.status, record.failureReason], ['Completed', undefined]);
  });

  it('whose failure file is a link out of the container reveals nothing of this machine', async () => {
    await writeFile(join(root, 'secret'), 'secret');
    const { record } = await run(async (world) => {
      execFileSync('ln', ['-s', join(root, 'secret'), world.at('/opt/ml/output/failure')]);
      return 1;
    });
    assert.equal(record.failureReason, 'AlgorithmError: , exit code: 1');
  });

  it('that was killed for its memory says so instead of an exit code', async () => {
    const { record } = await run(() => ({ code: 137, oomKilled: true }));
    assert.equal(
      record.failureReason,
      'ClientError: Please use an instance type with more memory, or reduce the size of job data processed on an instance.',
    );
  });

  it('with an empty model leaves no model.tar.gz and is Completed', async () => {
    const { record } = await run(() => 0);
    assert.equal(record.status, 'Completed');
    assert.equal(record.files.model, undefined);
    assert.equal(existsSync(join(root, 'output/job/output/model.tar.gz')), false);
  });

  it('that fails keeps what it had written', async () => {
    const { record } = await run(async (world) => {
      await put(world, '/opt/ml/model/half.bin', 'half');
      return 1;
    });
    assert.deepEqual(members(record.files.model ?? ''), ['half.bin']);
  });

  it("keeps the container's lines by stream, the last one too when it has no end", async () => {
    const { lines } = await run((world) => {
      world.write('one\ntwo\n');
      world.write('bad\n', 'stderr');
      world.write('last');
      return 0;
    });
    assert.deepEqual([...lines].sort(), ['e bad', 'o last', 'o one', 'o two']);
  });

  it('picks its metrics from every line; the last value of each is final', async () => {
    const done = await run(
      (world) => {
        world.write('epoch 1 loss=0.5; acc=0.1\nepoch 2 loss=1e-1; acc=0.9\n');
        return 0;
      },
      {
        request: {
          AlgorithmSpecification: {
            TrainingImage: 'image',
            TrainingInputMode: 'File',
            MetricDefinitions: [
              { Name: 'loss', Regex: 'loss=([0-9.e-]+)' },
              { Name: 'none', Regex: 'nothing=(.*)' },
            ],
          },
        },
      },
    );
    assert.deepEqual(
      done.events.flatMap((event) => (event.event === 'metric' ? [[event.name, event.value, event.host]] : [])),
      [
        ['loss', 0.5, 'algo-1'],
        ['loss', 0.1, 'algo-1'],
      ],
    );
    assert.deepEqual(
      describeTraining(done.record).FinalMetricDataList?.map(({ MetricName, Value }) => [MetricName, Value]),
      [['loss', Math.fround(0.1)]],
    );
  });

  it('past its run time gets SIGTERM and, ignoring it, SIGKILL; it is Stopped by the limit and its model is kept', async () => {
    const done = await run(
      async (world) => {
        await put(world, '/opt/ml/model/checkpoint', 'so far');
        await once(world.ended, 'abort');
        return 0;
      },
      { maxRuntime: 0.05, stopGrace: 0.05 },
    );
    assert.deepEqual(done.engine.history[0]?.received, ['SIGTERM', 'SIGKILL']);
    assert.deepEqual(secondary(done).slice(2), [
      'InProgress/Training',
      'Stopping/Stopping',
      'Stopping/Uploading',
      'Stopped/MaxRuntimeExceeded',
    ]);
    assert.deepEqual([done.record.status, done.record.failureReason], ['Stopped', undefined]);
    assert.deepEqual(members(done.record.files.model ?? ''), ['checkpoint']);
  });

  it('that is stopped ends by itself within the grace, whatever its exit code says', async () => {
    const stop = new AbortController();
    const done = await run(
      async (world) => {
        const terminated = once(world.terminated, 'abort');
        stop.abort();
        await terminated;
        await put(world, '/opt/ml/model/saved', 'saved');
        return 7;
      },
      { stop },
    );
    assert.deepEqual(done.engine.history[0]?.received, ['SIGTERM']);
    assert.equal(secondary(done).at(-1), 'Stopped/Stopped');
    assert.deepEqual(members(done.record.files.model ?? ''), ['saved']);
  });

  it('that is killed does not get the rest of its grace', async () => {
    const stop = new AbortController();
    const kill = new AbortController();
    const done = await run(
      async (world) => {
        world.terminated.addEventListener('abort', () => kill.abort());
        stop.abort();
        await once(world.ended, 'abort');
        return 0;
      },
      { stop, kill, stopGrace: 3600 },
    );
    assert.deepEqual(done.engine.history[0]?.received, ['SIGTERM', 'SIGKILL']);
    assert.equal(done.record.status, 'Stopped');
  });

  describe('of several hosts', () => {
    const several = { ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 3, VolumeSizeInGB: 30 } } as const;
    const hostOf = async (world: World): Promise<string> =>
      JSON.parse(await see(world, '/opt/ml/input/config/resourceconfig.json')).current_host;

    it('is stopped on all of them', async () => {
      const stop = new AbortController();
      let running = 0;
      const done = await run(
        async (world) => {
          const terminated = once(world.terminated, 'abort');
          running += 1;
          if (running === 3) stop.abort();
          await terminated;
          return 1;
        },
        { request: several, stop },
      );
      assert.equal(done.record.secondaryStatus, 'Stopped');
      assert.deepEqual(
        done.engine.history.map(({ received }) => received),
        [['SIGTERM'], ['SIGTERM'], ['SIGTERM']],
      );
    });

    it('is Failed for the reason of the first host that failed; the others are asked to end and are not the reason', async () => {
      const done = await run(
        async (world) => {
          const terminated = once(world.terminated, 'abort');
          const host = await hostOf(world);
          if (host === 'algo-1') return 0;
          await put(world, '/opt/ml/output/failure', host);
          if (host === 'algo-2') return 4;
          await terminated;
          return 5;
        },
        { request: several },
      );
      assert.equal(done.record.failureReason, 'AlgorithmError: algo-2, exit code: 4');
      assert.deepEqual(secondary(done).slice(2), ['InProgress/Training', 'InProgress/Uploading', 'Failed/Failed']);
    });

    it('keeps the files of all of them in one archive', async () => {
      const { record } = await run(
        async (world) => {
          const host = await hostOf(world);
          await put(world, `/opt/ml/model/${host}.bin`, host);
          await put(world, `/opt/ml/output/data/${host}.txt`, host);
          return 0;
        },
        { request: several },
      );
      assert.deepEqual(members(record.files.model ?? ''), ['algo-1.bin', 'algo-2.bin', 'algo-3.bin']);
      assert.deepEqual(members(record.files.output ?? ''), ['algo-1.txt', 'algo-2.txt', 'algo-3.txt']);
    });

    it('ends on all of them when the engine fails on one, and nothing is left', async () => {
      let started = 0;
      const before = async (action: string): Promise<void> => {
        if (action !== 'start') return;
        started += 1;
        if (started === 2) throw fail('EngineFailed', { action: 'start a container', message: 'no space' });
      };
      const program = async (world: World): Promise<number> => {
        await once(world.ended, 'abort');
        return 0;
      };
      await assert.rejects(run(program, { request: several, engine: { before } }), (error) => isError(error, 'EngineFailed'));
    });

    it('knows its hosts by the addresses of a network of their own, all of them from the start', async () => {
      const { engine } = await run(() => 0, { request: several });
      const specs = engine.history.map(({ spec }) => spec);
      const addresses = { 'algo-1': '198.19.0.10', 'algo-2': '198.19.0.11', 'algo-3': '198.19.0.12' };
      for (const { extraHosts } of specs) assert.deepEqual(extraHosts, addresses);
      assert.deepEqual(specs.map(({ address }) => address).sort(), Object.values(addresses));
    });
  });

  it('that is stopped before its container runs never runs one', async () => {
    const stop = new AbortController();
    const done = await run(() => 0, { stop, onEvent: (event) => event.event === 'plan' && stop.abort() });
    assert.deepEqual(secondary(done), ['InProgress/Starting', 'Stopping/Stopping', 'Stopped/Stopped']);
    assert.equal(done.engine.history.length, 0);
  });

  it('that is stopped while it is made ready never trains', async () => {
    const stop = new AbortController();
    const before = (action: string): void => {
      if (action === 'attach') stop.abort();
    };
    const done = await run(() => 0, { stop, engine: { before } });
    assert.deepEqual(secondary(done).slice(-3), ['InProgress/Downloading', 'Stopping/Stopping', 'Stopped/Stopped']);
    assert.deepEqual(done.engine.history[0]?.received, []);
  });

  it('whose image has no program is Failed with the engine’s own words in the log', async () => {
    const done = await run('exec: "train": executable file not found in $PATH');
    assert.equal(done.record.failureReason, 'AlgorithmError: , exit code: 127');
    assert.deepEqual(done.lines, ['e exec: "train": executable file not found in $PATH']);
  });

  it('whose engine fails is recorded as Failed by the platform, and the trouble is thrown', async () => {
    const engine = {
      before: (action: string) => action === 'start' && Promise.reject(fail('EngineFailed', { action: 'start', message: 'no space' })),
    };
    await assert.rejects(
      run(() => 0, { engine: engine as Partial<FakeEngineOptions> }),
      (error) => isError(error, 'EngineFailed'),
    );
    const record = JSON.parse(
      await readFile(join(root, 'home/records/training-job', (await readdir(join(root, 'home/records/training-job')))[0] ?? ''), 'utf8'),
    );
    assert.equal(record.status, 'Failed');
    assert.equal(record.failureReason, 'InternalServerError: We encountered an internal error. Please try again.');
  });

  it('is what it has done also where its container cannot be removed at once, and that is told', async () => {
    let refusals = 0;
    const before = (action: string): void => {
      if (action !== 'remove' || refusals > 0) return;
      refusals += 1;
      throw fail('EngineFailed', { action: 'remove the container', message: 'device or resource busy' });
    };
    const { record, events } = await run(() => 0, { engine: { before }, leaves: true });
    assert.equal(record.status, 'Completed');
    const warnings = events.flatMap((event) => (event.event === 'warning' ? [event.message] : []));
    assert.match(warnings.join(), /left in the engine, and sm-local clean removes it: .*device or resource busy/);
  });

  it('whose archives cannot be written is Failed, and what it left is kept and named', async () => {
    const running = run(
      async (world) => {
        await put(world, '/opt/ml/model/m.bin', 'model');
        await writeFile(join(root, 'output'), ''); // which was free when the job began
        return 0;
      },
      { leaves: true },
    );
    await assert.rejects(running, (error) => {
      assert.ok(isError(error, 'ArtifactsNotWritten'), `${error}`);
      const [, kept = ''] = /kept in (.*)\.$/.exec(error.message) ?? [];
      assert.equal(readFileSync(join(kept, 'model/m.bin'), 'utf8'), 'model');
      return true;
    });
  });

  it('gets copies of its channels, and a warning, where the engine refuses overlays', async () => {
    let refusals = 0;
    const refuse = (action: string): void => {
      if (action !== 'start' || refusals > 0) return;
      refusals += 1;
      throw fail('EngineFailed', {
        action: 'start a container',
        message: 'error while mounting volume: failed to mount local volume: invalid argument',
      });
    };
    const done = await run(async (world) => ((await see(world, '/opt/ml/input/data/train/a.csv')) === '1,2\n' ? 0 : 1), {
      engine: { before: refuse },
      request: { InputDataConfig: [channel('train', join(root, 'data'))] },
    });
    assert.equal(done.record.status, 'Completed');
    assert.equal(refusals, 1);
    assert.ok(done.events.some((event) => event.event === 'warning' && event.message.startsWith('Channels are copied')));
  });

  it('gets copies at once where the engine is known not to show files', async () => {
    const tried: string[] = [];
    const done = await run(async (world) => ((await see(world, '/opt/ml/input/data/train/a.csv')) === '1,2\n' ? 0 : 1), {
      workspace: 'archive',
      engine: {
        describe: { usesSelinux: true },
        before: (action, { mounts }) => void (action === 'create' && tried.push(...mounts.map(({ kind, target }) => `${kind} ${target}`))),
      },
      request: { InputDataConfig: [channel('train', join(root, 'data'))] },
    });
    assert.equal(done.record.status, 'Completed');
    assert.deepEqual(tried, ['volume /opt/ml/input', 'volume /opt/ml/model', 'volume /opt/ml/output']);
    assert.ok(!done.events.some((event) => event.event === 'warning' && event.message.startsWith('Channel')));
  });

  it('asks for a bind in vain where the engine does not show files', async () => {
    const engine = { describe: { usesSelinux: true } };
    await assert.rejects(
      run(() => 0, { workspace: 'bind', engine }),
      (error) => isError(error, 'WrongUsage') && /SELinux/.test(error.message),
    );
    assert.deepEqual(await readdir(join(root, 'home/records')), []);
  });

  it('whose channel changes while it is staged is Failed, in the words of the cloud and with the name of the file', async () => {
    for (const workspace of ['bind', 'archive'] as const) {
      const { record } = await run(() => 0, {
        workspace,
        engine: { describe: workspace === 'bind' ? {} : { usesSelinux: true }, images: { image: { program: () => 0, user: '1000' } } },
        request: { TrainingJobName: `job-${workspace}`, InputDataConfig: [channel('train', join(root, 'data'))] },
        onEvent: (event) => event.event === 'plan' && rmSync(join(root, 'data/a.csv'), { force: true }),
      });
      assert.equal(record.status, 'Failed');
      assert.match(record.failureReason ?? '', /^ClientError: Data download failed:Channel "train": .*a\.csv cannot be used: /);
      await writeFile(join(root, 'data/a.csv'), '1,2\n');
    }
  });

  it('of a name that exists is refused in the words of AWS, and the first stays as it is', async () => {
    await run(() => 0);
    await assert.rejects(
      run(() => 1),
      (error) => isError(error, 'ResourceInUse') && error.message.startsWith('Training job names must be unique'),
    );
  });

  it('whose request has nulls runs as one without those members', async () => {
    const nulls = { HyperParameters: null, InputDataConfig: null, Environment: null, DebugHookConfig: null } as unknown as object;
    const ResourceConfig = { InstanceType: 'ml.m5.large', InstanceCount: 1, InstanceGroups: null } as unknown as ResourceConfig;
    const { record } = await run(() => 0, { request: { ...nulls, ResourceConfig } });
    assert.equal(record.status, 'Completed');
    assert.deepEqual(record.request.ResourceConfig, { InstanceType: 'ml.m5.large', InstanceCount: 1 });
    assert.ok(!('HyperParameters' in record.request));
  });

  it('with a misspelt name starts nothing', async () => {
    await assert.rejects(
      run(() => 0, { request: { TrainingJobName: 'bad name' } }),
      (error) => isError(error, 'InvalidRequest'),
    );
    assert.equal(existsSync(join(root, 'home/records/training-job')), false);
  });

  it('tells each message of a status as the cloud does, one after the other', async () => {
    const { events } = await run(() => 0);
    assert.deepEqual(
      events.flatMap((event) => (event.event === 'status' ? [`${event.secondaryStatus} - ${event.message}`] : [])),
      [
        'Starting - Starting the training job',
        'Starting - Preparing the instances for training',
        'Downloading - Downloading input data',
        'Downloading - Downloading the training image',
        'Training - Training image download completed. Training in progress.',
        'Uploading - Uploading generated training model',
        'Completed - Training job completed',
      ],
    );
  });

  it('that fails ended when the failure was noticed, before what it had was uploaded', async () => {
    const { record } = await run(() => 1);
    const described = describeTraining(record);
    const uploading = described.SecondaryStatusTransitions?.find(({ Status }) => Status === 'Uploading');
    assert.deepEqual(described.TrainingEndTime, uploading?.StartTime);
    assert.deepEqual(described.LastModifiedTime, described.SecondaryStatusTransitions?.at(-1)?.EndTime);
  });

  it('that is stopped before it starts has no times of training', async () => {
    const stop = new AbortController();
    const { record } = await run(() => 0, { stop, onEvent: (event) => event.event === 'plan' && stop.abort() });
    const described = describeTraining(record);
    assert.deepEqual(
      [described.TrainingStartTime, described.TrainingEndTime, described.BillableTimeInSeconds],
      [undefined, undefined, undefined],
    );
  });

  it('says once what it was asked for and has no effect here, and keeps it', async () => {
    const { record, events } = await run(() => 0, {
      request: { Tags: [{ Key: 'team', Value: 'a' }], ExperimentConfig: { ExperimentName: 'iris' } },
    });
    const warnings = events.flatMap((event) => (event.event === 'warning' ? [event.message] : []));
    assert.deepEqual(warnings, ['Stored, but without effect here: ResourceConfig.VolumeSizeInGB, Tags, ExperimentConfig.']);
    assert.deepEqual(describeTraining(record).ExperimentConfig, { ExperimentName: 'iris' });
    assert.deepEqual(record.request.Tags, [{ Key: 'team', Value: 'a' }]);
  });

  it('describes itself as DescribeTrainingJob does', async () => {
    const { record } = await run(() => 0);
    const described = describeTraining(record);
    assert.equal(described.TrainingJobArn, 'arn:aws:sagemaker:us-east-1:000000000000:training-job/job');
    assert.equal(described.ModelArtifacts?.S3ModelArtifacts, `${pathToFileURL(join(root, 'output')).href}/job/output/model.tar.gz`);
    assert.equal(described.TrainingTimeInSeconds, 1, 'at least one second is billed');
    const transitions = described.SecondaryStatusTransitions ?? [];
    assert.deepEqual(
      transitions.map(({ Status, StatusMessage }) => [Status, StatusMessage]),
      [
        ['Starting', 'Preparing the instances for training'],
        ['Downloading', 'Downloading the training image'],
        ['Training', 'Training image download completed. Training in progress.'],
        ['Uploading', 'Uploading generated training model'],
        ['Completed', 'Training job completed'],
      ],
    );
    for (const [index, next] of transitions.slice(1).entries()) assert.deepEqual(transitions[index]?.EndTime, next.StartTime);
    assert.deepEqual(described.TrainingStartTime, transitions[1]?.StartTime);
  });
});
