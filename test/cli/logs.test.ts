import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Io } from '../../src/cli/io.ts';
import { logs } from '../../src/cli/logs.ts';
import { type Emulator, openEmulator } from '../../src/emulator.ts';
import type { EndpointRecord } from '../../src/hosting/record.ts';
import { Scope } from '../../src/scope.ts';
import { LogFile } from '../../src/store/log-file.ts';
import { instanceLogFile } from '../../src/store/log-names.ts';
import { listGroups, listStreams } from '../../src/store/log-streams.ts';
import type { RecordWriter } from '../../src/store/records.ts';
import { FakeEngine } from '../support/fake-engine.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('the logs of an endpoint', () => {
  let scope: Scope;
  let emulator: Emulator;
  let record: EndpointRecord;
  let writer: RecordWriter<EndpointRecord>;
  beforeEach(async () => {
    scope = new Scope();
    const { path } = scope.use(await temporaryDirectory());
    const engine = scope.use(new FakeEngine({ images: {} }));
    emulator = scope.use(await openEmulator({ home: join(path, 'home'), engine }));
    record = {
      name: 'demo',
      arn: 'arn:aws:sagemaker:us-east-1:000000000000:endpoint/demo',
      status: 'InService',
      owner: (await emulator.owner).id,
      image: 'model',
      imageId: 'sha256:1',
      model: '',
      creationTime: '2026-01-31T12:00:00.000Z',
      run: { label: 'l', stopGrace: 1, logs: {}, model: '' },
    };
    writer = await emulator.endpoints.create('demo', record, '');
  });
  afterEach(async () => {
    await writer.flush();
    await scope[Symbol.asyncDispose]();
  });

  /** Begins the log of one more instance, as a scale-out does. */
  async function begin(variant: string, instance: string): Promise<(...lines: readonly string[]) => void> {
    const path = instanceLogFile(emulator.home.logs, 'demo', variant, instance);
    await mkdir(dirname(path), { recursive: true });
    const log = scope.use(await LogFile.create(path));
    record = { ...record, run: { ...record.run, logs: { ...record.run.logs, [instance]: path } } };
    writer.put(record);
    return (...lines) => log.append('stdout', Buffer.from(lines.map((line) => `${line}\n`).join('')));
  }

  /** `sm-local logs endpoint demo` as another process would run it, and how to wait for what it prints. */
  function show(follow: boolean) {
    let text = '';
    const changed = new EventTarget();
    const out = {
      write: async (more: string | Buffer) => {
        text += String(more);
        changed.dispatchEvent(new Event('change'));
      },
      isTerminal: false,
      width: undefined,
    };
    const io: Io = { out, err: out, env: {}, cwd: '/', color: false, now: () => new Date() };
    const values = {
      follow,
      json: false,
      timestamps: false,
      tail: undefined,
      region: undefined,
      account: undefined,
      home: emulator.home.path,
      engine: 'unix:///nowhere.sock',
    };
    const over = logs(['endpoint', 'demo'], values, io);
    const until = (wanted: string): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (text.includes(wanted)) resolve();
        };
        changed.addEventListener('change', look);
        look();
      });
    return { until, lines: async () => ((await over) === 0 ? text.split('\n').slice(0, -1) : []) };
  }

  it('lie in a group of its own, in a stream for each instance of each variant, named as the cloud names them', async () => {
    for (const [variant, instance] of [
      ['a', 'i-1'],
      ['a', 'i-2'],
      ['b', 'i-3'],
    ] as const) {
      (await begin(variant, instance))('hello');
    }
    assert.deepEqual(listGroups(emulator.home.logs), ['/aws/sagemaker/Endpoints/demo']);
    const streams = await listStreams(emulator.home.logs, '/aws/sagemaker/Endpoints/demo');
    assert.deepEqual(streams?.map(({ name }) => name).sort(), ['a/i-1', 'a/i-2', 'b/i-3']);
  });

  it('of all its instances are shown together, each line with the instance it is of', async () => {
    (await begin('a', 'i-1'))('one');
    (await begin('b', 'i-2'))('two');
    await writer.flush();
    assert.deepEqual((await show(false).lines()).sort(), ['i-1 | one', 'i-2 | two']);
  });

  it('are followed, also those of instances that come later, until it is gone', async () => {
    const first = await begin('a', 'i-1');
    first('one');
    await writer.flush();
    const shown = show(true);
    await shown.until('one\n');
    const second = await begin('a', 'i-2');
    second('two');
    await shown.until('i-2 | two\n');
    first('three');
    await shown.until('i-1 | three\n');
    second('four');
    await writer.flush();
    await emulator.endpoints.remove('demo');
    assert.deepEqual(await shown.lines(), ['one', 'i-2 | two', 'i-1 | three', 'i-2 | four']);
  });

  it('stay when it is gone', async () => {
    (await begin('a', 'i-1'))('one');
    await writer.flush();
    await emulator.endpoints.remove('demo');
    assert.deepEqual(await show(false).lines(), ['one']);
  });
});
