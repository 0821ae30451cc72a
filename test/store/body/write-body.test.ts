import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type DigestName, digestNames, digestOf } from '../../../src/store/body/digests.ts';
import { writeBody } from '../../../src/store/body/write-body.ts';
import { failure } from '../../support/failure.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/temporary-directory.ts';
import { Random } from '../random.ts';

describe('a body that is written', () => {
  let directory: TemporaryDirectory;
  let path: string;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    path = join(directory.path, 'file');
  });
  afterEach(() => directory[Symbol.asyncDispose]());

  async function* pieces(content: Buffer, size: (at: number) => number): AsyncGenerator<Buffer, void> {
    for (let at = 0; at < content.length; ) {
      const piece = content.subarray(at, at + size(at));
      at += piece.length;
      yield piece;
    }
  }
  const all = (content: Buffer): Map<DigestName, Buffer> => new Map(digestNames.map((name) => [name, digestOf(name, content)]));

  it('is there byte for byte, with every digest, whatever its size and its pieces', async () => {
    const block = 1024 * 1024;
    for (const [index, size] of [0, 1, 256 * 1024, 256 * 1024 + 1, block, block + 1, 3 * block, 4 * block + 7].entries()) {
      const random = new Random(index);
      const content = random.bytes(size);
      const file = `${path}-${index}`;
      const written = await writeBody(
        file,
        pieces(content, () => 1 + random.integer(index % 2 === 0 ? 100_000 : 3 * block)),
        { digests: digestNames },
      );
      assert.ok((await readFile(file)).equals(content), `${size}`);
      assert.deepEqual([written.size, (await stat(file)).mode & 0o777], [size, 0o644]);
      assert.deepEqual(new Map(digestNames.map((name) => [name, written.digests.get(name)])), all(content), `${size}`);
    }
  });

  it('is one of many at once', async () => {
    const contents = Array.from({ length: 12 }, (_, index) => new Random(index).bytes(700_000 + 100_000 * index));
    const written = await Promise.all(
      contents.map((content, index) =>
        writeBody(
          `${path}-${index}`,
          pieces(content, () => 65_536),
          { digests: ['md5'] },
        ),
      ),
    );
    for (const [index, content] of contents.entries()) {
      assert.equal(written[index]?.digests.get('md5')?.toString('hex'), createHash('md5').update(content).digest('hex'));
      assert.ok((await readFile(`${path}-${index}`)).equals(content));
    }
  });

  it('fails with what its source throws, and leaves nobody waiting', async () => {
    const content = new Random(1).bytes(2_500_000);
    async function* broken(size: number): AsyncGenerator<Buffer, void> {
      yield* pieces(content.subarray(0, size), () => 65_536);
      throw new Error('broken off');
    }
    for (const size of [10, 1_500_000, 2_500_000])
      await assert.rejects(writeBody(`${path}-${size}`, broken(size), { digests: ['md5'] }), /broken off/);
    assert.ok(
      (
        await writeBody(
          path,
          pieces(content, () => 65_536),
          { digests: ['md5'] },
        )
      ).digests
        .get('md5')
        ?.equals(digestOf('md5', content)),
    );
  });

  it('ends with the reason of its signal, also while nothing comes', async () => {
    for (const size of [10, 1_500_000]) {
      const controller = new AbortController();
      async function* stalled(): AsyncGenerator<Buffer, void> {
        yield Buffer.alloc(size);
        await setImmediate();
        controller.abort(new Error('left'));
        await new Promise(() => {});
      }
      await assert.rejects(writeBody(`${path}-${size}`, stalled(), { digests: ['md5'], signal: controller.signal }), /left/);
    }
  });

  it('that has no place is trouble of the disk', async () => {
    const nowhere = join(directory.path, 'none/file');
    for (const size of [10, 1_500_000]) {
      const writing = writeBody(
        nowhere,
        pieces(Buffer.alloc(size), () => 65_536),
        { digests: ['md5'] },
      );
      await assert.rejects(writing, failure('DiskTrouble', /none\/file/));
    }
    assert.ok(!existsSync(nowhere));
    await mkdir(path);
    await assert.rejects(
      writeBody(
        path,
        pieces(Buffer.alloc(10), () => 10),
        { digests: [] },
      ),
      failure('DiskTrouble', /exists/),
    );
  });
});
