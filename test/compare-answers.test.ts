import assert from 'node:assert/strict';
import { type CompareOptions, compareAnswers, differenceText } from '../src/compare-answers.ts';

describe('two answers', () => {
  const compared = (contentType: string, expected: string | Buffer, actual: string | Buffer, options?: CompareOptions): string[] => {
    const answer = (body: string | Buffer) => ({ contentType, body: Buffer.from(body as string) });
    return compareAnswers(answer(expected), answer(actual), options).map(differenceText);
  };

  describe('in JSON', () => {
    const json = (expected: unknown, actual: unknown, options?: CompareOptions): string[] =>
      compared('application/json; charset=utf-8', JSON.stringify(expected), JSON.stringify(actual, undefined, 2), options);

    it('are the same whatever the white space and the order of members', () => {
      assert.deepEqual(json({ a: 1, b: [null, 'x'] }, { b: [null, 'x'], a: 1 }), []);
    });

    it('differ at places with a path', () => {
      const expected = { predictions: [{ score: 0.91, label: 'a' }], 'the time': 1 };
      assert.deepEqual(json(expected, { predictions: [{ score: 0.88, label: 'a', more: true }, 2] }), [
        '$.predictions[0].score: 0.91 -> 0.88',
        '$.predictions[0].more: (nothing) -> true',
        '$.predictions[1]: (nothing) -> 2',
        '$["the time"]: 1 -> (nothing)',
      ]);
      assert.deepEqual(json({ a: null }, {}), ['$.a: null -> (nothing)']);
      assert.deepEqual(json([1], { 0: 1 }), ['$: [1] -> {"0":1}']);
      assert.deepEqual(json({}, JSON.parse('{"__proto__":1}')), ['$.__proto__: (nothing) -> 1']);
    });

    it('may differ by as much as is tolerated', () => {
      assert.deepEqual(json([100, 0.0001], [101, 0.0002], { tolerance: { relative: 0.01, absolute: 0.001 } }), []);
      assert.deepEqual(json([100, 0.0001], [101, 0.0002], { tolerance: { relative: 0.001 } }), [
        '$[0]: 100 -> 101',
        '$[1]: 0.0001 -> 0.0002',
      ]);
      assert.deepEqual(json(0.5, 0.5000001, { tolerance: 1e-6 }), []);
      assert.deepEqual(json('0.5', '0.6', { tolerance: 1 }), ['$: "0.5" -> "0.6"'], 'text is not a number');
    });

    it('may differ where it does not count', () => {
      const ignore = ['$.meta', '$.predictions[*].id', '$.timings.*.end'];
      const one = { meta: { at: 1 }, predictions: [{ id: 1 }, { id: 2 }], timings: { a: { end: 1, start: 1 } } };
      const other = { predictions: [{ id: 3 }, { id: 4 }], timings: { a: { end: 2, start: 2 } } };
      assert.deepEqual(json(one, other, { ignore }), ['$.timings.a.start: 1 -> 2']);
    });

    it('are text where one of them is none', () => {
      assert.deepEqual(compared('application/json', '{"a":NaN}', '{"a":1}'), ['line 1: "{\\"a\\":NaN}" -> "{\\"a\\":1}"']);
    });

    it('go line by line in JSON Lines', () => {
      assert.deepEqual(compared('application/jsonlines', '{"a":1}\n{"a":2}\n', '{"a":1}\n{"a":3}\n{}\n'), [
        'line 2 $.a: 2 -> 3',
        'line 3: (nothing) -> "{}"',
      ]);
    });
  });

  it('in CSV differ by cell', () => {
    assert.deepEqual(compared('text/csv', '1,2\n3,"a, ""b"""\n', '1.0,2.5\r\n3,"a, ""c"""\r\n'), [
      'row 1, column 2: 2 -> 2.5',
      'row 2, column 2: a, "b" -> a, "c"',
    ]);
    assert.deepEqual(compared('text/csv', ',a', ',b,c'), ['row 1, column 2: a -> b', 'row 1, column 3: (nothing) -> c']);
    assert.deepEqual(compared('text/csv', '"a"b', '"a"c'), ['row 1, column 1: "a"b -> "a"c']);
    assert.deepEqual(compared('text/csv', '0.91\n', '0.92\n0.5', { tolerance: { absolute: 0.02 } }), ['line 2: (nothing) -> "0.5"']);
  });

  it('in other text differ by line', () => {
    assert.deepEqual(compared('text/plain', 'a\nb\n', 'a\nc'), ['line 2: "b" -> "c"']);
    assert.deepEqual(compared('text/plain', 'a', 'b'.repeat(200)), [`line 1: "a" -> "${'b'.repeat(119)}…`]);
  });

  it('in bytes differ by length and at the first of them', () => {
    const type = 'application/x-npy';
    assert.deepEqual(compared(type, Buffer.from([1, 2, 3]), Buffer.from([1, 15])), ['length: 3 -> 2', 'byte 1: 0x02 -> 0x0f']);
    assert.deepEqual(compared(type, Buffer.from([1, 2, 3]), Buffer.from([1, 15, 4])), ['byte 1, the first of 2 that differ: 0x02 -> 0x0f']);
    assert.deepEqual(compared(type, Buffer.from([1]), Buffer.from([1, 2])), ['length: 1 -> 2']);
  });

  it('may differ in the content type alone', () => {
    const body = Buffer.from('1');
    const found = compareAnswers({ contentType: 'text/csv; header=absent', body }, { contentType: 'application/json', body });
    assert.deepEqual(found.map(differenceText), ['content type: text/csv -> application/json']);
    assert.deepEqual(compareAnswers({ contentType: 'text/csv', body }, { contentType: 'Text/CSV; charset=utf-8', body }), []);
  });
});
