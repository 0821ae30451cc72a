import assert from 'node:assert/strict';
import { join } from 'node:path';
import { replay } from '../../src/library/replay.ts';
import { serve } from '../../src/library/serve.ts';
import { Scope } from '../../src/scope.ts';
import { fixtureImage, fixtureTag, leftOf } from '../support/real-engine.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('what a real container received', function () {
  this.timeout(60_000);
  const scope = new Scope();
  let root: string;
  before(async () => {
    root = scope.use(await temporaryDirectory()).path;
    await fixtureImage('serve-echo');
  });
  after(() => scope[Symbol.asyncDispose]());

  it('can be asserted, and asked of another one again, with the answers compared', async () => {
    const home = join(root, 'home');
    const options = { image: fixtureTag('serve-echo'), home, limit: { 'stop-grace': '1s' } };
    const capture = join(root, 'capture');
    const old = scope.use(await serve({ ...options, name: 'old', capture }));
    await old.invoke('1,2', { contentType: 'text/csv' });
    await old.invoke({ rows: [1] }, { customAttributes: 'trace=7' });
    old.received.assertReceived({ contentType: 'text/csv', body: '1,2' }, { times: 1 });
    old.received.assertReceived({ json: { rows: [1] }, headers: { 'X-Amzn-SageMaker-Custom-Attributes': 'trace=7' } });
    const seen = (await old.invoke('x'))
      .json<{ headers: [string, string][] }>()
      .headers.map(([name, value]) => [name.toLowerCase(), value]);
    const { headers = {}, status } = old.received.last ?? {};
    const onTheWay = ['connection', 'content-length']; // the connection's own
    const told = Object.entries(headers).filter(([name]) => !onTheWay.includes(name));
    assert.deepEqual(
      told,
      seen.filter(([name = '']) => !onTheWay.includes(name)),
      'what is told is what the container saw',
    );
    assert.equal(status, 200);
    await old.stop();

    const now = scope.use(await serve({ ...options, name: 'new' }));
    const report = await replay({ from: capture, to: now, ignore: ['$.headers'] });
    assert.equal(report.text(), '3 of 3 calls were answered as recorded.');
    const strict = await replay({ from: capture, to: now, limit: 1 });
    assert.match(strict.text(), /\$\.headers\[\d\]/, 'what is accepted is asked for, where nobody had said');
    await now.stop();
    assert.deepEqual(await leftOf(home), []);
  });
});
