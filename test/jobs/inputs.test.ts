import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isError } from '../../src/errors.ts';
import { resolveInput, toUri } from '../../src/jobs/inputs.ts';

const role = 'arn:aws:iam::000000000000:role/sm-local';

describe('inputs', () => {
  let root: string;
  const resolved = (path: string) => resolveInput('train', pathToFileURL(path).href, role);

  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'sm-local-inputs-')));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('a directory is the channel as it stands, files sorted by name', async () => {
    await mkdir(join(root, 'sub'));
    await writeFile(join(root, 'sub/b.csv'), '22');
    await writeFile(join(root, 'a.csv'), '1');
    const source = await resolved(root);
    assert.equal(source.kind, 'whole');
    assert.equal(source.root, root);
    assert.equal(source.bytes, 3);
    assert.deepEqual(
      source.files.map(({ path }) => path),
      ['a.csv', 'sub/b.csv'],
    );
    assert.equal(source.prefix, `${pathToFileURL(root).href}/`);
  });

  it('a single file is a selection that keeps its name', async () => {
    await writeFile(join(root, 'only.csv'), 'x');
    const source = await resolved(join(root, 'only.csv'));
    assert.equal(source.kind, 'selection');
    assert.deepEqual(
      source.files.map(({ path }) => path),
      ['only.csv'],
    );
    assert.equal(source.prefix, `${pathToFileURL(root).href}/`);
  });

  it('an absolute path stands for its file:// address', async () => {
    await writeFile(join(root, 'a'), 'x');
    assert.equal((await resolveInput('train', root, role)).root, root);
  });

  it('names with spaces, commas, colons, percent signs and Unicode are found', async () => {
    const odd = join(root, 'a b,c:d%20 ü');
    await mkdir(odd);
    await writeFile(join(odd, 'ß #?.csv'), 'x');
    assert.deepEqual(
      (await resolveInput('train', toUri(odd, '/'), role)).files.map(({ path }) => path),
      ['ß #?.csv'],
    );
  });

  it('a link inside makes the channel a selection of what the link points to', async () => {
    await mkdir(join(root, 'data'));
    await mkdir(join(root, 'elsewhere'));
    await writeFile(join(root, 'elsewhere/far.csv'), 'far');
    await symlink(join(root, 'elsewhere'), join(root, 'data/linked'));
    const source = await resolved(join(root, 'data'));
    assert.equal(source.kind, 'selection');
    assert.deepEqual(
      source.files.map(({ path, source: from }) => [path, from]),
      [['linked/far.csv', join(root, 'elsewhere/far.csv')]],
    );
  });

  it('a link that leads back up is refused instead of followed for ever', async () => {
    await mkdir(join(root, 'data'));
    await symlink(root, join(root, 'data/loop'));
    await assert.rejects(resolved(root), (error) => isError(error, 'InputUnreadable') && error.message.includes('loop'));
  });

  it('a dangling link is refused with its name', async () => {
    await symlink(join(root, 'nowhere'), join(root, 'dangling'));
    await assert.rejects(resolved(root), (error) => isError(error, 'InputUnreadable') && error.message.includes('dangling'));
  });

  it('a missing path names the channel and the path', async () => {
    await assert.rejects(resolved(join(root, 'nope')), (error) => {
      assert.ok(isError(error, 'InputNotFound'));
      assert.equal(error.message, `Channel "train": there is no file or directory ${join(root, 'nope')}.`);
      return true;
    });
  });

  it('an empty directory gets the words AWS has for an empty prefix', async () => {
    await mkdir(join(root, 'empty/below'), { recursive: true });
    await assert.rejects(
      resolved(join(root, 'empty')),
      (error) => isError(error, 'InvalidRequest') && error.message.startsWith('No S3 objects found under S3 URL "file://'),
    );
  });

  it('a FIFO among the files is refused by name, because reading it would wait for ever', async () => {
    execFileSync('mkfifo', [join(root, 'pipe')]);
    await assert.rejects(resolved(root), (error) => isError(error, 'InputUnreadable') && error.message.includes('pipe'));
  });

  it('an s3:// address is refused with what to do', async () => {
    await assert.rejects(resolveInput('train', 's3://bucket/data/', role), (error) => isError(error, 'SourceNotSupported'));
  });
});
