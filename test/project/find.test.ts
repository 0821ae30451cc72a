import assert from 'node:assert/strict';
import { chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FoundProject, findProject, namedProject } from '../../src/project/find.ts';
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

  it('is foreign above the current directory when it is of another user, unless that has the current directory too', function () {
    if (process.getuid?.() !== 0) return this.skip(); // only root can make one
    writeFileSync(at('sm-local.yaml'), '');
    chownSync(at('sm-local.yaml'), 4711, 4711);
    assert.equal(from(directory.path)?.isForeign, false);
    assert.equal(from(at('a'))?.isForeign, true);
    assert.equal(from(at('a'), '/nowhere', 4711)?.isForeign, false);
    chownSync(at('a'), 4711, 4711);
    assert.equal(from(at('a'))?.isForeign, false);
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
