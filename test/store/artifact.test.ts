import assert from 'node:assert/strict';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { readArtifact } from '../../src/store/artifact.ts';
import { archiveOf } from '../support/archives.ts';
import { failure } from '../support/failure.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('reading an artifact', () => {
  const texts = (files: ReadonlyMap<string, Buffer>) => [...files].map(([name, content]) => [name, content.toString()]).sort();

  it('gives the files of an archive and of a directory, up to a bound', async () => {
    await using root = await temporaryDirectory();
    const directory = join(root.path, 'model');
    await mkdir(join(directory, 'sub'), { recursive: true });
    await writeFile(join(directory, 'a.txt'), 'a');
    await writeFile(join(directory, 'sub/b.txt'), 'bb');
    const archive = join(root.path, 'model.tar.gz');
    await pipeline(archiveOf({ './a.txt': { content: 'a' }, 'sub/b.txt': { content: 'bb' } }), createGzip(), createWriteStream(archive));
    const expected = [
      ['a.txt', 'a'],
      ['sub/b.txt', 'bb'],
    ];
    for (const path of [directory, archive]) {
      assert.deepEqual(texts(await readArtifact(path, 3)), expected);
      await assert.rejects(readArtifact(path, 2), failure('ModelArchiveTooLarge', /2/));
    }
  });

  it('says what is wrong with one that cannot be read', async () => {
    await using root = await temporaryDirectory();
    await assert.rejects(readArtifact(join(root.path, 'none.tar.gz'), 3), failure('InputUnreadable', /none\.tar\.gz/));
    await writeFile(join(root.path, 'text.tar.gz'), 'no archive');
    await assert.rejects(readArtifact(join(root.path, 'text.tar.gz'), 3), failure('ModelArchiveInvalid', /text\.tar\.gz/));
  });
});
