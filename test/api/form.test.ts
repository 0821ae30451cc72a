import assert from 'node:assert/strict';
import { formMembers } from '../../src/api/form.ts';

describe('the form of a query', () => {
  const members = (query: string) => formMembers(new URLSearchParams(query));

  it('holds texts, lists and structures', () => {
    assert.deepEqual(members('A=1&L.member.2=b&L.member.10=c&L.member.1=a&S.X=1&S.Y.Z=2&D.member.1.Name=n&D.member.1.Value=v&E='), {
      A: '1',
      L: ['a', 'b', 'c'],
      S: { X: '1', Y: { Z: '2' } },
      D: [{ Name: 'n', Value: 'v' }],
      E: '',
    });
    assert.deepEqual(members(''), {});
  });

  it('is none when a member is two things, or lies too deep', () => {
    assert.equal(members('A=1&A.B=2'), undefined);
    assert.equal(members('A.B=2&A=1'), undefined);
    assert.equal(members(`${'a.'.repeat(10_000)}b=1`), undefined);
  });

  it('makes nothing of names that mean something to JavaScript', () => {
    const read = members('__proto__.polluted=1&constructor.prototype.x=2&a.member.__proto__=3');
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
    assert.deepEqual(Object.keys(read ?? {}), ['__proto__', 'constructor', 'a']);
  });
});
