import assert from 'node:assert/strict';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type EventPage, type EventQuery, type LogEvent, readEvents } from '../../src/store/log-events.ts';
import { LogFile, readLog } from '../../src/store/log-file.ts';
import { failure } from '../support/failure.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { Random } from './random.ts';

describe('log events', () => {
  let path: string;
  let scope: AsyncDisposable;

  beforeEach(async () => {
    const directory = await temporaryDirectory();
    scope = directory;
    path = join(directory.path, 'algo-1-1700000000.log');
  });
  afterEach(() => scope[Symbol.asyncDispose]());

  const messages = ({ events }: EventPage): string[] => events.map(({ message }) => message);
  const page = (query: Partial<EventQuery> = {}): Promise<EventPage> => readEvents(path, { direction: 'forward', limit: 10_000, ...query });
  /** A log as long-lived jobs have: lines of all sizes, several in a millisecond, several containers. */
  async function grow(random: Random, lines: number): Promise<void> {
    await using log = await LogFile.create(path);
    let time = 1_700_000_000_000;
    for (let line = 0; line < lines; line += 1) {
      if (random.below(50) < 1) log.begin(`container-${line}`);
      if (random.below(3) < 2) time += random.integer(1000);
      const length = random.pick([0, 1, 20, 200, 5000, random.below(50) < 1 ? 200_000 : 3]);
      log.append(random.pick(['stdout', 'stderr']), Buffer.from(`${line} ${random.pick(['x', 'é', '模'])}${'y'.repeat(length)}\n`), time);
    }
  }
  const allOf = async (): Promise<LogEvent[]> => {
    const all: LogEvent[] = [];
    for await (const { position, time, message } of readLog(path)) if (time > 0) all.push({ position, time, message });
    return all;
  };

  it('come page by page in both directions, each once', async () => {
    for (let seed = 1; seed <= 3; seed += 1) {
      const random = new Random(seed);
      await writeFile(path, '');
      await grow(random, 400);
      const all = await allOf();
      const forward: LogEvent[] = [];
      for (let from: number | undefined; ; ) {
        const { events, end } = await page({ limit: 1 + random.integer(90), bytes: 300_000, ...(from !== undefined && { from }) });
        if (events.length === 0) {
          assert.equal(end, from, 'nothing new leaves the token as it is');
          break;
        }
        forward.push(...events);
        from = end;
      }
      assert.deepEqual(forward, all, `seed ${seed}`);
      const backward: LogEvent[] = [];
      for (let from: number | undefined; ; ) {
        const { events, start, end } = await page({
          direction: 'backward',
          limit: 1 + random.integer(90),
          ...(from !== undefined && { from }),
        });
        if (from !== undefined) assert.equal(end, from);
        if (events.length === 0) break;
        backward.unshift(...events);
        from = start;
      }
      assert.deepEqual(backward, all, `seed ${seed}`);
    }
  });

  it('are found by their time, the first included, the last not', async () => {
    for (let seed = 11; seed <= 12; seed += 1) {
      const random = new Random(seed);
      await writeFile(path, '');
      await grow(random, 300);
      const all = await allOf();
      for (let round = 0; round < 20; round += 1) {
        const [since, until] = [random.pick(all).time + random.integer(3) - 1, random.pick(all).time + random.integer(3) - 1];
        const expected = all.filter(({ time }) => time >= since && time < until);
        const told = `seed ${seed}: ${since} to ${until}`;
        assert.deepEqual((await page({ since, until })).events, expected, told);
        assert.deepEqual((await page({ since, until, direction: 'backward', limit: 7 })).events, expected.slice(-7), told);
        assert.deepEqual((await page({ since, limit: 5 })).events, all.filter(({ time }) => time >= since).slice(0, 5), told);
      }
    }
  });

  it('that come later are on the page after the last one, at the same place', async () => {
    const log = await LogFile.create(path);
    log.append('stdout', Buffer.from('one\ntwo\n'));
    await log.close();
    const first = await page();
    const last = await page({ direction: 'backward', limit: 1 });
    assert.deepEqual([messages(first), messages(last)], [['one', 'two'], ['two']]);
    assert.equal(last.end, first.end);
    const next = await LogFile.create(path);
    next.begin('another container');
    next.append('stdout', Buffer.from('three\n'));
    await next.close();
    assert.deepEqual(messages(await page({ from: first.end })), ['three']);
    assert.deepEqual(messages(await page({ from: last.start, direction: 'backward' })), ['one']);
    assert.deepEqual(messages(await page({ from: (await page()).end })), []);
  });

  it('are whole lines of ours', async () => {
    await writeFile(path, 'a note\n1700000000000 o ours\nanother note\n1700000000005 e more\n1700000000006 o un');
    assert.deepEqual(messages(await page()), ['ours', 'more']);
    assert.deepEqual(messages(await page({ direction: 'backward', limit: 1 })), ['more']);
    assert.deepEqual(messages(await page({ since: 1_700_000_000_001 })), ['more']);
    const { end } = await page();
    await appendFile(path, 'finished\n');
    assert.deepEqual(messages(await page({ from: end })), ['unfinished']);
  });

  it('are one at least, however few bytes there is room for', async () => {
    await writeFile(path, `1700000000000 o ${'x'.repeat(200_000)}\n1700000000001 o ${'y'.repeat(200_000)}\n`);
    assert.deepEqual(messages(await page({ bytes: 10 })), ['x'.repeat(200_000)]);
    assert.deepEqual(messages(await page({ bytes: 10, direction: 'backward' })), ['y'.repeat(200_000)]);
  });

  it('of an empty log are none, of a missing one trouble of the disk', async () => {
    await assert.rejects(page(), failure('DiskTrouble', /no such file/));
    await writeFile(path, '');
    assert.deepEqual(await page({ since: 5, direction: 'backward' }), { events: [], start: 0, end: 0 });
    assert.deepEqual(await page({ from: 1000 }), { events: [], start: 1000, end: 1000 });
  });
});
