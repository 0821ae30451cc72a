import assert from 'node:assert/strict';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readEvents } from '../../src/store/log-events.ts';
import { madeGroup, madeStream, makeGroup, makeStream } from '../../src/store/log-groups.ts';
import { mergedEvents } from '../../src/store/log-merge.ts';
import { putEvents } from '../../src/store/log-put.ts';
import { findStream, listStreams } from '../../src/store/log-streams.ts';
import { failure } from '../support/failure.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { Random } from './random.ts';

describe('streams that people write', () => {
  let logs: string;
  let path: string;
  let scope: AsyncDisposable;
  beforeEach(async () => {
    const directory = await temporaryDirectory();
    scope = directory;
    logs = join(directory.path, 'logs');
    await makeGroup(logs, { name: 'g', created: 1 });
    await makeStream(logs, 'g', { name: 'S/1', created: 2 });
    path = madeStream(logs, 'g', 'S/1')?.path ?? '';
  });
  afterEach(() => scope[Symbol.asyncDispose]());

  const start = 1_700_000_000_000;
  const all = async (): Promise<string[]> =>
    (await readEvents(path, { direction: 'forward', limit: 10_000 })).events.map(({ time, message }) => `${time - start} ${message}`);

  it('are files that people can read', async () => {
    await putEvents(path, [{ time: start, message: 'a\nb "c" 模' }]);
    assert.equal(path, join(logs, 'groups/g/%53%2f1.log'));
    assert.equal(await readFile(path, 'utf8'), `${start} m "a\\nb \\"c\\" 模"\n`);
    assert.equal(await readFile(join(logs, 'groups/g/%53%2f1.json'), 'utf8'), '{"name":"S/1","created":2}');
    assert.deepEqual(madeGroup(logs, 'g'), { name: 'g', created: 1 });
  });

  it('are made once', async () => {
    await assert.rejects(makeGroup(logs, { name: 'g', created: 3 }), failure('LogsExist', /log group already exists/));
    await assert.rejects(makeStream(logs, 'g', { name: 'S/1', created: 3 }), failure('LogsExist', /log stream already exists/));
    assert.equal(await findStream(logs, 'g', 's/1'), undefined, 'capitals count');
  });

  it('have all events in the order of their times, however they come', async () => {
    const random = new Random(7);
    const expected: { time: number; message: string }[] = [];
    for (let batch = 0; batch < 40; batch += 1) {
      const times = Array.from(
        { length: 1 + random.integer(6) },
        () => start + random.integer(batch % 3 === 0 ? 500 : 50 * batch + 1),
      ).sort();
      const events = times.map((time, index) => ({ time, message: `${batch}.${index}${'\n'.repeat(random.integer(2))}` }));
      expected.push(...events);
      await putEvents(path, events);
    }
    expected.sort((one, other) => one.time - other.time);
    assert.deepEqual(
      await all(),
      expected.map(({ time, message }) => `${time - start} ${message}`),
    );
  });

  it('lose what a killed writer has begun, and nothing else', async () => {
    await putEvents(path, [{ time: start, message: 'whole' }]);
    await appendFile(path, `${start + 1} m "ha`);
    assert.deepEqual(await all(), ['0 whole']);
    await putEvents(path, [{ time: start + 2, message: 'next' }]);
    assert.deepEqual(await all(), ['0 whole', '2 next']);
  });

  it('tell the times of their first and last events, however long these are', async () => {
    const message = `x\n${'5 o y '.repeat(5000)}`;
    for (const time of [start, start + 1, start + 9]) await putEvents(path, [{ time, message }]);
    const [stream] = (await listStreams(logs, 'g')) ?? [];
    assert.deepEqual([stream?.firstEvent, stream?.lastEvent, stream?.created], [start, start + 9, 2]);
  });

  it('are read together by time, and only in the time that is asked for', async () => {
    await makeStream(logs, 'g', { name: 'b', created: 2 });
    await makeStream(logs, 'g', { name: 'empty', created: 2 });
    const other = madeStream(logs, 'g', 'b')?.path ?? '';
    await putEvents(
      path,
      [0, 2, 4].map((second) => ({ time: start + second, message: `S${second}` })),
    );
    await putEvents(
      other,
      [1, 2, 9].map((second) => ({ time: start + second, message: `b${second}` })),
    );
    await appendFile(other, 'a note of somebody\n');
    const streams = (await listStreams(logs, 'g')) ?? [];
    const merged = async (since: number, until: number): Promise<string[]> => {
      const messages: string[] = [];
      for await (const { message } of mergedEvents(streams, since, until)) messages.push(message);
      return messages;
    };
    assert.deepEqual(await merged(0, Number.POSITIVE_INFINITY), ['S0', 'b1', 'S2', 'b2', 'S4', 'b9']);
    assert.deepEqual(await merged(start + 2, start + 9), ['S2', 'b2', 'S4']);
    assert.deepEqual(await merged(start + 100, start + 200), []);
  });

  it('that somebody else has put there are none', async () => {
    await writeFile(join(logs, 'groups/g/other.json'), 'not ours');
    await writeFile(join(logs, 'groups/note.txt'), 'not ours');
    assert.deepEqual(
      ((await listStreams(logs, 'g')) ?? []).map(({ name }) => name),
      ['S/1'],
    );
  });
});
