import assert from 'node:assert/strict';
import { isError } from '../../src/errors.ts';
import { Choice } from '../../src/replies/choice.ts';
import { checkReplies, type Replies } from '../../src/replies/reply.ts';
import { received } from './received.ts';

describe('the choice of a canned reply', () => {
  const given = (replies: Replies, ...bodies: string[]): unknown[] => {
    const choice = new Choice(replies);
    return bodies.map((body) => Object.values(choice.of(received(body)))[0]);
  };

  it('is always the one there is', () => {
    assert.deepEqual(given('yes', 'a', 'b'), ['yes', 'yes']);
  });

  it('goes through a list, whose last one stays', () => {
    assert.deepEqual(given(['one', 'two'], 'a', 'b', 'c'), ['one', 'two', 'two']);
  });

  it('is that of the first rule that matches, and others go on in turn meanwhile', () => {
    const rules = [
      { when: { contains: 'x' }, reply: 'x once', times: 1 },
      { when: { contains: 'x' }, reply: 'x' },
    ];
    assert.deepEqual(given(['one', ...rules, 'two'], 'a', 'x', 'x', 'b'), ['one', 'x once', 'x', 'two']);
  });

  it('is none where no rule matches, and says of each why', () => {
    const rules = [
      { when: { body: 'a' }, reply: 'A', times: 1 },
      { when: { contains: 'b' }, reply: 'B' },
    ];
    assert.deepEqual(given(rules, 'a', 'a'), ['A', 'No canned reply matches the request. Rule 1: it is used up. Rule 2: body has no "b".']);
    assert.deepEqual(given([], 'a'), ['No canned reply matches the request.']);
  });

  it('refuses what no reply can be', () => {
    const refused: unknown[] = [
      { predictions: [1] },
      { status: 99 },
      { body: 'x', chunks: ['y'] },
      { body: 'x', closes: true },
      { hangs: true, closes: true },
      [[1, 2]],
      [{ when: {}, reply: { text: 'x' } }],
      [{ when: { conentType: 'x' }, reply: 'x' }],
      [{ when: 'x', reply: 'x' }],
      [{ when: {} }],
      7,
      null,
    ];
    for (const replies of refused) {
      assert.throws(
        () => checkReplies(replies as Replies),
        (error) => isError(error, 'WrongUsage'),
        JSON.stringify(replies),
      );
    }
    for (const replies of ['', Buffer.alloc(1), {}, { chunks: ['a'], closes: true }, () => 'x', [] as const])
      checkReplies(replies as Replies);
  });
});
