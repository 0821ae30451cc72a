import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { link, mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DiskUse } from '../src/sizes.ts';
import { type TemporaryDirectory, temporaryDirectory } from './support/temporary-directory.ts';

describe('disk use', () => {
  let directory: TemporaryDirectory;
  beforeEach(async () => {
    directory = await temporaryDirectory();
  });
  afterEach(() => directory[Symbol.asyncDispose]());
  const at = (path: string): string => join(directory.path, path);
  const du = (...paths: string[]): number =>
    execFileSync('du', ['-k', '-s', '-c', ...paths], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map((line) => 1024 * Number.parseInt(line, 10))
      .at(-1) ?? 0;

  it('is what du counts: blocks, not bytes, and a file with several names once', async () => {
    await mkdir(at('a/deep'), { recursive: true });
    await mkdir(at('b'));
    await writeFile(at('a/deep/file'), 'x'.repeat(10_000));
    await writeFile(at('a/sparse'), 'x');
    await truncate(at('a/sparse'), 2 ** 40);
    await link(at('a/deep/file'), at('a/again'));
    await link(at('a/deep/file'), at('b/there'));
    await symlink(at('a'), at('b/link'));
    const use = new DiskUse();
    const [one, two] = [await use.add(at('a')), await use.add(at('b'))];
    assert.equal(one, du(at('a')));
    assert.equal(one + two, du(at('a'), at('b')));
    assert.ok(one < 100_000, `${one}`);
  });

  it('of what is not there is nothing', async () => {
    assert.equal(await new DiskUse().add(at('none')), 0);
  });
});
