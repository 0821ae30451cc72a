import assert from 'node:assert/strict';
import { jsonBreak } from '../../src/options/json-break.ts';

describe('where a text stops being JSON', () => {
  const cases: readonly (readonly [what: string, text: string, rest: string])[] = [
    ['a comma after the last member', '{"a": 1,}', '}'],
    ['a comma after the last item', '[1, 2, ]', ']'],
    ['a missing comma', '{"a": 1\n "b": 2}', '"b": 2}'],
    ['a comment', '{\n// why\n"a": 1}', '// why\n"a": 1}'],
    ['single quotes', "{'a': 1}", "'a': 1}"],
    ['a name without quotes', '{a: 1}', 'a: 1}'],
    ['a number of Python', '{"a": 1_000}', '1_000}'],
    ['a leading zero', '[01]', '01]'],
    ['a word that JSON does not know', '{"a": True}', 'True}'],
    ['an escape that JSON does not know', '{"a": "\\x"}', '"\\x"}'],
    ['a line break in a string', '{"a": "b\nc"}', '"b\nc"}'],
    ['more behind the end', '{"a": 1} x', 'x'],
    ['an early end', '{"a": [1, {"b": true', ''],
    ['an early end in a string', '{"a": "b', '"b'],
    ['nothing', '  ', ''],
  ];
  for (const [what, text, rest] of cases) {
    it(`is at the token itself for ${what}`, () => {
      assert.throws(() => JSON.parse(text));
      assert.equal(text.slice(jsonBreak(text)), rest);
    });
  }

  it('is nowhere in JSON', () => {
    for (const text of ['{}', '[]', ' {"a": [1, -2.5e+3, "x\\u00e9\\n", true, null, {"b": {}}], "c": ""} \n', '"x"', '0']) {
      JSON.parse(text);
      assert.equal(jsonBreak(text), text.length, text);
    }
  });
});
