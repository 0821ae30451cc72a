import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { gzip } from '../../src/store/gzip.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { run } from './commands.ts';
import { Random } from './random.ts';

const megabyte = 1024 * 1024;

describe('gzip', () => {
  const random = new Random(1);
  const noise = random.bytes(megabyte);
  const weights = Buffer.from(Float32Array.from({ length: megabyte / 4 }, () => random.below(0.1) - random.below(0.1)).buffer);
  const text = Buffer.from('step=1 loss=0.25 accuracy=0.5\n'.repeat(40_000)).subarray(0, megabyte);

  const packed = (chunks: readonly Buffer[]): Promise<Buffer> => whole(Readable.from(chunks, { objectMode: true }));
  const whole = async (source: AsyncIterable<Buffer>): Promise<Buffer> => {
    const members: Buffer[] = [];
    for await (const member of gzip(source)) members.push(Buffer.concat(member));
    return Buffer.concat(members);
  };
  const chunksOf = (bytes: Buffer, size: number): Buffer[] =>
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size));

  it('gives back what went in, for every size around a block', async () => {
    const input = Buffer.concat([noise, text, weights]);
    for (const size of [0, 1, 511, 16_384, 16_385, megabyte - 1, megabyte, megabyte + 1, 3 * megabyte]) {
      const bytes = input.subarray(0, size);
      assert.ok(gunzipSync(await packed([bytes])).equals(bytes), `${size} bytes`);
    }
  });

  it('is the same however the input was cut', async () => {
    const input = Buffer.concat([text, noise, weights, text.subarray(0, 1234)]);
    const uncut = await packed([input]);
    for (const size of [777, 65_536, megabyte + 7]) assert.ok(uncut.equals(await packed(chunksOf(input, size))), `pieces of ${size}`);
  });

  it('is read by gzip and by Python', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'x.gz');
    const input = Buffer.concat([text, noise, weights]);
    await writeFile(path, await packed([input]));
    await run('gzip', '-t', path);
    const read = await run('python3', '-c', 'import gzip, sys; print(sum(gzip.open(sys.argv[1]).read()))', path);
    assert.equal(
      Number(read),
      input.reduce((sum, byte) => sum + byte, 0),
    );
  });

  it('stores what does not shrink, and finds the byte skew of weights and the repetitions of text', async () => {
    const ratio = async (input: Buffer): Promise<number> => (await packed([input])).length / input.length;
    assert.ok((await ratio(noise)) < 1.001);
    assert.ok((await ratio(weights)) < 0.95);
    assert.ok((await ratio(text)) < 0.05);
    assert.ok((await ratio(Buffer.concat(Array.from({ length: 256 }, () => noise.subarray(0, 4096))))) < 0.1, 'noise that comes again');
  });

  it('stores or shrinks the little that small models are, whichever is less', async () => {
    for (const size of [1, 100, 4096, 16 * 1024]) {
      assert.ok((await packed([noise.subarray(0, size)])).length <= size + 23, `noise of ${size}`);
      assert.ok((await packed([text.subarray(0, size)])).length <= Math.min(size, 0.1 * size + 100) + 23, `text of ${size}`);
    }
  });

  it('takes no more input than its blocks need while nobody reads', async () => {
    let taken = 0;
    const source = async function* (): AsyncGenerator<Buffer> {
      for (; taken < 1000; taken += 1) yield noise;
    };
    const members = gzip(source());
    await members.next();
    assert.ok(taken < 300, `${taken} MB taken`);
    await members.return();
  });

  it('hands on the error of its source', async () => {
    const source = async function* (): AsyncGenerator<Buffer> {
      yield noise;
      throw new Error('torn');
    };
    await assert.rejects(whole(source()), /torn/);
  });
});
