import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isError } from '../../src/errors.ts';
import { type ReplayOptions, type ReplayTarget, replay } from '../../src/library/replay.ts';
import { withReplies } from '../../src/library/with-replies.ts';
import type { Replies } from '../../src/replies/reply.ts';
import { Scope } from '../../src/scope.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('a replay', () => {
  let scope: Scope;
  let directory: string;
  beforeEach(async () => {
    scope = new Scope();
    directory = scope.use(await temporaryDirectory()).path;
  });
  afterEach(() => scope[Symbol.asyncDispose]());

  const side = (mode: string, data: string, observedContentType = 'text/csv', encoding = 'CSV') => ({
    observedContentType,
    mode,
    data,
    encoding,
  });
  const call = (input: string, output: string) =>
    JSON.stringify({
      captureData: { endpointInput: side('INPUT', input), endpointOutput: side('OUTPUT', output) },
      eventMetadata: { eventId: '1', inferenceId: `id-${input}`, customAttributes: ['trace=7'], inferenceTime: '2026-01-31T12:00:00Z' },
      eventVersion: '0',
    });
  const recording = async (...lines: string[]): Promise<string> => {
    const path = join(directory, 'recorded.jsonl');
    await writeFile(path, lines.map((line) => `${line}\n`).join(''));
    return path;
  };
  const at = async (replies: Replies) => scope.use(await withReplies(replies));
  const csv = (body: string) => ({ contentType: 'text/csv', body });
  const replayed = async (replies: Replies, from: string, options: Partial<ReplayOptions> = {}) =>
    await replay({ from, to: await at(replies), ...options });

  it('of what an endpoint captured itself is the same, in every form of a body', async () => {
    const bodies = ['5.1,3.5', Buffer.from([0, 255, 10]), { rows: [1, 'ü\n"'] }];
    const replies: Replies = (request) => ({ contentType: request.contentType ?? '', body: request.body });
    const recorded = await withReplies(replies, { capture: directory });
    const types = ['text/csv', 'application/x-npy', 'application/json'];
    for (const [index, body] of bodies.entries()) {
      await recorded.invoke(body, { contentType: types[index] ?? '', inferenceId: `call-${index}`, customAttributes: 'trace=7' });
    }
    await recorded.stop();
    const again = await at(replies);
    const report = await replay({ from: directory, to: again.url, concurrency: 2 });
    assert.equal(report.text(), '3 of 3 calls were answered as recorded.');
    report.assertSame();
    again.received.assertReceived({
      headers: { 'x-amzn-sagemaker-inference-id': 'call-1', accept: 'application/x-npy' },
      body: bodies[1] as Buffer,
    });
    again.received.assertReceived({ headers: { 'x-amzn-sagemaker-custom-attributes': 'trace=7' }, json: { rows: [1, 'ü\n"'] } });
  });

  it('tells what is different, and where', async () => {
    const from = await recording(call('1', '0.91,a\n'), call('2', '0.5,b\n'), call('3', '0.1,c\n'));
    const report = await replayed(
      (request) => csv(request.text() === '1' ? '0.88,a\n' : request.text() === '2' ? '0.5,b\n' : '0.11,c\n'),
      from,
    );
    assert.equal(
      report.text(),
      `1 of 3 calls were answered as recorded, 2 differed.\n${from}:1\n  row 1, column 1: 0.91 -> 0.88\n${from}:3\n  row 1, column 1: 0.1 -> 0.11`,
    );
    const [first] = report.different;
    assert.deepEqual([first?.index, first?.line, first?.request.body.toString(), first?.actual.body.toString()], [0, 1, '1', '0.88,a\n']);
    assert.throws(
      () => report.assertSame(),
      (error: assert.AssertionError) => {
        assert.equal(error.message, report.text());
        assert.deepEqual(error.expected, { [`${from}:1 row 1, column 1`]: '0.91', [`${from}:3 row 1, column 1`]: '0.1' });
        assert.deepEqual(error.actual, { [`${from}:1 row 1, column 1`]: '0.88', [`${from}:3 row 1, column 1`]: '0.11' });
        return error instanceof assert.AssertionError;
      },
    );
  });

  it('tolerates what it is told to', async () => {
    const from = await recording(call('1', '0.91'));
    (await replayed(csv('0.90'), from, { tolerance: { absolute: 0.02 } })).assertSame();
    const compare: ReplayOptions['compare'] = (expected, actual) =>
      expected.body.length === actual.body.length ? [] : [{ path: 'length', expected: '', actual: '' }];
    (await replayed(csv('0.10'), from, { compare })).assertSame();
  });

  it('counts errors apart, with what the client would get', async () => {
    const from = await recording(call('1', '1'), call('2', '2'));
    const report = await replayed([{ when: { body: '1' }, reply: { status: 500, body: 'boom' } }, csv('2')], from);
    assert.deepEqual([report.total, report.same, report.failed.length], [2, 1, 1]);
    assert.match(report.text(), /^1 of 2 calls were answered as recorded, 1 failed\.\n.*:1\n {2}ModelError: Received server error \(500\)/);
    assert.throws(() => report.assertSame(), /1 failed/);
  });

  it('makes calls without a recorded answer, and skips lines without a request', async () => {
    const inputOnly = JSON.stringify({ captureData: { endpointInput: side('INPUT', 'eA==', 'text/plain', 'BASE64') }, eventMetadata: {} });
    const outputOnly = JSON.stringify({ captureData: { endpointOutput: side('OUTPUT', '1') }, eventMetadata: {} });
    const endpoint = await at(csv('1'));
    const report = await replay({ from: await recording(inputOnly, outputOnly), to: endpoint });
    assert.equal(report.text(), '0 of 1 calls were answered as recorded, 1 had no recorded answer. Lines without a request: 1.');
    assert.equal(endpoint.received.last?.text(), 'x');
    assert.throws(() => report.assertSame(), /^AssertionError.*Nothing could be compared/);
  });

  it('takes a directory in the order of its files, as many calls as are wanted', async () => {
    for (const [hour, input] of [
      ['13', '3'],
      ['12', '1'],
    ] as const) {
      await mkdir(join(directory, 'demo/AllTraffic/2026/01/31', hour), { recursive: true });
      await writeFile(
        join(directory, 'demo/AllTraffic/2026/01/31', hour, '00-00-000-a.jsonl'),
        `${call(input, '1')}\n\n${call(`${input}b`, '1')}\n`,
      );
    }
    await writeFile(join(directory, 'notes.txt'), 'not a recording');
    const endpoint = await at(csv('1'));
    assert.equal((await replay({ from: directory, to: endpoint, limit: 3 })).same, 3);
    assert.deepEqual(
      [...endpoint.received].map((request) => request.text()),
      ['1', '1b', '3'],
    );
  });

  it('refuses a line that is none, by file and line', async () => {
    const wrong = [
      ['{"a":', 'it is no JSON object'],
      ['{"a":1}', 'it has no captureData'],
      ['{"captureData":{"endpointInput":{"data":1}}}', 'endpointInput has no data'],
      ['{"captureData":{"endpointOutput":{"data":"x","encoding":"HEX"}}}', 'endpointOutput has the encoding "HEX"'],
    ] as const;
    for (const [line, why] of wrong) {
      const from = await recording(call('1', '1'), line);
      await assert.rejects(replayed(csv('1'), from), {
        code: 'RecordingInvalid',
        message: `Line 2 of the recording ${from} cannot be replayed: ${why}.`,
      });
    }
  });

  it('says what is wrong with where it reads and whom it asks', async () => {
    const refused = async (options: Partial<ReplayOptions>, code: Parameters<typeof isError>[1]): Promise<void> => {
      const asked = replay({ from: await recording(call('1', '1')), to: 'http://127.0.0.1:9', ...options });
      await assert.rejects(asked, (error) => isError(error, code), code);
    };
    await refused({ from: join(directory, 'absent') }, 'InputNotFound');
    await mkdir(join(directory, 'empty'));
    await refused({ from: join(directory, 'empty') }, 'InputUnreadable');
    await refused({}, 'EndpointUnreachable');
    await refused({ to: 'http://127.0.0.1:9/invocations' }, 'WrongUsage');
    await refused({ to: 'demo' }, 'WrongUsage');
    await refused({ concurrency: 0 }, 'WrongUsage');
  });

  it('asks whatever can be asked, and ends with its signal', async () => {
    const from = await recording(call('1', '1'), call('2', '1'));
    const controller = new AbortController();
    const asked: string[] = [];
    const to: ReplayTarget = {
      async invoke(body, { endpoint }) {
        asked.push(`${endpoint} ${Buffer.from(body)}`);
        controller.abort(new Error('enough'));
        return { contentType: 'text/csv', body: Buffer.from('1') };
      },
    };
    (await replay({ from, to, endpoint: 'demo' })).assertSame();
    assert.deepEqual(asked, ['demo 1', 'demo 2']);
    await assert.rejects(replay({ from, to, signal: controller.signal }), /enough/);
  });
});
