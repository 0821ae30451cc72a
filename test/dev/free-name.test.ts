import assert from 'node:assert/strict';
import { isName } from '../../src/contract/names.ts';
import { freeName } from '../../src/dev/free-name.ts';

describe('the name of the next run', () => {
  it('is the one that was given, where it is free', () => assert.equal(freeName('iris', ['iris-2', 'other']), 'iris'));
  it('has the next free number, where it is not', () => assert.equal(freeName('iris', ['iris', 'iris-2', 'iris-4']), 'iris-3'));
  it('is a name, however long the given one is', () => {
    const long = `${'a'.repeat(60)}-bc`;
    const next = freeName(long, [long]);
    assert.equal(next, `${'a'.repeat(60)}-2`);
    assert.ok(isName(next));
  });
});
