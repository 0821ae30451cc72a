import assert from 'node:assert/strict';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { serve } from '../../src/library/serve.ts';
import { failure } from '../support/failure.ts';
import { FakeEngine, serving } from '../support/fake-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('a lasting endpoint of the library', () => {
  let root: TemporaryDirectory;
  let engine: FakeEngine;
  beforeEach(async () => {
    root = await temporaryDirectory();
    const echoes = serving(async (request, response) => response.end(request.url === '/ping' ? '' : await text(request)));
    engine = new FakeEngine({ images: { echoes, fails: () => 1 } });
  });
  afterEach(async () => {
    assert.deepEqual(engine.left(), []);
    await engine[Symbol.asyncDispose]();
    await root[Symbol.asyncDispose]();
  });
  const options = () => ({ engine, home: join(root.path, 'home'), cwd: root.path, credentials: 'environment' as const, lasting: true });

  it('is left when it is disposed, taken up as it is, and ended when it is stopped', async () => {
    {
      await using endpoint = await serve({ ...options(), image: 'echoes', name: 'kept' });
      assert.equal((await endpoint.invoke('one')).text(), 'one');
    }
    assert.match(engine.left().join(), /^container \w+ \(running\)$/);
    const again = await serve({ ...options(), image: 'echoes', name: 'kept' });
    assert.equal((await again.invoke('two')).text(), 'two');
    assert.equal(engine.history.length, 1);
    await assert.rejects(serve({ ...options(), image: 'echoes', name: 'kept' }), failure('AlreadyExists', /kept/));
    assert.equal((await again.invoke('three')).text(), 'three');
    await again.stop();
    assert.deepEqual(engine.left(), []);
    await using anew = await serve({ ...options(), image: 'echoes', name: 'kept' });
    assert.equal(engine.history.length, 2);
    await anew.stop();
  });

  it('that does not come into service is not kept', async () => {
    await assert.rejects(serve({ ...options(), image: 'fails', name: 'kept', fastFail: true }), failure('EndpointFailed', /kept/));
    assert.deepEqual(engine.left(), []);
    await using endpoint = await serve({ ...options(), image: 'echoes', name: 'kept' });
    assert.equal((await endpoint.invoke('one')).text(), 'one');
    await endpoint.stop();
  });

  it('is started once by several at the same time: the others hear that it is there', async () => {
    const start = () => serve({ ...options(), image: 'echoes', name: 'kept' });
    // Some come while others have made a part of what they need.
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, (_, index) => sleep(3 * index).then(start)));
    const [only, ...others] = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    const codes = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []));
    assert.deepEqual([codes, others], [Array(7).fill('AlreadyExists'), []]);
    assert.equal((await only?.invoke('one'))?.text(), 'one');
    await only?.stop();
    await using again = await serve({ ...options(), image: 'echoes', name: 'kept' });
    await again.stop();
  });
});
