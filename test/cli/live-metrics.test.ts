import assert from 'node:assert/strict';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { showLive } from '../../src/cli/live-metrics.ts';
import { descriptorSink, type Sink } from '../../src/cli/sink.ts';
import { Monitor } from '../../src/hosting/monitor.ts';
import type { RunningInstance, RunningVariant } from '../../src/hosting/running-variant.ts';
import { instance, variantOf } from '../support/fleet.ts';
import { over } from '../support/over.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';
import { onTerminal } from '../support/terminal.ts';

describe('the live metrics of an endpoint', () => {
  const begun = Date.UTC(2026, 0, 31);
  let directory: TemporaryDirectory;
  let file: FileHandle;
  let sink: Sink;
  let width: number;
  let now: number;
  let asked: number;
  let variants: RunningVariant[];
  let monitor: Monitor;
  let tick: () => Promise<void>;
  let live: Disposable;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    file = await open(join(directory.path, 'out'), 'w');
    width = 120;
    const size = {
      isTTY: true,
      rows: 10,
      get columns() {
        return width;
      },
    };
    sink = descriptorSink(file.fd, 'the terminal', size);
    now = begun;
    asked = 0;
    variants = [variantOf([counting('i-1'), counting('i-2')])];
    monitor = new Monitor({ variants: () => variants, inRotation: () => 2, now: () => now, clock: () => now });
  });
  afterEach(async () => {
    live[Symbol.dispose]();
    await file.close();
    await directory[Symbol.asyncDispose]();
  });

  /** One that takes a quarter of a processor all the time. */
  const counting = (id: string): RunningInstance => ({
    ...instance(id),
    usage: () => {
      asked += 1;
      const uptime = (now - begun) / 1000 + 2;
      return instance(id, { uptime, cpuSeconds: uptime / 4 }).usage();
    },
  });

  /** Begins to show; a second passes with each `tick`. */
  async function begin(): Promise<void> {
    let told: () => void = () => {};
    live = showLive(sink, monitor, (each) => {
      told = each;
      return { [Symbol.dispose]: () => (told = () => {}) };
    });
    tick = async () => {
      now += 1000;
      told();
      await setImmediate(); // what the instances take of the machine is known now
    };
    await setImmediate();
  }

  async function shown(): Promise<readonly string[]> {
    await sink.write('');
    return onTerminal(await readFile(join(directory.path, 'out'), 'utf8'), width);
  }

  it('are one line below all texts, with what was counted and what it takes of the machine', async () => {
    await begin();
    await sink.write('i-1 | ready\n');
    assert.deepEqual(await shown(), ['i-1 | ready', 'demo/AllTraffic  0.0/s  4xx 0  5xx 0  2 of 2 instances  CPU 50 %  memory 200.0 MB']);
    for (let count = 0; count < 123; count += 1) monitor.add(over({ modelLatency: 4 }));
    monitor.add(over({ status: 400, answered: 424, modelLatency: 9 }));
    monitor.add(over({ status: 0, answered: 424, trouble: 'timed out', modelLatency: 9 }));
    await tick();
    await sink.write('i-1 | POST\n');
    assert.deepEqual(await shown(), [
      'i-1 | ready',
      'i-1 | POST',
      'demo/AllTraffic  125/s  p50 4 ms  p99 9 ms  4xx 1  5xx 0  other errors 1  2 of 2 instances  CPU 50 %  memory 200.0 MB',
    ]);
  });

  it('are a line for each variant, and go when it is over', async () => {
    variants = [variantOf([counting('i-1')], { variant: 'a' }), variantOf([], { variant: 'b', wanted: 3 })];
    await begin();
    await sink.write('one\n');
    await tick();
    assert.deepEqual(await shown(), [
      'one',
      'demo/a  0.0/s  4xx 0  5xx 0  1 of 1 instance  CPU 25 %  memory 100.0 MB',
      'demo/b  0.0/s  4xx 0  5xx 0  0 of 3 instances',
    ]);
    live[Symbol.dispose]();
    await sink.write('two\n');
    await tick();
    assert.deepEqual(withoutEmptyEnd(await shown()), ['one', 'two']);
  });

  it('ask nothing of the engine and write nothing while nothing happens', async () => {
    await begin();
    for (let second = 0; second < 10; second += 1) await tick();
    const sofar = async (): Promise<readonly number[]> => {
      await sink.write(''); // what was written before is in the file then
      return [asked, (await readFile(join(directory.path, 'out'))).length];
    };
    const before = await sofar();
    for (let second = 0; second < 20; second += 1) await tick();
    assert.deepEqual(await sofar(), before);
    monitor.add(over());
    await tick();
    assert.ok(asked > (before[0] ?? 0));
  });

  it('go on after the last invocation until it does not count any more', async () => {
    await begin();
    monitor.add(over());
    for (let second = 0; second < 15; second += 1) await tick();
    assert.match((await shown())[0] ?? '', /^demo\/AllTraffic {2}0\.0\/s {2}4xx 0/);
  });

  it('follow instances that come and go', async () => {
    await begin();
    variants = [variantOf([counting('i-1')], { wanted: 2 })];
    await tick();
    assert.match((await shown())[0] ?? '', /1 of 2 instances {2}CPU 25 %/);
  });

  const long = { endpoint: 'an-endpoint-with-quite-a-long-name-that-somebody-chose' };

  it('give the room there is to the figures', async () => {
    variants = [variantOf([counting('i-1')], long)];
    width = 90;
    await begin();
    assert.deepEqual(await shown(), ['an-endpoint-with-quite-…  0.0/s  4xx 0  5xx 0  1 of 1 instance  CPU 25 %  memory 100.0 MB']);
  });

  it('never reach a second line', async () => {
    variants = [variantOf([counting('i-1')], long)];
    width = 40;
    await begin();
    monitor.add(over(long));
    await tick();
    assert.deepEqual(await shown(), ['an-endpoint…  1.0/s  p50 4 ms  p99 4 ms']);
  });

  it('are not shown where lines cannot be written over', async () => {
    sink = descriptorSink(file.fd, 'the terminal', {});
    await begin();
    assert.equal(await readFile(join(directory.path, 'out'), 'utf8'), '');
  });
});

const withoutEmptyEnd = (lines: readonly string[]): readonly string[] => lines.slice(0, lines.findLastIndex((line) => line !== '') + 1);
