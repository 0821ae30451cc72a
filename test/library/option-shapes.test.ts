import assert from 'node:assert/strict';
import { isError } from '../../src/errors.ts';
import { startEmulator } from '../../src/library/emulator.ts';
import { replay } from '../../src/library/replay.ts';
import { serve } from '../../src/library/serve.ts';
import { train } from '../../src/library/training-run.ts';
import { withReplies } from '../../src/library/with-replies.ts';
import { failure } from '../support/failure.ts';

describe('options of the library that are none', () => {
  const refused: readonly [what: string, call: () => PromiseLike<unknown>, message: RegExp][] = [
    ['nothing at all', () => train(undefined as never), /^The options are undefined/],
    ['null', () => startEmulator(null as never), /^The options are null/],
    ['a list', () => serve([] as never), /^The options are \[\]/],
    ['an image that is a number', () => train({ image: 5 } as never), /^image: 5 is not a text/],
    ['an image that is empty', () => serve({ image: '' }), /^image: "" is not a text/],
    ['a signal that is none', () => train({ image: 'x', signal: 5 } as never), /^signal: 5 is not an AbortSignal/],
    ['an engine that is none', () => train({ image: 'x', engine: {} } as never), /^engine: \{\} is not an address or an engine/],
    ['a directory that is none', () => train({ image: 'x', cwd: 5 } as never), /^cwd: 5 is not a text/],
    ['labels that are none', () => serve({ image: 'x', labels: 5 } as never), /^labels: 5 is not a map of texts/],
    ['buckets that are none', () => startEmulator({ buckets: { a: 5 } } as never), /^buckets: \{"a":5\} is not a map of texts/],
    ['networks that are none', () => train({ image: 'x', networks: ['a'] } as never), /^networks: \["a"\] is not a list of \{ network/],
    ['requests that are none', () => serve({ requests: {} } as never), /^requests: \{\} is not \{ models/],
    ['what is misspelt', () => serve({ image: 'x', lable: {} } as never), /^lable: there is no such option/],
    ['what is for a terminal', () => train({ image: 'x', json: true } as never), /^json: there is no such option/],
    ['what means nothing without a container', () => withReplies('x', { image: 'x' } as never), /^image: there is no such option/],
    [
      'a misspelt tolerance',
      () => replay({ from: 'x', to: 'http://127.0.0.1:1', tolerence: 1 } as never),
      /^tolerence: there is no such option/,
    ],
    [
      'more calls at once than can be',
      () => replay({ from: 'x', to: 'http://127.0.0.1:1', concurrency: 1e7 }),
      /^concurrency is no whole number/,
    ],
  ];
  for (const [what, call, message] of refused) {
    it(`are refused by name and value: ${what}`, async () => {
      await assert.rejects(Promise.resolve(call()), failure('WrongUsage', message));
    });
  }

  it('are refused of canned replies and of matchers too', async () => {
    const replies = [
      { delay: '1s' },
      { chunks: 'abc' },
      { hangs: 'yes' },
      { headers: { 'a b': 'c' } },
      [{ when: {}, reply: 'x', times: '1' }],
    ];
    for (const each of replies)
      await assert.rejects(withReplies(each as never), (error) => isError(error, 'WrongUsage'), JSON.stringify(each));
    await using endpoint = await withReplies('x');
    await endpoint.invoke('y');
    assert.throws(
      () => endpoint.received.assertReceived({ where: async () => false } as never),
      failure('WrongUsage', /answers with a promise/),
    );
    assert.throws(
      () => endpoint.received.assertReceived({}, { time: 1 } as never),
      failure('WrongUsage', /^time: there is no such option/),
    );
  });

  it('are refused of an invocation, and bytes of every kind are bytes', async () => {
    await using endpoint = await withReplies((request) => request.body);
    const circular: { self?: unknown } = {};
    circular.self = circular;
    for (const body of [circular, new Map(), new URLSearchParams('a=b'), 5n, () => 1] as never[])
      await assert.rejects(endpoint.invoke(body), (error) => isError(error, 'WrongUsage'));
    await assert.rejects(endpoint.invoke('x', { endpointName: 'y' } as never), failure('WrongUsage', /endpointName/));
    const bytes = new Uint8Array([1, 2, 3]);
    for (const body of [bytes, bytes.buffer, new DataView(bytes.buffer)])
      assert.deepEqual((await endpoint.invoke(body)).body, Buffer.from([1, 2, 3]));
    assert.deepEqual((await endpoint.invoke([1, { a: new Date(0) }])).json(), [1, { a: '1970-01-01T00:00:00.000Z' }]);
  });

  it('leave nobody waiting for what will not come', async () => {
    const endpoint = await withReplies('x');
    const waiting = endpoint.received.waitFor({ body: 'never' }, { timeout: 60_000 });
    const rejected = assert.rejects(waiting, { name: 'AssertionError' });
    await endpoint.stop();
    await rejected;
    await assert.rejects(endpoint.invoke('x'), failure('EndpointUnreachable', /it was stopped/));
    for await (const _event of endpoint.events());
    assert.deepEqual(await endpoint.logs(), []);
  });
});
