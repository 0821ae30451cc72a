import assert from 'node:assert/strict';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { linkAll } from '../../src/store/link-all.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('linkAll', () => {
  const never = new AbortController().signal;

  /** Links of one file, more than this thread and the pool share out at once. */
  async function linksIn(path: string, count: number) {
    const source = join(path, 'source');
    const into = join(path, 'links');
    await writeFile(source, 'x');
    await mkdir(into);
    return { into, source, links: Array.from({ length: count }, (_, number) => ({ source, target: join(into, `${number}`) })) };
  }

  it('makes all of them, few or many', async () => {
    for (const count of [0, 1, 600, 1025, 5000]) {
      await using directory = await temporaryDirectory();
      const { into, source, links } = await linksIn(directory.path, count);
      await linkAll(links, never, assert.fail);
      assert.equal((await readdir(into)).length, count);
      assert.equal((await stat(source)).nlink, count + 1);
    }
  });

  it('tells of each that is refused, wherever it stands, and makes the others', async () => {
    await using directory = await temporaryDirectory();
    const { into, links } = await linksIn(directory.path, 3000);
    for (const number of [0, 1500, 2999]) await writeFile(join(into, `${number}`), 'taken');
    const refused: string[] = [];
    await linkAll(links, never, ({ target }, error) => refused.push(`${target} ${(error as NodeJS.ErrnoException).code}`));
    assert.deepEqual(
      refused.sort(),
      [0, 1500, 2999].map((number) => `${join(into, `${number}`)} EEXIST`),
    );
    assert.equal((await readdir(into)).length, 3000);
  });

  it('ends with what is thrown about one, when nothing is under way any more', async () => {
    for (const number of [0, 2999]) {
      await using directory = await temporaryDirectory();
      const { into, links } = await linksIn(directory.path, 3000);
      await writeFile(join(into, `${number}`), 'taken');
      const refuse = (): void => {
        throw new Error('no');
      };
      await assert.rejects(linkAll(links, never, refuse), /no/);
      const { length } = await readdir(into);
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal((await readdir(into)).length, length);
    }
  });

  it('ends with the reason of its signal', async () => {
    await using directory = await temporaryDirectory();
    const { links } = await linksIn(directory.path, 3000);
    await assert.rejects(linkAll(links, AbortSignal.abort(new Error('enough')), assert.fail), /enough/);
  });
});
