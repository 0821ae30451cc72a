import assert from 'node:assert/strict';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EventFeed } from '../../src/library/event-feed.ts';
import { LogFile } from '../../src/store/log-file.ts';
import { failure } from '../support/failure.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('a feed of events', () => {
  let root: TemporaryDirectory;
  beforeEach(async () => {
    root = await temporaryDirectory();
  });
  afterEach(() => root[Symbol.asyncDispose]());

  const read = async (feed: EventFeed<{ event: string }>): Promise<readonly string[]> => {
    const told: string[] = [];
    for await (const event of feed.read()) told.push(event.event);
    return told;
  };

  const withLog = async (): Promise<{ readonly feed: EventFeed<{ event: string }>; readonly path: string }> => {
    const feed = new EventFeed<{ event: string }>();
    const path = join(root.path, 'log');
    const log = await LogFile.create(path);
    feed.log('algo-1', log);
    await log.close();
    await rm(path);
    return { feed, path };
  };

  it('tells of what was ephemeral what is still there: its events, without the lines', async () => {
    const { feed } = await withLog();
    feed.event({ event: 'note' });
    feed.end();
    assert.deepEqual(await read(feed), ['note']);
  });

  it('tells a reader of a log that cannot be read at once, and nobody else', async () => {
    const { feed, path } = await withLog();
    await mkdir(path);
    await assert.rejects(read(feed), failure('DiskTrouble', /log/)); // although the feed goes on
    feed.event({ event: 'note' });
    feed.end();
  });

  it('keeps its last events, however many there were', async () => {
    const feed = new EventFeed<{ event: string }>();
    for (let count = 0; count < 50_000; count += 1) feed.event({ event: String(count) });
    feed.end();
    const told = await read(feed);
    assert.equal(told.at(-1), '49999');
    assert.ok(told.length >= 10_000 && told.length <= 11_000, String(told.length));
  });

  it('loses nothing of what comes while somebody reads', async () => {
    const feed = new EventFeed<{ event: string }>();
    const reading = read(feed);
    for (let count = 0; count < 30_000; count += 1) {
      feed.event({ event: String(count) });
      if (count % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    feed.end();
    assert.equal((await reading).length, 30_000);
  });
});
