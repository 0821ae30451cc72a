import assert from 'node:assert/strict';
import { memberName } from '../../src/store/tar-names.ts';

describe('names in archives', () => {
  const refused = (name: string, platform: NodeJS.Platform = 'linux'): string | undefined => {
    const checked = memberName(name, platform);
    return 'refused' in checked ? checked.refused : undefined;
  };

  it('are relative paths, in which . and empty parts mean nothing', () => {
    assert.deepEqual(memberName('./a//b/./c/', 'linux'), { parts: ['a', 'b', 'c'] });
    assert.deepEqual(memberName('./', 'linux'), { parts: [] });
    assert.deepEqual(memberName('..a/b..', 'linux'), { parts: ['..a', 'b..'] });
    assert.deepEqual(memberName('a\\..\\b', 'linux'), { parts: ['a\\..\\b'] });
  });

  it('do not lead upwards or to the root', () => {
    for (const name of ['/', '/a', '//a']) assert.equal(refused(name), 'has an absolute path', name);
    for (const name of ['..', '../a', 'a/..', 'a/../../b']) assert.equal(refused(name), 'has a path that leads out of the archive', name);
    assert.equal(refused('a\0b'), 'has a path with a NUL in it');
    assert.equal(refused('a'.repeat(4097)), 'has a path that is too long');
  });

  it('are read with both separators on Windows, where drives and streams are no names', () => {
    assert.deepEqual(memberName('a\\b/c', 'win32'), { parts: ['a', 'b', 'c'] });
    assert.equal(refused('a\\..\\b', 'win32'), 'has a path that leads out of the archive');
    assert.equal(refused('\\a', 'win32'), 'has an absolute path');
    for (const name of ['c:\\a', 'c:a', 'a:stream']) assert.equal(refused(name, 'win32'), 'has a path that this system cannot store', name);
  });
});
