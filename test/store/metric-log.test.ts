import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DataPoint } from '../../src/store/metric-entries.ts';
import { lastMetrics, MetricLog, readMetrics } from '../../src/store/metric-log.ts';
import { failure } from '../support/failure.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('a metric log', () => {
  let path: string;
  let scope: AsyncDisposable;

  beforeEach(async () => {
    const directory = await temporaryDirectory();
    scope = directory;
    path = join(directory.path, 'job/metrics.points');
  });
  afterEach(() => scope[Symbol.asyncDispose]());

  const whole = new Map(['algo-1', 'algo-2'].map((host) => [host, Number.POSITIVE_INFINITY]));
  const points: readonly DataPoint[] = [
    { name: 'loss', value: 0.1, host: 'algo-1', time: 1000, position: 0 },
    { name: 'größe, "odd"\n', value: 1e-300, host: 'algo-2', time: 1001, position: 50 },
    { name: 'loss', value: -5, host: 'algo-1', time: 1002, position: 40 },
    { name: 'accuracy', value: 0.5, host: 'algo-1', time: 1002, position: 40 },
  ];
  const all = async (): Promise<DataPoint[]> => {
    const read: DataPoint[] = [];
    for await (const points of readMetrics(path)) read.push(...points);
    return read;
  };
  /** Line by line: those of a line belong together. */
  const lines: readonly (readonly DataPoint[])[] = [points.slice(0, 1), points.slice(1, 2), points.slice(2)];
  const write = async (...batches: readonly (readonly (readonly DataPoint[])[])[]): Promise<void> => {
    await using log = await MetricLog.open(path, whole);
    for (const batch of batches) {
      for (const point of batch.flat()) log.add(point.host, point, point.name, point.value);
      log.flush();
    }
  };

  it('hands out what was put into it, in order, and the last of each metric', async () => {
    assert.deepEqual([await all(), (await lastMetrics(path)).size], [[], 0]);
    await write(lines.slice(0, 2), [], lines.slice(2));
    assert.deepEqual(await all(), points);
    assert.deepEqual(
      [...(await lastMetrics(path))].map(([name, { value }]) => [name, value]),
      [
        ['loss', -5],
        ['größe, "odd"\n', 1e-300],
        ['accuracy', 0.5],
      ],
    );
  });

  it('knows how far each host was read', async () => {
    await write(lines);
    await using log = await MetricLog.open(path, whole);
    assert.deepEqual(
      ['algo-1', 'algo-2', 'algo-3'].map((host) => log.positionOf(host)),
      [40, 50, undefined],
    );
  });

  it('loses what its writer did not finish, wherever that was killed', async () => {
    const ends: number[] = [];
    for (const line of lines) {
      await write([line]);
      ends.push((await stat(path)).size);
    }
    const bytes = await readFile(path);
    for (let size = 0; size <= bytes.length; size += 1) {
      await writeFile(path, bytes);
      await truncate(path, size);
      const kept = lines.slice(0, ends.filter((end) => end <= size).length).flat();
      assert.deepEqual(await all(), kept, `${size} bytes`);
      await write(lines.slice(0, 1));
      assert.deepEqual(await all(), [...kept, points[0]], `${size} bytes`);
    }
  });

  it('holds lines of any number of points, in any number of pieces of the file', async () => {
    const many = Array.from({ length: 70_000 }, (_, index) => ({
      name: `m${index % 7}`,
      value: index / 3,
      host: 'algo-1',
      time: 5,
      position: 9,
    }));
    const few = Array.from({ length: 30_000 }, (_, index) => [
      { name: 'loss', value: -index, host: `algo-${1 + (index % 2)}`, time: 6, position: 1000 + index },
    ]);
    await write([many], few, lines.slice(0, 1));
    assert.deepEqual(await all(), [...many, ...few.flat(), points[0]]);
  });

  it('begins anew when the log it was read from is not there any more', async () => {
    await write(lines);
    await using log = await MetricLog.open(
      path,
      new Map([
        ['algo-1', 1000],
        ['algo-2', 50],
      ]),
    );
    assert.deepEqual([log.positionOf('algo-1'), log.last.size, await all()], [undefined, 0, []]);
  });

  it('ends before what somebody else wrote, which the next writer takes away', async () => {
    for (const foreign of ['a note\n', '\0\0', '\x02\0\x99\0'.padEnd(20, 'x'), '\x01\0\xff\xff\xff\x7f', '{"a":1}\n'.repeat(100)]) {
      await write(lines.slice(0, 1));
      await appendFile(path, foreign, 'latin1');
      assert.deepEqual(await all(), points.slice(0, 1), JSON.stringify(foreign));
      await write(lines.slice(1));
      assert.deepEqual(await all(), points, JSON.stringify(foreign));
      await truncate(path);
    }
  });

  const itOnLinux = existsSync('/dev/full') ? it : () => undefined;
  itOnLinux('that the disk does not take is told, for each of those that wait for it', async () => {
    await mkdir(dirname(path), { recursive: true });
    await symlink('/dev/full', path);
    await using log = await MetricLog.open(path, whole);
    for (const host of ['algo-1', 'algo-2']) {
      log.add(host, { time: 1, position: 0 }, 'loss', 0.5);
      assert.throws(() => log.flush(), failure('DiskTrouble', /Could not write .*metrics\.points: no space left on device/));
    }
  });

  it('of an older sm-local is read as that wrote it, but for what is no line of it', async () => {
    const lines = [
      '[1000,"algo-1",0,["loss",0.5],["größe",2]]',
      'a note',
      '{"a":1}',
      'null',
      '[1,"algo-1",2,3]',
      '[1,"algo-1",2,["loss","x"]]',
      '[1001,"algo-2",7,["loss",1e-9]]',
      '[1002,"algo-1",',
    ];
    await mkdir(dirname(path), { recursive: true });
    await writeFile(join(dirname(path), 'metrics.jsonl'), lines.join('\n'));
    const old = [
      { name: 'loss', value: 0.5, host: 'algo-1', time: 1000, position: 0 },
      { name: 'größe', value: 2, host: 'algo-1', time: 1000, position: 0 },
      { name: 'loss', value: 1e-9, host: 'algo-2', time: 1001, position: 7 },
    ];
    assert.deepEqual(await all(), old);
    assert.equal((await lastMetrics(path)).get('loss')?.value, 1e-9);
    await write([points.slice(0, 1)]);
    assert.deepEqual(await all(), points.slice(0, 1), 'whoever goes on takes all of them from the logs again');
  });
});
