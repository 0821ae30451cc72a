import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { layOut } from '../../src/init/lay-out.ts';
import type { TemplateFile } from '../../src/init/templates.ts';
import { failure } from '../support/failure.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

const files: readonly TemplateFile[] = [
  { path: '.gitignore', content: 'node_modules/\n', isExecutable: false },
  { path: 'data/train/rides.csv', content: 'km\n1\n', isExecutable: false },
  { path: 'train', content: '#!/bin/sh\n', isExecutable: true },
];

describe('laying out a project', () => {
  let directory: TemporaryDirectory;
  beforeEach(async () => {
    directory = await temporaryDirectory();
  });
  afterEach(() => directory[Symbol.asyncDispose]());
  const at = (path: string): string => join(directory.path, path);
  const everything = (path = ''): string[] => (readdirSync(at(path), { recursive: true }) as string[]).sort();
  const calm = (): AbortSignal => new AbortController().signal;
  const lay = (path: string, { force = false, signal = calm() } = {}): Promise<void> => layOut(files, at(path), { force, signal });
  const whole = ['.gitignore', 'data', 'data/train', 'data/train/rides.csv', 'train'];

  it('makes the directory and those above it, and programs that can be executed', async () => {
    await lay('a/b');
    assert.deepEqual(everything('a/b'), whole);
    assert.equal(statSync(at('a/b/train')).mode & 0o111, 0o111 & ~process.umask());
    assert.equal(statSync(at('a/b/.gitignore')).mode & 0o111, 0);
  });

  it('goes into a directory with other files, and leaves them as they are', async () => {
    mkdirSync(at('data/train'), { recursive: true });
    writeFileSync(at('data/train/mine.csv'), 'mine');
    await lay('');
    assert.deepEqual(everything(), [...whole, 'data/train/mine.csv'].sort());
    assert.equal(readFileSync(at('data/train/mine.csv'), 'utf8'), 'mine');
  });

  it('refuses all at once where files are, and writes nothing', async () => {
    mkdirSync(at('data/train'), { recursive: true });
    for (const path of ['train', 'data/train/rides.csv']) writeFileSync(at(path), 'mine');
    const before = everything();
    await assert.rejects(lay(''), failure('FilesInTheWay', /: data\/train\/rides\.csv, train\.$/));
    await assert.rejects(lay(''), { remedy: /--force/ });
    assert.deepEqual(everything(), before);
    assert.equal(readFileSync(at('train'), 'utf8'), 'mine');
  });

  it('refuses a link that leads nowhere as well', async () => {
    symlinkSync('/nowhere', at('train'));
    await assert.rejects(lay(''), failure('FilesInTheWay', /: train\.$/));
  });

  it('with force writes over files, not through links, and never over directories', async () => {
    writeFileSync(at('elsewhere'), 'mine');
    symlinkSync(at('elsewhere'), at('train'));
    writeFileSync(at('.gitignore'), 'mine');
    await lay('', { force: true });
    assert.equal(readFileSync(at('.gitignore'), 'utf8'), 'node_modules/\n');
    assert.equal(readFileSync(at('train'), 'utf8'), '#!/bin/sh\n');
    assert.equal(readFileSync(at('elsewhere'), 'utf8'), 'mine');
    mkdirSync(at('b/train'), { recursive: true });
    writeFileSync(at('b/data'), 'a file');
    await assert.rejects(lay('b', { force: true }), failure('FilesInTheWay', /: data, train\.$/));
    await assert.rejects(lay('b'), { remedy: /move them away/ });
    assert.deepEqual(everything('b'), ['data', 'train']);
  });

  it('refuses a file for a directory', async () => {
    writeFileSync(at('model'), 'mine');
    await assert.rejects(lay('model', { force: true }), failure('FilesInTheWay', /: model\.$/));
  });

  it('refuses a file in the path, and a link there that leads nowhere', async () => {
    writeFileSync(at('file'), 'mine');
    symlinkSync('/nowhere', at('link'));
    for (const path of ['file/a/b', 'link', 'link/a']) {
      await assert.rejects(lay(path, { force: true }), failure('FilesInTheWay', new RegExp(`: ${path.split('/')[0]}\\.$`)));
    }
    assert.deepEqual(everything(), ['file', 'link']);
  });

  it('leaves nothing when it is interrupted', async () => {
    const interrupt = new AbortController();
    const laying = lay('a/b', { signal: interrupt.signal });
    interrupt.abort();
    await assert.rejects(laying, { name: 'AbortError' });
    assert.deepEqual(everything(), []);
  });

  it('with force brings back what it had moved away when something goes wrong', async () => {
    await using elsewhere = await temporaryDirectory('/dev/shm'); // another file system, to which nothing can be moved
    writeFileSync(at('.gitignore'), 'mine');
    writeFileSync(at('train'), 'mine');
    symlinkSync(elsewhere.path, at('data'));
    const before = everything();
    const files = ['.gitignore', 'train', 'new/one', 'data/rides.csv'].map((path) => ({ path, content: 'theirs', isExecutable: false }));
    await assert.rejects(layOut(files, at(''), { force: true, signal: calm() }), failure('ProjectNotWritten', /cross-device/));
    assert.deepEqual(everything(), before);
    for (const path of ['.gitignore', 'train']) assert.equal(readFileSync(at(path), 'utf8'), 'mine');
  });

  it('leaves nothing when the disk gives trouble', async () => {
    await assert.rejects(lay(`a/${'long'.repeat(100)}`), failure('ProjectNotWritten', /name too long/));
    assert.deepEqual(everything(), []);
  });
});
