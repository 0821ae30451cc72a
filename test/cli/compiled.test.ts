import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

/** Node keeps code by itself from version 22 on too, so what is told here holds for every version. */
describe('the loader of the bundle', () => {
  let directory: TemporaryDirectory;
  let cache: string;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    cache = join(directory.path, 'cache');
    bundle(
      '0123456789abcdef',
      'exports.value = () => require("./other.cjs").name + require("node:path").sep + require.resolve("node:fs");',
    );
    writeFileSync(
      join(directory.path, 'other.cjs'),
      script('fedcba9876543210', 'globalThis.loads = (globalThis.loads ?? 0) + 1; exports.name = "v" + loads;'),
    );
  });
  afterEach(() => directory[Symbol.asyncDispose]());

  const script = (digest: string, text: string): string =>
    `/* ${digest} */ (function (exports, require, module, __filename, __dirname) { ${text}\n})`;
  const bundle = (digest: string, text: string): void => writeFileSync(join(directory.path, 'main.cjs'), script(digest, text));

  /** What a process prints that loads the bundle for a command, calls it twice and ends. */
  function run(env: Readonly<Record<string, string>> = {}, command = 'train'): string {
    const loader = join(projectRoot, 'bin/compiled.js');
    const program = `const load = require(${JSON.stringify(loader)}).compiledLoader(${JSON.stringify(directory.path)}, ${JSON.stringify(command)});
      load('main.cjs').value(); console.log(load('main.cjs').value());`;
    return execFileSync(process.execPath, ['-e', program], {
      env: { PATH: process.env.PATH, HOME: directory.path, XDG_CACHE_HOME: cache, ...env },
      encoding: 'utf8',
    }).trim();
  }

  const kept = (): readonly string[] => {
    try {
      return readdirSync(join(cache, 'sm-local'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.code'));
    } catch {
      return [];
    }
  };
  const codeOf = (digest: string): string => join(cache, 'sm-local', kept().find((name) => name.startsWith(digest)) ?? '');

  it('loads each file once, and keeps its code for the next process, for nobody else to write', () => {
    assert.equal(run(), 'v1/node:fs');
    assert.equal(kept().length, 2);
    assert.equal(statSync(codeOf('0123456789abcdef')).mode & 0o777, 0o600);
    const first = statSync(codeOf('0123456789abcdef')).ino;
    assert.equal(run(), 'v1/node:fs');
    assert.equal(statSync(codeOf('0123456789abcdef')).ino, first);
  });

  it('keeps the code of each command', () => {
    run();
    run({}, 'serve');
    run({}, '../../odd');
    assert.deepEqual(
      kept()
        .map((name) => name.split('/').at(-1))
        .sort(),
      ['other', 'other', 'serve', 'serve', 'train', 'train'].map((name) => `${name}.code`),
    );
  });

  it('does not take the code of one text for that of another of the same length', () => {
    bundle('0000000000000001', 'exports.value = () => "one";');
    assert.equal(run(), 'one');
    bundle('0000000000000002', 'exports.value = () => "two";');
    assert.equal(run(), 'two');
  });

  it('compiles anew what it cannot use, and keeps that', () => {
    run();
    writeFileSync(codeOf('0123456789abcdef'), 'no code');
    assert.equal(run(), 'v1/node:fs');
    assert.ok(statSync(codeOf('0123456789abcdef')).size > 100);
  });

  it('runs no code that others could have written', () => {
    run();
    chmodSync(codeOf('0123456789abcdef'), 0o666);
    assert.equal(run(), 'v1/node:fs');
    assert.equal(statSync(codeOf('0123456789abcdef')).mode & 0o777, 0o600);
  });

  it('runs where nothing can be kept, and where nothing shall be', () => {
    writeFileSync(cache, 'a file where the directory would be');
    assert.equal(run(), 'v1/node:fs');
    assert.equal(readFileSync(cache, 'utf8'), 'a file where the directory would be');
    const other = join(directory.path, 'other-cache');
    assert.equal(run({ XDG_CACHE_HOME: other, NODE_DISABLE_COMPILE_CACHE: '1' }), 'v1/node:fs');
    assert.ok(!readdirSync(directory.path).includes('other-cache'));
  });

  it('removes the versions that were begun longest ago', () => {
    for (let number = 0; number < 30; number += 1) {
      const version = join(cache, 'sm-local', `version-${number}`);
      mkdirSync(version, { recursive: true });
      utimesSync(version, number, number);
    }
    run();
    const versions = readdirSync(join(cache, 'sm-local'));
    assert.equal(versions.length, 24);
    assert.ok(versions.includes('version-29') && !versions.includes('version-0'));
  });
});
