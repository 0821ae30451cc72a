import assert from 'node:assert/strict';
import { appendFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { isError } from '../../src/errors.ts';
import { LogFile, type LogLine, type PlacedLine, readLog, tail } from '../../src/store/log-file.ts';
import { followLog } from '../../src/store/log-follow.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { Random } from './random.ts';

const collect = async (lines: AsyncIterable<PlacedLine>): Promise<PlacedLine[]> => {
  const all: PlacedLine[] = [];
  for await (const line of lines) all.push(line);
  return all;
};
const messages = (lines: readonly LogLine[]): string[] => lines.map(({ message }) => message);

describe('a log file', () => {
  let path: string;
  let scope: AsyncDisposable;

  beforeEach(async () => {
    const directory = await temporaryDirectory();
    scope = directory;
    path = join(directory.path, 'algo-1.log');
  });
  afterEach(() => scope[Symbol.asyncDispose]());

  it('holds a line each with time and stream, readable by people', async () => {
    const log = await LogFile.create(path);
    const before = Date.now();
    log.append('stdout', Buffer.from('loss=0.5\r\n\n  indented\n'));
    log.append('stderr', Buffer.from('Traceback'));
    await log.close();
    const text = await readFile(path, 'utf8');
    assert.match(text, /^\d{13} o loss=0\.5\n\d{13} o \n\d{13} o {3}indented\n\d{13} e Traceback\n$/);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    const lines = await collect(readLog(path));
    assert.deepEqual(messages(lines), ['loss=0.5', '', '  indented', 'Traceback']);
    assert.deepEqual(lines[3]?.stream, 'stderr');
    assert.ok(lines.every(({ time }) => time >= before && time <= Date.now()));
  });

  it('puts lines together, each stream for itself, characters whole', async () => {
    const log = await LogFile.create(path);
    const [out, err] = [Buffer.from('Größe 模型\n'), Buffer.from('Fehler €\n')];
    for (let at = 0; at < out.length; at += 1) {
      log.append('stdout', out.subarray(at, at + 1));
      log.append('stderr', err.subarray(at, at + 1));
    }
    await log.close();
    assert.deepEqual(messages(await collect(readLog(path))).sort(), ['Fehler €', 'Größe 模型']);
  });

  it('says where each line begins, and is followed from there', async () => {
    const log = await LogFile.create(path);
    log.append('stdout', Buffer.from('one\nGröße\n'));
    log.begin('another container');
    log.append('stderr', Buffer.from('three\n'));
    await log.close();
    const bytes = await readFile(path);
    const lines = await collect(readLog(path));
    assert.deepEqual(messages(lines), ['one', 'Größe', 'three']);
    for (const { position, message } of lines)
      assert.ok(
        bytes
          .subarray(position + 16)
          .toString()
          .startsWith(`${message}\n`),
        message,
      );
    for (const [index, { position }] of lines.entries()) {
      const rest: PlacedLine[] = [];
      for await (const batch of log.batches(position)) rest.push(...batch);
      assert.deepEqual(rest, lines.slice(index));
    }
  });

  it('never goes back in time, also not where another process goes on', async () => {
    const times = async (): Promise<number[]> => (await collect(readLog(path))).map(({ time }) => time);
    const log = await LogFile.create(path);
    for (const time of [1000, 2000, 1500, 3000]) log.append('stdout', Buffer.from('line\n'), time);
    await log.close();
    assert.deepEqual(await times(), [1000, 2000, 2000, 3000]);
    const next = await LogFile.create(path);
    for (const time of [2500, 4000]) next.append('stdout', Buffer.from('line\n'), time);
    await next.close();
    assert.deepEqual(await times(), [1000, 2000, 2000, 3000, 3000, 4000]);
  });

  it('is followed from the first line to the last, by several at their own pace', async () => {
    const log = await LogFile.create(path);
    log.append('stdout', Buffer.from('early\n'));
    const followers = [collect(log.follow()), collect(log.follow())];
    const expected = ['early'];
    for (let line = 0; line < 200; line += 1) {
      log.append(line % 3 ? 'stdout' : 'stderr', Buffer.from(`line ${line}\n`));
      expected.push(`line ${line}`);
      if (line % 7 === 0) await setImmediate();
    }
    await log.close();
    followers.push(collect(log.follow()));
    for (const lines of await Promise.all(followers)) assert.deepEqual(messages(lines), expected);
  });

  it('wakes its followers with every line', async () => {
    const log = await LogFile.create(path);
    const lines = log.follow();
    for (const message of ['a', 'b', 'c']) {
      const next = lines.next();
      await setImmediate();
      log.append('stdout', Buffer.from(`${message}\n`));
      assert.equal((await next).value?.message, message);
    }
    const last = lines.next();
    await log.close();
    assert.equal((await last).done, true);
  });

  it('lets go of followers that are told to stop', async () => {
    const log = await LogFile.create(path);
    const controller = new AbortController();
    const following = collect(log.follow(0, controller.signal));
    log.append('stdout', Buffer.from('a\n'));
    await setImmediate();
    controller.abort();
    assert.ok((await following).length <= 1);
    assert.deepEqual(await collect(log.follow(0, AbortSignal.abort())), []);
    await log.close();
  });

  it('lets go of followers that are told so at whatever moment of their reading', async () => {
    const log = await LogFile.create(path);
    log.append('stdout', Buffer.from('a\n'));
    for (let moments = 0; moments < 20; moments += 1) {
      const controller = new AbortController();
      const following = collect(log.follow(0, controller.signal));
      for (let passed = 0; passed < moments; passed += 1) await setImmediate();
      controller.abort();
      await following;
    }
    await log.close();
  });

  it('takes 100 MB while a follower has stalled, loses nothing and stays small', async function () {
    this.timeout(60_000);
    const log = await LogFile.create(path);
    const stalled = log.follow();
    log.append('stdout', Buffer.from('first\n'));
    await stalled.next();
    const random = new Random(6);
    const lines = Array.from({ length: 2000 }, (_, step) => `step=${step} loss=${random.below(1).toFixed(6)}\n`).join('');
    const chunk = Buffer.from(lines);
    const rounds = Math.ceil(100e6 / chunk.length);
    global.gc?.();
    const before = process.memoryUsage.rss();
    let peak = before;
    for (let round = 0; round < rounds; round += 1) {
      for (let at = 0; at < chunk.length; at += 16_384) log.append('stdout', chunk.subarray(at, at + 16_384));
      peak = Math.max(peak, process.memoryUsage.rss());
      if (round % 10 === 0) await setImmediate();
    }
    await log.close();
    assert.ok(peak - before < 100 * 1024 * 1024, `grew by ${(peak - before) / 1024 / 1024} MB`);
    let count = 0;
    for await (const _ of stalled) count += 1;
    assert.equal(count, rounds * 2000);
  });

  it('20 MB of short lines cost well under a second', async () => {
    const log = await LogFile.create(path);
    const chunk = Buffer.from('epoch 3 loss=0.12345\n'.repeat(1500));
    const before = process.cpuUsage();
    const rounds = Math.ceil(20e6 / chunk.length);
    for (let round = 0; round < rounds; round += 1) log.append('stdout', chunk);
    await log.close();
    const { user, system } = process.cpuUsage(before);
    assert.equal((await stat(path)).size, rounds * (chunk.length + 1500 * 16));
    assert.ok(user + system < 1e6, `${(user + system) / 1e6} s`);
  });

  it('keeps bytes that are no UTF-8 as they are', async () => {
    const log = await LogFile.create(path);
    log.append('stdout', Buffer.from([0xff, 0xfe, 0x00, 0x41, 0x0a]));
    await log.close();
    assert.ok((await readFile(path)).subarray(16).equals(Buffer.from([0xff, 0xfe, 0x00, 0x41, 0x0a])));
    assert.deepEqual(messages(await collect(readLog(path))), ['\uFFFD\uFFFD\0A']);
  });

  it('goes on where a killed writer stopped in the middle of a line', async () => {
    await writeFile(path, '1700000000000 o whole\n1700000000001 o cu');
    assert.deepEqual(messages(await collect(readLog(path))), ['whole', 'cu']);
    const log = await LogFile.create(path);
    log.append('stdout', Buffer.from('next\n'));
    await log.close();
    assert.deepEqual(messages(await collect(log.follow())), ['whole', 'cu', 'next']);
  });

  it('is followed over the death of its writer: a line that was cut comes once, whole', async () => {
    await writeFile(path, '1700000000000 c abc\n1700000000000 o one\n1700000000001 o tw');
    let isOver = false;
    const seen: string[] = [];
    for await (const { message } of followLog(path, { isOver: async () => isOver, beside: path, signal: new AbortController().signal })) {
      seen.push(message);
      if (message === 'three') isOver = true;
      if (message !== 'one') continue;
      const heir = await LogFile.create(path);
      await heir.resume('abc');
      heir.append('stdout', Buffer.from('one\ntwo\nthree\n'));
      await heir.close();
    }
    assert.deepEqual(seen, ['one', 'two', 'three']);
  });

  it('shows what somebody else wrote into it', async () => {
    await writeFile(path, 'a note\n1700000000000 o ours\n17 x no\n\n');
    await appendFile(path, '1700000000000 o 0 o tricky\n');
    assert.deepEqual(messages(await collect(readLog(path))), ['a note', 'ours', '17 x no', '', '0 o tricky']);
  });

  it('has its last lines read from the end', async () => {
    const log = await LogFile.create(path);
    for (let line = 0; line < 5000; line += 1) log.append('stdout', Buffer.from(`line ${line} ${'x'.repeat(line % 300)}\n`));
    log.append('stdout', Buffer.from(`${'long'.repeat(50_000)}\nlast\n`));
    await log.close();
    const all = await collect(readLog(path));
    for (const count of [1, 2, 3, 50, 1000, 5002, 9999]) assert.deepEqual(await tail(path, count), all.slice(-count), `${count}`);
    assert.deepEqual(await tail(path, 0), []);
  });

  it('has as many last lines as are asked for, each whole, where one container follows another', async () => {
    await using log = await LogFile.create(path);
    for (const container of ['a', 'b', 'c']) {
      log.begin(container);
      log.append('stdout', Buffer.from(`${container.repeat(50_000)}\n`));
    }
    await log.close();
    assert.deepEqual(messages(await tail(path, 2)), ['b'.repeat(50_000), 'c'.repeat(50_000)]);
  });

  it('is closed twice without harm, and drops what comes later', async () => {
    const log = await LogFile.create(path);
    log.append('stdout', Buffer.from('a\n'));
    await log.close();
    log.append('stdout', Buffer.from('b\n'));
    await log.close();
    assert.deepEqual(messages(await collect(readLog(path))), ['a']);
  });

  it('says at its end that the disk took no more', async () => {
    const log = await LogFile.create('/dev/full');
    for (let round = 0; round < 3; round += 1) {
      log.append('stdout', Buffer.from('a\n'));
      await setImmediate();
    }
    await assert.rejects(log.close(), (error) => isError(error, 'DiskTrouble') && /no space left on device/.test(error.message));
  });

  it('that is not there is told as trouble of the disk', async () => {
    const missing = (error: unknown): boolean => isError(error, 'DiskTrouble') && error.message.includes(path);
    await assert.rejects(collect(readLog(path)), missing);
    await assert.rejects(tail(path, 1), missing);
    await assert.rejects(LogFile.create(join(path, 'x')), (error) => isError(error, 'DiskTrouble'));
  });
});
