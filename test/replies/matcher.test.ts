import assert from 'node:assert/strict';
import { type Matcher, mismatches, textOf } from '../../src/replies/matcher.ts';
import { received } from './received.ts';

describe('a matcher of requests', () => {
  const request = received('{"instances":[{"id":1,"tags":["a"]}],"trace":true}', {
    headers: { 'content-type': 'Application/JSON; charset=utf-8', 'x-amzn-sagemaker-custom-attributes': 'trace=7' },
  });
  const meets = (matcher: Matcher): boolean => mismatches(matcher, request).length === 0;

  it('looks at the content type without parameters, in any case', () => {
    assert.ok(meets({ contentType: 'application/json' }));
    assert.ok(meets({ contentType: /charset=utf-8$/ }));
    assert.deepEqual(mismatches({ contentType: 'text/csv' }, request), ['contentType is Application/JSON; charset=utf-8, not text/csv']);
  });

  it('looks at headers whatever their case', () => {
    assert.ok(meets({ headers: { 'X-Amzn-SageMaker-Custom-Attributes': /^trace=/ } }));
    assert.deepEqual(mismatches({ headers: { Accept: 'text/csv' } }, request), ['Accept is absent, not "text/csv"']);
  });

  it('takes JSON that has more than is wanted, but for elements', () => {
    assert.ok(meets({ json: { instances: [{ id: 1 }] } }));
    assert.deepEqual(mismatches({ json: { instances: [{ id: 2 }] } }, request), ['json $.instances[0].id is 1, not 2']);
    assert.deepEqual(mismatches({ json: { instances: [] } }, request), ['json $.instances has 1 elements, not 0']);
    assert.deepEqual(mismatches({ json: { more: null } }, request), ['json $.more is absent, not null']);
    assert.deepEqual(mismatches({ json: 1 }, received('a,b')), ['body is "a,b", no JSON']);
  });

  it('looks at a body as a whole, as a pattern, and at what it contains', () => {
    const csv = received('5.1,3.5\n');
    assert.deepEqual(mismatches({ body: '5.1,3.5\n', contains: '3.5' }, csv), []);
    assert.deepEqual(mismatches({ body: Buffer.from('5.1') }, csv), ['body is "5.1,3.5\\n", not "5.1"']);
    const global = /\d/g;
    assert.ok(
      [1, 2, 3].every(() => mismatches({ body: global }, csv).length === 0),
      'where a pattern stopped does not matter',
    );
    assert.deepEqual(mismatches({ contains: 'x' }, csv), ['body has no "x"']);
    assert.deepEqual(mismatches({ body: 'x' }, received(Buffer.from([0xff, 0xfe]))), ['body is 2 bytes, not "x"']);
  });

  it('may be a function, alone or among other criteria', () => {
    const isLong = ({ body }: { body: Buffer }): boolean => body.length > 1000;
    assert.deepEqual(mismatches(isLong, request), ['isLong says no']);
    assert.deepEqual(mismatches({ contentType: 'application/json', where: isLong }, request), ['isLong says no']);
  });

  it('tells people what it means', () => {
    assert.equal(textOf({ contentType: 'text/csv', body: /^5/ }), 'contentType "text/csv", body /^5/');
    assert.equal(textOf({}), 'any request');
  });
});
