import assert from 'node:assert/strict';
import { attributesOf } from '../../src/contract/augmented-manifest.ts';
import { isError } from '../../src/errors.ts';

const place = { what: 'Channel "train"', uri: 's3://b/m.jsonl', line: 17 };
const read = (value: unknown, ...names: readonly string[]) =>
  attributesOf(typeof value === 'string' ? value : JSON.stringify(value), names, place);
const refused = (value: unknown, name: string, message: RegExp, remedy: RegExp): void => {
  assert.throws(
    () => read(value, name),
    (error: unknown) => {
      assert.ok(isError(error, 'ManifestInvalid'));
      assert.match(error.message, /^Channel "train": the manifest s3:\/\/b\/m\.jsonl cannot be used: line 17 /);
      assert.match(error.message, message);
      assert.match(error.remedy, remedy);
      return true;
    },
  );
};

describe('attributesOf', () => {
  it('gives the named attributes in the order of the names, and no others', () => {
    const line = { class: 1, 'source-ref': 's3://b/cat.jpg', metadata: { human: true } };
    assert.deepEqual(read(line, 'source-ref', 'class'), [
      { kind: 'object', uri: 's3://b/cat.jpg' },
      { kind: 'value', text: '1' },
    ]);
    assert.deepEqual(
      read(line, 'class', 'source-ref').map(({ kind }) => kind),
      ['value', 'object'],
    );
  });

  it('streams text as its characters and everything else as JSON', () => {
    const text = (value: unknown) => (read({ a: value }, 'a')[0] as { text: string }).text;
    assert.deepEqual(
      [text('ü "q"'), text(1.5), text(false), text(null), text([1, { b: 'c' }]), text('')],
      ['ü "q"', '1.5', 'false', 'null', '[1,{"b":"c"}]', ''],
    );
  });

  it('refuses a line that is not a JSON object', () => {
    refused('{"a":', 'a', /is not JSON: /, /one JSON object a line/);
    refused('  ', 'a', /line 17 is empty/, /one JSON object a line/);
    refused('["a"]', 'a', /is an array, not an object/, /one JSON object a line/);
  });

  it('refuses a line without the attribute, and says which it has', () => {
    refused(
      { 'source-ref': 's3://b/c', label: 1 },
      'source_ref',
      /has no attribute "source_ref", which AttributeNames asks for/,
      /Did you mean source-ref\?/,
    );
    refused({ x: 1 }, 'annotations', /has no attribute "annotations"/, /The line has: x\./);
    refused({}, 'toString', /has no attribute "toString"/, /The line has: none\./);
  });

  it('takes an address as the value of a name that ends in -ref, and nothing else', () => {
    for (const uri of ['s3://bucket/key', 'file:///a/b', '/a/b', './b'])
      assert.deepEqual(read({ 'a-ref': uri }, 'a-ref'), [{ kind: 'object', uri }]);
    for (const value of ['cat.jpg', 's3://bucket', 's3://bucket/', 5, null, { s3: 1 }])
      refused({ 'a-ref': value }, 'a-ref', /has .* as "a-ref"/, /address of an object/);
  });

  it('refuses an integer whose digits JavaScript cannot keep', () => {
    refused('{"id":12345678901234567890}', 'id', /integer beyond 2\^53/, /as a string/);
  });
});
