import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openAccessLog } from '../../src/cli/access-log.ts';
import { BoundedLines } from '../../src/cli/bounded-lines.ts';
import type { Io } from '../../src/cli/io.ts';
import { over } from '../support/over.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('the access log', () => {
  let directory: TemporaryDirectory;
  let warnings: string[];
  let err: string[];
  let io: Io;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    warnings = [];
    err = [];
    const sink = { write: async (text: string | Buffer) => void err.push(String(text)), isTerminal: false, width: undefined };
    io = { out: sink, err: sink, env: {}, cwd: directory.path, color: false, now: () => new Date('2026-01-31T12:00:00.125Z') };
  });
  afterEach(() => directory[Symbol.asyncDispose]());
  const openedAt = (target: string) => openAccessLog(target, io, (message) => warnings.push(message));

  it('has a line of JSON for each request, behind what was there', async () => {
    await writeFile(join(directory.path, 'access.log'), 'before\n');
    {
      await using log = await openedAt('access.log');
      log.add(over({ took: 5.1234567, modelLatency: 4 }));
      log.add(over({ requestId: 'r-2', answered: 424, status: 500, trouble: 'socket closed' }));
    }
    const [before, first, second, end] = (await readFile(join(directory.path, 'access.log'), 'utf8')).split('\n');
    assert.equal(before, 'before');
    assert.deepEqual(JSON.parse(first ?? ''), {
      time: '2026-01-31T12:00:00.125Z',
      requestId: 'r-1',
      endpoint: 'demo',
      variant: 'AllTraffic',
      instance: 'i-1',
      method: 'POST',
      path: '/endpoints/demo/invocations',
      status: 200,
      containerStatus: 200,
      bytesIn: 3,
      bytesOut: 5,
      ms: 5.123,
      modelMs: 4,
    });
    const { status, containerStatus, trouble } = JSON.parse(second ?? '') as Record<string, unknown>;
    assert.deepEqual([status, containerStatus, trouble, end], [424, 500, 'socket closed', '']);
    assert.deepEqual(warnings, []);
  });

  it('goes to standard error for -', async () => {
    {
      await using log = await openedAt('-');
      log.add(over());
    }
    assert.match(err.join(''), /^\{"time":.*\}\n$/);
  });

  it('that cannot be opened is told about once, and invocations go on', async () => {
    await mkdir(join(directory.path, 'access.log'));
    {
      await using log = await openedAt('access.log');
      for (let count = 0; count < 3; count += 1) log.add(over());
    }
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /^The access log .*access\.log cannot be written: .*EISDIR.*\. Invocations go on without it\.$/);
  });

  it('that is a FIFO nobody reads holds nothing up', async () => {
    execFileSync('mkfifo', [join(directory.path, 'fifo')]);
    {
      await using log = await openedAt('fifo');
      log.add(over());
    }
    assert.match(warnings[0] ?? '', /cannot be written: .*ENXIO/);
  });

  it('whose disk is full is told about once, with how many lines it lacks', async () => {
    {
      await using log = await openedAt('/dev/full');
      log.add(over());
      log.add(over());
    }
    assert.equal(warnings.length, 2, warnings.join('\n'));
    assert.match(warnings[0] ?? '', /cannot be written: .*ENOSPC/);
    assert.equal(warnings[1], 'The access log /dev/full lacks 2 lines.');
  });
});

describe('bounded lines', () => {
  it('wait while the place is slow, up to a bound, and go in one text then', async () => {
    let release = (): void => {};
    const slow = new Promise<void>((resolve) => {
      release = resolve;
    });
    const texts: string[] = [];
    let leftOut = 0;
    const lines = new BoundedLines<string>((line) => line, {
      write: (text) => {
        texts.push(text);
        return slow;
      },
      most: 4,
      onTrouble: (error) => assert.fail(String(error)),
      onLeftOut: () => {
        leftOut += 1;
      },
    });
    for (const line of ['a', 'b', 'c', 'd', 'e', 'f']) lines.add(line);
    assert.deepEqual([texts, leftOut, lines.lost], [['a\n'], 1, 2]);
    release();
    await lines.drained();
    lines.add('g');
    await lines.drained();
    assert.deepEqual([texts, lines.lost], [['a\n', 'b\nc\nd\n', 'g\n'], 2]);
  });

  it('go on after an error, on a line of their own', async () => {
    const texts: string[] = [];
    const errors: unknown[] = [];
    let isFull = true;
    const lines = new BoundedLines<string>((line) => line, {
      write: async (text) => {
        if (isFull) throw new Error('full');
        texts.push(text);
      },
      onTrouble: (error) => errors.push(error),
      onLeftOut: () => assert.fail(),
    });
    lines.add('a');
    await lines.drained();
    lines.add('b');
    await lines.drained();
    isFull = false;
    lines.add('c');
    await lines.drained();
    assert.deepEqual([texts, errors.length, lines.lost], [['\nc\n'], 1, 2]);
  });
});
