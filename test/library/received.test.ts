import assert from 'node:assert/strict';
import { ReceivedRequests } from '../../src/library/received.ts';
import { received } from '../replies/received.ts';

describe('what was received', () => {
  const of = (...bodies: string[]): ReceivedRequests => {
    const requests = new ReceivedRequests();
    for (const body of bodies) requests.add(received(body));
    return requests;
  };
  const failureOf = (assertion: () => void): assert.AssertionError => {
    try {
      assertion();
    } catch (error) {
      assert.ok(error instanceof assert.AssertionError);
      return error;
    }
    return assert.fail('it held');
  };

  it('is a list, the oldest first', () => {
    const requests = of('a', 'b');
    assert.deepEqual(
      [...requests].map((request) => request.text()),
      ['a', 'b'],
    );
    assert.equal(requests.count, 2);
    assert.equal(requests.last?.text(), 'b');
    requests.clear();
    assert.equal(requests.count, 0);
    assert.equal(requests.last, undefined);
  });

  it('is kept within bounds, and counted beyond them', () => {
    const requests = new ReceivedRequests({ requests: 2, bytes: 10 });
    for (const body of ['1', '2', '3']) requests.add(received(body));
    assert.deepEqual([requests.count, requests.all.map((request) => request.text())], [3, ['2', '3']]);
    requests.add(received('x'.repeat(11)));
    assert.deepEqual([requests.count, requests.all.length], [4, 1]);
    assert.match(failureOf(() => requests.assertReceived({ body: '1' })).message, /the first 3 are not kept any more/);
  });

  it('can be asserted, once or so often', () => {
    const requests = of('a', 'a', 'b');
    requests.assertReceived();
    requests.assertReceived({ body: 'a' }, { times: 2 });
    requests.assertReceived({ body: 'c' }, { times: 0 });
    const error = failureOf(() => requests.assertReceived({ body: 'a' }, { times: 1 }));
    assert.equal(error.message, 'Expected 1 request with body "a" so far; 2 came.');
    assert.deepEqual([error.expected, error.actual], [1, 2]);
    assert.throws(() => requests.assertReceived({}, { times: -1 }), /no number of requests/);
    assert.throws(() => requests.assertReceived({ text: 'a' } as object), /A matcher has no text\./);
  });

  it('names the nearest miss, with a diff of what was asked about', () => {
    const requests = new ReceivedRequests();
    requests.add(received('{"id":1}', { headers: { 'content-type': 'application/json' } }));
    requests.add(received('a,b'));
    const error = failureOf(() => requests.assertReceived({ contentType: 'application/json', json: { id: 2 } }));
    assert.equal(
      error.message,
      'Expected a request with contentType "application/json", json {"id":2} so far; none of 2 requests is one.\n' +
        'The nearest: json $.id is 1, not 2.',
    );
    assert.deepEqual(error.expected, { contentType: 'application/json', json: { id: 2 } });
    assert.deepEqual(error.actual, { contentType: 'application/json', json: { id: 1 } });
    assert.match(failureOf(() => of().assertReceived()).message, /nothing came at all/);
  });

  it('can be asserted to be nothing', () => {
    of().assertNothingReceived();
    const error = failureOf(() => of('a').assertNothingReceived());
    assert.equal(error.message, 'Nothing was to be received, but 1 request came.');
    assert.deepEqual(error.actual, [{ contentType: 'text/csv', body: 'a' }]);
  });

  it('can be waited for, whether it came already or will', async () => {
    const requests = of('a');
    assert.equal((await requests.waitFor({ body: 'a' })).text(), 'a');
    const waited = requests.waitFor({ body: 'c' });
    requests.add(received('b'));
    requests.add(received('c'));
    assert.equal((await waited).text(), 'c');
    await assert.rejects(
      requests.waitFor({ body: 'd' }, { timeout: 5 }),
      /Expected 1 request with body "d" within 5 ms; none of 3 requests/,
    );
  });

  it('is not waited for any more when the signal says so', async () => {
    const controller = new AbortController();
    const waited = of().waitFor({}, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await assert.rejects(waited, /enough/);
  });

  it('tells a matcher’s own error to whoever waits, not to whoever sends', async () => {
    const requests = of();
    const waited = requests.waitFor(() => {
      throw new Error('a wrong matcher');
    });
    requests.add(received('a'));
    await assert.rejects(waited, /a wrong matcher/);
  });
});
