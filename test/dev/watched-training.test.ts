import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Update } from '../../src/dev/image-updates.ts';
import { type FinishedRun, joined, type TrainingNews, type TrainingWish, watchTraining } from '../../src/dev/watched-training.ts';
import { Wishes } from '../../src/dev/wishes.ts';
import { openEmulator } from '../../src/emulator.ts';
import { fail, isError } from '../../src/errors.ts';
import { fakeRequest } from '../jobs/fake-job.ts';
import { FakeEngine, type FakeImage, type Program, type World } from '../support/fake-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('a watched training job', () => {
  let root: TemporaryDirectory;
  beforeEach(async () => {
    root = await temporaryDirectory();
    await mkdir(join(root.path, 'data'));
    await writeFile(join(root.path, 'data/a.csv'), '1,2\n');
  });
  afterEach(() => root[Symbol.asyncDispose]());

  /** What happens to a session, as lines; each can be waited for. */
  class Story implements TrainingNews {
    readonly lines: string[] = [];
    readonly #changed = new EventTarget();
    #tell(line: string): void {
      this.lines.push(line);
      this.#changed.dispatchEvent(new Event('line'));
    }
    async until(...lines: string[]): Promise<void> {
      while (this.lines.join('\n') !== lines.join('\n')) {
        assert.ok(this.lines.length < lines.length, this.lines.join('\n'));
        await once(this.#changed, 'line');
      }
      this.lines.length = 0;
    }
    /** Whoever waits for something else learns why it does not come. */
    ended = (error: unknown): void => {
      if (!String(error).includes('enough')) this.#tell(`ended: ${error}`);
    };
    begins = (wish: TrainingWish): void => this.#tell(`begins: ${wish.why === 'again' ? 'again' : wish.update.kind}`);
    ignored = (files: readonly string[]): void => this.#tell(`ignored: ${files}`);
    waiting = (): void => this.#tell('waiting');
    failed = async (error: unknown): Promise<void> => this.#tell(`failed: ${isError(error) ? error.code : error}`);
    run = () => ({
      event: () => {},
      log: () => {},
      overtaken: () => this.#tell('overtaken'),
      discarded: async (name?: string) => this.#tell(`discarded: ${name}`),
      over: async ({ record: { name, status, metrics } }: FinishedRun, before: FinishedRun | undefined) => {
        const values = metrics.map(({ value }) => value).join();
        this.#tell(`over: ${name} ${status} ${values}${before ? ` after ${before.record.name}` : ''}`);
      },
      failed: async (error: unknown) => this.#tell(`run failed: ${isError(error) ? error.code : error}`),
    });
  }

  /** A directory `.` that is built to what `program` is then; changes are told by hand. */
  class Session implements AsyncDisposable {
    readonly story = new Story();
    readonly stop = new AbortController();
    readonly wishes = new Wishes<TrainingWish>(joined);
    readonly engine: FakeEngine;
    readonly over: Promise<unknown>;
    builds = 0;
    program: FakeImage | Program | Error;
    updates: Update[] = [];
    /** Of the run that began last. */
    debugger = new AbortController();
    readonly built: string[] = [];
    readonly #changes = new Wishes<readonly string[]>();

    constructor(program: Program | Error, name = 'iris') {
      this.program = program;
      this.engine = new FakeEngine({
        images: {},
        build: () => {
          this.builds += 1;
          if (this.program instanceof Error) throw this.program;
          return this.program;
        },
      });
      this.over = this.#run(name);
      this.over.catch((error: unknown) => this.story.ended(error));
    }

    readonly #image = { image: { kind: 'directory', path: '/iris', tag: 'iris:latest' } } as const;
    build = (): Update & { kind: 'build' } => ({ kind: 'build', why: 'it is so', image: this.#image });
    patch = (...patches: string[]): Update => {
      const reference = this.built.at(-1) ?? '';
      return { kind: 'patch', files: ['/program/train'], notes: [], image: { image: { kind: 'image', reference }, patches } };
    };

    changed(update: Update): void {
      this.updates.push(update);
      this.#changes.put(['/iris/train']);
    }

    async #run(name: string): Promise<unknown> {
      await using emulator = await openEmulator({
        home: join(root.path, 'home'),
        engine: this.engine,
        workspace: 'bind',
        credentials: { source: 'environment' },
      });
      const metrics = { AlgorithmSpecification: { TrainingInputMode: 'File' as const, TrainingImage: 'iris', MetricDefinitions: [loss] } };
      return await watchTraining(
        {
          emulator,
          spec: async () => ({
            ...this.#image,
            request: fakeRequest(root.path, { TrainingJobName: name, ...metrics }),
            options: { stopGrace: 120 },
          }),
          changes: { next: (signal) => this.#changes.next(signal) },
          updates: {
            update: async () => this.updates.shift() as Update,
            built: (id) => void this.built.push(id),
            runs: async () => {},
            rebuild: this.build,
          },
          wishes: this.wishes,
          news: this.story,
          debugged: () => {
            this.debugger = new AbortController();
            return this.debugger.signal;
          },
        },
        { stop: this.stop.signal, kill: new AbortController().signal },
      );
    }

    get names(): Promise<readonly string[]> {
      return readdir(join(root.path, 'home/records/training-job')).then((files) => files.map((file) => file.replace('.json', '')).sort());
    }

    async [Symbol.asyncDispose](): Promise<void> {
      this.stop.abort(new Error('enough'));
      await this.over.catch(() => {});
      assert.deepEqual(this.engine.left(), []);
      await this.engine[Symbol.asyncDispose]();
      assert.deepEqual(await readdir(join(root.path, 'home/tmp')), []);
    }
  }

  const loss = { Name: 'loss', Regex: 'loss=([0-9.]+)' };
  const loses =
    (value: number): Program =>
    (world) => {
      world.write(`loss=${value}\n`);
      return 0;
    };
  const output = (name: string): string => join(root.path, 'output', name);

  it('runs again after each change, beside the run that was completed last, under the next free name', async () => {
    await using session = new Session(loses(0.5));
    await session.story.until('over: iris Completed 0.5', 'waiting');
    session.program = loses(0.25);
    session.changed(session.build());
    await session.story.until('begins: build', 'over: iris-2 Completed 0.25 after iris', 'waiting');
    assert.deepEqual([session.builds, session.built.length], [2, 2]);
    assert.deepEqual(await session.names, ['iris', 'iris-2']);
  });

  it('lays changes over the image that was built, and builds nothing for them', async () => {
    const patches: unknown[] = [];
    await using session = new Session((world) => {
      patches.push(world.spec.patches);
      return 0;
    });
    await session.story.until('over: iris Completed ', 'waiting');
    await writeFile(join(root.path, 'patch.tar'), Buffer.alloc(1024));
    session.changed(session.patch(join(root.path, 'patch.tar')));
    await session.story.until('begins: patch', 'over: iris-2 Completed  after iris', 'waiting');
    session.wishes.put({ why: 'again' });
    await session.story.until('begins: again', 'over: iris-3 Completed  after iris-2', 'waiting');
    assert.deepEqual(patches, [undefined, [join(root.path, 'patch.tar')], [join(root.path, 'patch.tar')]]);
    assert.equal(session.builds, 1);
  });

  it('is ended at once by a change while it runs, and nothing of that run is left', async () => {
    let started = (): void => {};
    const running = new Promise<void>((resolve) => {
      started = resolve;
    });
    const forever = async (world: World): Promise<number> => {
      await writeFile(world.at('/opt/ml/model/half'), 'half');
      started();
      await once(world.ended, 'abort'); // SIGTERM is nothing to it
      return 0;
    };
    await using session = new Session(forever);
    await running;
    session.program = loses(0.25);
    session.changed(session.build());
    await session.story.until('overtaken', 'discarded: iris', 'begins: build', 'over: iris Completed 0.25', 'waiting');
    assert.deepEqual(await session.names, ['iris']);
    assert.equal(existsSync(output('iris')), false);
  });

  it('loses no change of the image to what is asked for after it', () => {
    const image = { image: { kind: 'image', reference: 'sha256:1' } } as const;
    const changed = (file: string, update: Exclude<Update, { kind: 'none' }>): TrainingWish => ({ why: 'changed', files: [file], update });
    const patch = { kind: 'patch', image, files: [], notes: [] } as const;
    const build = { kind: 'build', why: '', image } as const;
    const [again, rebuild] = [{ why: 'again' } as const, { why: 'rebuild', update: build } as const];
    assert.deepEqual(joined(changed('a', patch), again), changed('a', patch));
    assert.deepEqual(joined(changed('a', patch), changed('b', { kind: 'code' })), { why: 'changed', files: ['a', 'b'], update: patch });
    assert.deepEqual(joined(changed('a', { kind: 'code' }), changed('b', patch)), { why: 'changed', files: ['a', 'b'], update: patch });
    assert.deepEqual(joined(changed('a', patch), rebuild), rebuild);
    assert.deepEqual(joined(rebuild, changed('b', { kind: 'code' })), rebuild);
    assert.deepEqual(joined(rebuild, changed('b', build)), changed('b', build));
    assert.deepEqual(joined(again, changed('b', { kind: 'code' })), changed('b', { kind: 'code' }));
  });

  it('is not disturbed by a change that nothing is made of', async () => {
    let end = (): void => {};
    await using session = new Session(
      (world) =>
        new Promise((resolve) => {
          end = () => resolve(0);
          world.write('ready\n');
          session.changed({ kind: 'none' });
        }),
    );
    await session.story.until('ignored: /iris/train');
    end();
    await session.story.until('over: iris Completed ', 'waiting');
  });

  it('waits for the next change after a build that fails, the first one too', async () => {
    const broken = fail('BuildFailed', { directory: '/iris', message: 'step 1', remedy: 'mend it' } as never);
    await using session = new Session(broken);
    await session.story.until('run failed: BuildFailed', 'waiting');
    session.program = loses(0.5);
    session.changed(session.build());
    await session.story.until('begins: build', 'over: iris Completed 0.5', 'waiting');
    session.program = broken;
    session.changed(session.build());
    await session.story.until('begins: build', 'run failed: BuildFailed', 'waiting');
    session.program = loses(0.25);
    session.changed(session.build());
    await session.story.until('begins: build', 'over: iris-2 Completed 0.25 after iris', 'waiting');
  });

  it('that fails is beside the last one that was completed', async () => {
    await using session = new Session(loses(0.5));
    await session.story.until('over: iris Completed 0.5', 'waiting');
    session.program = () => 3;
    session.changed(session.build());
    await session.story.until('begins: build', 'over: iris-2 Failed  after iris', 'waiting');
    session.program = loses(0.25);
    session.changed(session.build());
    await session.story.until('begins: build', 'over: iris-3 Completed 0.25 after iris', 'waiting');
  });

  it('that cannot be debugged is ended at once, nothing of it is left, and the next change is waited for', async () => {
    await using session = new Session(async (world) => {
      session.debugger.abort(fail('DebuggerMissing', { of: 'algo-1', why: 'there is none' }));
      await once(world.ended, 'abort');
      return 1;
    });
    const { story } = session;
    await story.until('run failed: DebuggerMissing', 'waiting');
    assert.deepEqual(await session.names, []);
    session.program = loses(1);
    session.changed(session.build());
    await story.until('begins: build', 'over: iris Completed 1', 'waiting');
  });

  it('is stopped as ever, with what it has, when the session is', async () => {
    await using session = new Session(async (world) => {
      await writeFile(world.at('/opt/ml/model/half'), 'half');
      session.stop.abort(new Error('enough'));
      await once(world.terminated, 'abort');
      return 0;
    });
    await assert.rejects(session.over, { message: 'enough' });
    assert.deepEqual(session.story.lines, ['over: iris Stopped ']);
    assert.ok(existsSync(join(output('iris'), 'output/model.tar.gz')));
  });

  it('of a request that is wrong is over at once', async () => {
    await using session = new Session(loses(0.5), 'not_a_name');
    await assert.rejects(session.over, (error) => isError(error, 'InvalidRequest'));
  });
});
