import assert from 'node:assert/strict';
import { invocationEvent, invocationText } from '../../src/cli/invocation-news.ts';
import type { InvocationAnswer } from '../../src/dev/invocation.ts';

const answer = (body: string | Buffer, contentType = 'application/json'): InvocationAnswer => ({
  status: 200,
  contentType,
  body: Buffer.from(body as string),
});
const shown = (news: Partial<Parameters<typeof invocationText>[0]>): string =>
  invocationText({ endpoint: undefined, seconds: 0.012, ...news }, { color: false });

describe('a saved request that was made', () => {
  it('shows the first answer, later ones by what differs', () => {
    assert.equal(shown({ answer: answer('{"a": 1}') }), 'Invoked: 200 in 12 ms\n  {"a": 1}');
    assert.equal(shown({ answer: answer('{"a": 1}'), differences: [] }), 'Invoked: 200 in 12 ms, the same answer');
    const differences = [{ path: '$.a', expected: '1', actual: '2' }];
    assert.equal(shown({ answer: answer('{"a": 2}'), differences }), 'Invoked: 200 in 12 ms, 1 difference\n  $.a: 1 -> 2');
  });

  it('shows what the container said when it failed, and why there was no answer', () => {
    const error = {
      code: 'ModelError',
      message: 'Received server error (500)',
      originalStatusCode: 500,
      originalMessage: 'no weights\nline 2',
    };
    const text = shown({ answer: { ...answer(''), status: 424, error } });
    assert.equal(text, 'Invoked: 424 ModelError in 12 ms\n  The container answered 500:\n  no weights\n  line 2');
    assert.equal(shown({ error: new Error('connect ECONNREFUSED') }), 'Invoked: no answer in 12 ms\n  connect ECONNREFUSED');
  });

  it('shows no bytes, and no escape sequences of the answer', () => {
    assert.equal(
      shown({ answer: answer(Buffer.from([0xff, 0xfe, 0]), 'application/x-npy') }),
      'Invoked: 200 in 12 ms\n  3 B, application/x-npy',
    );
    assert.ok(!shown({ answer: answer('\u001B[2J', 'text/plain') }).includes('\u001B'));
  });

  it('is an event with status, size and differences', () => {
    assert.deepEqual(invocationEvent({ endpoint: 'demo', seconds: 0.5, answer: answer('{}'), differences: [] }), {
      ...{ event: 'invocation', endpoint: 'demo', seconds: 0.5, status: 200, contentType: 'application/json', bytes: 2 },
      ...{ isSame: true, differences: [] },
    });
  });
});
