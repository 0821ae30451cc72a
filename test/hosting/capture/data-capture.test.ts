import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DataCaptureConfig } from '@aws-sdk/client-sagemaker';
import { captureAll } from '../../../src/contract/data-capture.ts';
import { DataCapture, type DataCaptureOptions, openDataCapture } from '../../../src/hosting/capture/data-capture.ts';
import type { CaptureDestination } from '../../../src/hosting/capture/destination.ts';
import { Random } from '../../store/random.ts';
import { failure } from '../../support/failure.ts';
import { type CaptureStore, captureStore } from './capture-store.ts';

const csv = { 'content-type': 'text/csv' };

/** A destination in memory that can be made to fail. */
class Kept implements CaptureDestination {
  readonly uri = 's3://bucket/capture';
  readonly objects = new Map<string, string>();
  why: string | undefined;
  attempts = 0;
  onWrite: () => void = () => {};

  async write(name: string, content: AsyncIterable<Buffer>): Promise<void> {
    this.attempts += 1;
    this.onWrite();
    if (this.why !== undefined) throw new Error(this.why);
    let whole = '';
    for await (const block of content) whole += block;
    this.objects.set(name, whole);
  }

  /** The data of both sides of all lines, by name. */
  get data(): readonly (readonly string[])[] {
    return [...this.objects.values()]
      .flatMap((content) => content.trimEnd().split('\n'))
      .map((line) => {
        const { captureData } = JSON.parse(line);
        return [captureData.endpointInput?.data, captureData.endpointOutput?.data];
      });
  }

  nextAttempt(): Promise<void> {
    return new Promise((resolve) => {
      this.onWrite = resolve;
    });
  }
}

describe('data capture', () => {
  let destination: Kept;
  let warnings: string[];
  beforeEach(() => {
    destination = new Kept();
    warnings = [];
  });

  const open = (options: Partial<DataCaptureOptions> = {}, config: Partial<DataCaptureConfig> = {}): DataCapture =>
    new DataCapture({ ...captureAll(destination.uri), ...config }, destination, {
      endpoint: 'demo',
      onWarning: (message) => warnings.push(message),
      flushAfter: 3600,
      ...options,
    });
  const invoke = (capture: DataCapture, input: string | Buffer = '1,2', output: string | Buffer = '3'): boolean => {
    const call = capture.begin('AllTraffic', csv);
    call?.input(Buffer.from(input));
    call?.output(Buffer.from(output));
    call?.head('text/csv');
    call?.over(true);
    return call !== undefined;
  };

  it('takes the share of the calls that its configuration asks for', async () => {
    const share = (percent: number): number => {
      const random = new Random(7);
      const capture = open({ random: () => random.below(1) }, { InitialSamplingPercentage: percent });
      return Array.from({ length: 1000 }, () => invoke(capture)).filter(Boolean).length;
    };
    assert.deepEqual([share(0), share(100)], [0, 1000]);
    const half = share(50);
    assert.ok(half > 450 && half < 550, String(half));
  });

  it('does not touch what it is not to capture', async () => {
    const capture = open({}, { CaptureOptions: [{ CaptureMode: 'Output' }], InitialSamplingPercentage: 100 });
    invoke(capture, 'secret');
    await capture.close();
    assert.deepEqual(destination.data, [[undefined, '3']]);
  });

  it('leaves out calls that failed', async () => {
    const capture = open();
    const failed = capture.begin('AllTraffic', csv);
    failed?.input(Buffer.from('1'));
    failed?.over(false);
    invoke(capture);
    await capture.close();
    assert.deepEqual(destination.data, [['1,2', '3']]);
    assert.deepEqual(warnings, []);
  });

  it('puts characters and base64 together where chunks cut them', async () => {
    const capture = open();
    const bytes = Buffer.from('Zürich "𝄞"\n\u2028');
    const text = capture.begin('AllTraffic', csv);
    const binary = capture.begin('AllTraffic', { 'content-type': 'application/x-npy' });
    for (const byte of bytes) for (const call of [text, binary]) call?.input(Buffer.of(byte));
    for (const call of [text, binary]) call?.over(true);
    await capture.close();
    assert.deepEqual(
      destination.data.map(([input]) => input),
      [bytes.toString(), bytes.toString('base64')],
    );
  });

  it('encodes a large body in pieces between which others get their turn', async () => {
    const capture = open();
    invoke(capture, Buffer.alloc(20 * 2 ** 20, '1,"2"\n'), 'x');
    let turns = 0;
    const count = (): void => {
      turns += 1;
      next = setImmediate(count);
    };
    let next = setImmediate(count);
    await capture.close();
    clearImmediate(next);
    assert.ok(turns > 3, String(turns));
    assert.equal(destination.data[0]?.[0], Buffer.alloc(20 * 2 ** 20, '1,"2"\n').toString());
  });

  it('writes the lines of a variant some time after the first of them', async () => {
    const capture = open({ flushAfter: 0.01 });
    const written = destination.nextAttempt();
    invoke(capture);
    invoke(capture);
    await written;
    await capture.close();
    assert.equal(destination.objects.size, 1);
    assert.equal(destination.data.length, 2);
  });

  it('writes at once what has grown large', async () => {
    const capture = open({ flushSize: 100 });
    const written = destination.nextAttempt();
    invoke(capture, 'x'.repeat(99));
    invoke(capture);
    await written;
    await capture.close();
    assert.deepEqual(
      [...destination.objects.values()].map((content) => content.split('\n').length - 1),
      [1, 1],
    );
  });

  it('waits in its close for calls under way, and takes no new ones', async () => {
    const capture = open();
    const late = capture.begin('AllTraffic', csv);
    const closed = capture.close();
    assert.equal(invoke(capture), false);
    late?.output(Buffer.from('late'));
    late?.head('text/csv');
    late?.over(true);
    late?.over(true);
    late?.output(Buffer.from('too late'));
    await closed;
    await capture.close();
    assert.deepEqual(destination.data, [['', 'late']]);
  });

  // --- when it is too much, or cannot be written ------------------------------------------------

  it('lets go of calls for which there is no room, and says so once and with their number at the end', async () => {
    const capture = open({ memory: 2 ** 20 });
    invoke(capture, Buffer.alloc(2 ** 20));
    invoke(capture, 'small');
    invoke(capture, 'x', Buffer.alloc(2 ** 20));
    const failed = capture.begin('AllTraffic', csv);
    failed?.input(Buffer.alloc(2 ** 20));
    failed?.over(false); // would not have been captured anyway
    await capture.close();
    assert.deepEqual(destination.data, [['small', '3']]);
    assert.deepEqual(warnings, [
      'Data capture of demo: 1 MiB of calls wait to be written. What comes beyond that is not captured.',
      'Data capture of demo: 2 calls were not captured, since too much waited to be written.',
    ]);
  });

  it('has room again when something was written, and for a failed call at once', async () => {
    const capture = open({ memory: 4000, flushSize: 1 });
    for (let index = 0; index < 20; index += 1) {
      const written = destination.nextAttempt();
      invoke(capture, 'x'.repeat(1500));
      await written;
      await new Promise(setImmediate);
      const failed = capture.begin('AllTraffic', csv);
      failed?.input(Buffer.alloc(1500));
      failed?.over(false);
    }
    await capture.close();
    assert.equal(destination.data.length, 20);
    assert.deepEqual(warnings, []);
  });

  it('counts what calls cost besides their data', async () => {
    const capture = open({ memory: 2 ** 20 });
    for (let index = 0; index < 2000; index += 1) invoke(capture, '', '');
    await capture.close();
    assert.ok(destination.data.length < 1000, String(destination.data.length));
    const chunks = open({ memory: 2 ** 20 }).begin('AllTraffic', csv);
    for (let index = 0; index < 20_000; index += 1) chunks?.input(Buffer.of(1));
    assert.equal(warnings.length, 3);
  });

  it('keeps what it cannot write, says so once, and writes it when that is possible again', async () => {
    destination.why = 'no space left on device';
    const capture = open({ flushAfter: 0.005, flushSize: 4 });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const tried = destination.nextAttempt();
      invoke(capture, `${attempt}000`, '');
      await tried;
    }
    assert.equal(capture.isWorking, false);
    assert.deepEqual(warnings, [
      'Data capture of demo: captured data cannot be written to s3://bucket/capture and waits for the next attempt: no space left on device.',
    ]);
    destination.why = undefined;
    await destination.nextAttempt();
    await capture.close();
    assert.deepEqual(destination.data.map(([input]) => input).sort(), ['0000', '1000', '2000']);
    assert.equal(capture.isWorking, true);
    assert.equal(warnings.length, 1);
  });

  it('tells at the end how much it could not write', async () => {
    destination.why = 'no space left on device';
    const capture = open();
    invoke(capture);
    invoke(capture);
    await capture.close();
    assert.equal(warnings[1], 'Data capture of demo: 2 calls were not written to s3://bucket/capture: no space left on device.');
  });
});

describe('the destination of captured data', () => {
  let place: CaptureStore;
  beforeEach(async () => {
    place = await captureStore();
  });
  afterEach(() => place[Symbol.asyncDispose]());

  const warnings: string[] = [];
  const options = {
    endpoint: 'demo',
    now: () => new Date('2026-01-31T12:00:00Z'),
    newId: () => 'id',
    onWarning: (message: string) => warnings.push(message),
  };
  const captureOne = async (uri: string): Promise<void> => {
    const capture = await openDataCapture(captureAll(uri), place, options);
    capture?.begin('AllTraffic', csv)?.over(true);
    await capture?.close();
  };
  const name = 'demo/AllTraffic/2026/01/31/12/00-00-000-id.jsonl';

  it('may be a bucket, a prefix with or without a slash, a directory or its address', async () => {
    for (const uri of ['s3://bucket', 's3://bucket/a/b', 's3://bucket/c/']) await captureOne(uri);
    assert.deepEqual(Object.keys(await place.objectsBelow('')).sort(), [`a/b/${name}`, `c/${name}`, name]);
    const directory = join(place.directory, 'with space');
    for (const uri of [directory, pathToFileURL(`${directory} 2/`).href]) await captureOne(uri);
    for (const each of [directory, `${directory} 2`]) assert.match(await readFile(join(each, name), 'utf8'), /^\{"captureData".*\}\n$/);
    assert.deepEqual(await place.leftOver(), []);
  });

  it('has to be there if it is a bucket, and has to be writable if it is a directory', async () => {
    const opened = (uri: string) => openDataCapture(captureAll(uri), place, options);
    const noBucket = /^DataCaptureConfig\.DestinationS3Uri: The specified bucket does not exist: nobody\.$/;
    await assert.rejects(opened('s3://nobody/x'), failure('NoSuchBucket', noBucket));
    await writeFile(join(place.directory, 'file'), '');
    await assert.rejects(opened(join(place.directory, 'file')), failure('DiskTrouble', /it is no directory/));
    await assert.rejects(opened('https://example.com/x'), failure('SourceNotSupported', /example/));
  });

  it('is not looked at when capture is disabled', async () => {
    assert.equal(await openDataCapture({ ...captureAll('s3://nobody/x'), EnableCapture: false }, place, options), undefined);
  });

  it('may go away and come back', async () => {
    warnings.length = 0;
    const directory = join(place.directory, 'captured');
    await mkdir(directory);
    const capture = await openDataCapture(captureAll(directory), place, { ...options, flushAfter: 0.005 });
    await rm(directory, { recursive: true });
    await writeFile(directory, 'in the way');
    capture?.begin('AllTraffic', csv)?.over(true);
    while (warnings.length === 0) await new Promise(setImmediate);
    assert.match(warnings[0] ?? '', /cannot be written to .*captured and waits for the next attempt: Could not make /);
    await rm(directory);
    await capture?.close();
    assert.match(await readFile(join(directory, name), 'utf8'), /captureData/);
    assert.deepEqual([warnings.length, await place.leftOver()], [1, []]);
  });
});
