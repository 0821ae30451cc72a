import assert from 'node:assert/strict';
import { chownSync, lchownSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FoundProject, findProject, isOwnerTrusted, namedProject } from '../../src/project/find.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('the project file of a directory', () => {
  let directory: TemporaryDirectory;
  const at = (...parts: string[]): string => join(directory.path, ...parts);
  const from = (cwd: string, home = '/nowhere', user: number | undefined = process.getuid?.()): FoundProject | undefined =>
    findProject({ cwd, home, user });
  beforeEach(async () => {
    directory = await temporaryDirectory();
    mkdirSync(at('a/b/c'), { recursive: true });
  });
  afterEach(() => directory[Symbol.asyncDispose]());

  it('is its own, or the nearest above it', () => {
    writeFileSync(at('sm-local.yaml'), '');
    assert.equal(from(directory.path)?.path, at('sm-local.yaml'));
    assert.equal(from(at('a/b/c'))?.path, at('sm-local.yaml'));
    writeFileSync(at('a/b/sm-local.yml'), '');
    assert.equal(from(at('a/b/c'))?.path, at('a/b/sm-local.yml'));
    mkdirSync(at('a/b/c/sm-local.yaml'));
    assert.equal(from(at('a/b/c'))?.path, at('a/b/sm-local.yml'), 'a directory of the name is none');
  });

  it('is looked for as far as the home directory', () => {
    writeFileSync(at('sm-local.yaml'), '');
    assert.equal(from(at('a/b'), at('a')), undefined);
    writeFileSync(at('a/sm-local.yaml'), '');
    assert.equal(from(at('a/b'), at('a'))?.path, at('a/sm-local.yaml'));
  });

  it('must have one name', () => {
    for (const name of ['sm-local.yaml', 'sm-local.yml']) writeFileSync(at(name), '');
    assert.throws(() => from(at('a')), {
      code: 'WrongUsage',
      message: `There are two project files in ${directory.path}: sm-local.yaml and sm-local.yml.`,
    });
    rmSync(at('sm-local.yml'));
    assert.equal(from(at('a'))?.path, at('sm-local.yaml'));
  });

  it('is foreign when it is of another user, unless that has the current directory too', () => {
    assert.equal(isOwnerTrusted(1000, { user: 1000, here: 1000 }), true);
    assert.equal(isOwnerTrusted(0, { user: 1000, here: 1000 }), true);
    assert.equal(isOwnerTrusted(4711, { user: 1000, here: 1000 }), false);
    assert.equal(isOwnerTrusted(4711, { user: 0, here: 0 }), false);
    assert.equal(isOwnerTrusted(1000, { user: 0, here: 1000 }), true);
    writeFileSync(at('sm-local.yaml'), '');
    assert.equal(from(at('a'))?.isForeign, false);
    if (process.getuid?.() !== 0) return; // only root can give a file away
    chownSync(at('sm-local.yaml'), 4711, 4711);
    assert.equal(from(at('a'))?.isForeign, true);
    assert.equal(from(directory.path)?.isForeign, true, 'in the current directory too, which may be /tmp');
    chownSync(directory.path, 4711, 4711);
    assert.equal(from(directory.path)?.isForeign, false, 'in a directory of that very user, as it is mounted into a container');
  });

  it('is foreign when it is a link of another user, or leads to the file of one', () => {
    writeFileSync(at('a/mine.yaml'), '');
    symlinkSync(at('a/mine.yaml'), at('sm-local.yaml'));
    assert.equal(from(directory.path)?.isForeign, false);
    if (process.getuid?.() !== 0) return; // only root can give a file away
    lchownSync(at('sm-local.yaml'), 4711, 4711);
    assert.equal(from(directory.path)?.isForeign, true, 'a link of another user');
    lchownSync(at('sm-local.yaml'), 0, 0);
    chownSync(at('a/mine.yaml'), 4711, 4711);
    assert.equal(from(directory.path)?.isForeign, true, 'the file of another user');
  });

  it('can be named by its path or its directory', () => {
    const named = (text: string): string => namedProject(text, { cwd: directory.path, what: '--project' });
    writeFileSync(at('a/sm-local.yaml'), '');
    writeFileSync(at('other.yaml'), '');
    assert.equal(named('a'), at('a/sm-local.yaml'));
    assert.equal(named('other.yaml'), at('other.yaml'));
    assert.throws(() => named('a/b'), {
      code: 'InputNotFound',
      message: `--project: there is no file or directory ${at('a/b/sm-local.yaml')}.`,
    });
    assert.throws(() => named('missing'), { code: 'InputNotFound' });
  });
});
