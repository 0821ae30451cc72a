import assert from 'node:assert/strict';
import { appendFile, chmod, mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packDirectories } from '../../src/store/pack.ts';
import { unpackArchive } from '../../src/store/unpack.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { Program } from './commands.ts';
import { Random } from './random.ts';
import { snapshot } from './tree.ts';

const noise = new Random(4).bytes(1024 * 1024 + 2000);

describe('packing and unpacking', () => {
  it('300 MB take less than 150 MB of memory, packed and unpacked', async function () {
    this.timeout(60_000);
    await using directory = await temporaryDirectory();
    const [source, archive, out] = ['source', 'x.tar.gz', 'out'].map((name) => join(directory.path, name)) as [string, string, string];
    await mkdir(source);
    for (let file = 0; file < 3; file += 1) {
      const path = join(source, `part-${file}`);
      for (let piece = 0; piece < 100; piece += 1)
        await appendFile(path, piece % 2 ? noise : Buffer.alloc(noise.length, `line ${piece}\n`));
    }
    await using program = new Program('pack-and-unpack', [source, archive, out]);
    const growth = Number(await program.line());
    assert.ok(growth < 150, `grew by ${growth} MB`);
    assert.deepEqual(await snapshot(out), await snapshot(source));
  });

  it('any tree comes back from the archive as it was', async function () {
    this.timeout(60_000);
    await using directory = await temporaryDirectory();
    const root = directory.path;
    const archive = join(root, 'x.tar.gz');
    for (let seed = 1; seed <= 25; seed += 1) {
      const place = join(root, `tree-${seed}`);
      await growTree(place, new Random(seed));
      const packed = await packDirectories([place], archive);
      const out = join(root, `out-${seed}`);
      const unpacked = packed && (await unpackArchive(archive, out));
      assert.deepEqual(await snapshot(packed ? out : place), await snapshot(place), `seed ${seed}`);
      assert.deepEqual([unpacked?.files, unpacked?.bytes], [packed?.files, packed?.bytes], `seed ${seed}`);
    }
  });
});

/** A tree of any shape: names, sizes around every border, modes and times. */
async function growTree(root: string, random: Random): Promise<void> {
  const directories = [root];
  await mkdir(root);
  const made: string[] = [];
  const alphabet = ['a', 'B', 'é', '模', '-', '.x', ' ', '%', "'", '\\', '\n', 'long'.repeat(20)];
  for (let count = random.integer(30); count > 0; count -= 1) {
    const name = Array.from({ length: 1 + random.integer(3) }, () => random.pick(alphabet)).join('') + count;
    const path = join(random.pick(directories), name);
    if (path.length > 3000) continue;
    made.push(path);
    if (random.below(3) < 1) {
      await mkdir(path);
      directories.push(path);
    } else {
      const size = random.pick([0, 1, 511, 512, 513, 65_535, 65_536, 65_537, 1024 * 1024, 1024 * 1024 + 1]);
      const start = random.integer(1000);
      await writeFile(path, noise.subarray(start, start + size));
    }
  }
  for (const path of made.reverse()) {
    const isDirectory = directories.includes(path);
    await chmod(path, isDirectory ? random.pick([0o700, 0o755, 0o775]) : random.pick([0o400, 0o644, 0o755, 0o666]));
    await utimes(path, 1e9, 1e9 + random.integer(1e6));
  }
}
