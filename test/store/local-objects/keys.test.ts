import assert from 'node:assert/strict';
import { decodeName } from '../../../src/store/file-names.ts';
import { annexName, isCut, whyNotPlain } from '../../../src/store/local-objects/keys.ts';

describe('keys as paths', () => {
  it('are paths where every part can be the name of a file', () => {
    for (const key of ['a', 'a/b/c.csv', '.hidden', '...', 'a b+c', 'größe/模型', 'a\\b', 'x'.repeat(255), 'CON', 'a:b', 'a.']) {
      assert.equal(whyNotPlain(key, 'linux'), undefined, key);
    }
    for (const key of [
      'a/',
      '/a',
      'a//b',
      '.',
      'a/..',
      './a',
      'a\0',
      'x'.repeat(256),
      'é'.repeat(128),
      '.sm-local-1',
      'a/.sm-local-tmp/b',
    ]) {
      assert.notEqual(whyNotPlain(key, 'linux'), undefined, key);
    }
  });

  it('are fewer on Windows', () => {
    for (const key of ['a\\b', 'a:b', 'CON', 'nul.txt', 'a/com1', 'a.', 'a /b', 'a*', 'a\tb'])
      assert.match(whyNotPlain(key, 'win32') ?? '', /Windows/, key);
    for (const key of ['a', 'A/b.csv', 'console', 'a b', 'größe']) assert.equal(whyNotPlain(key, 'win32'), undefined, key);
  });

  it('have a name in the annex that any disk takes, and that says the key unless it had to be cut', () => {
    const keys = ['a/', 'A/', 'a//b', '../x', 'con', '', 'x'.repeat(1024), 'é'.repeat(512), `${'x'.repeat(1023)}y`, `a${'/'.repeat(1000)}`];
    const names = keys.map(annexName);
    assert.equal(new Set(names).size, keys.length);
    for (const [index, name] of names.entries()) {
      assert.match(name, /^[a-z0-9_%.-]{0,251}$/);
      if (!isCut(name)) assert.equal(decodeName(name), keys[index]);
    }
  });
});
