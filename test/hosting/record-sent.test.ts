import assert from 'node:assert/strict';
import { InvokeEndpointCommand } from '@aws-sdk/client-sagemaker-runtime';
import { ReceivedRequests, recorderOf } from '../../src/library/received.ts';
import { Scope } from '../../src/scope.ts';
import { serving } from '../support/fake-engine.ts';
import { doors, host } from './doors.ts';

for (const door of doors) {
  describe(`what containers receive is recorded (${door})`, () => {
    let scope: Scope;
    beforeEach(() => {
      scope = new Scope();
    });
    afterEach(() => scope[Symbol.asyncDispose]());

    const recorded = async (answer: Parameters<typeof serving>[0] = (request, response) => void request.pipe(response)) => {
      const received = new ReceivedRequests();
      const image = serving((request, response) => (request.url === '/ping' ? void response.end() : answer(request, response)));
      const hosted = await host(scope, door, image, { recorder: recorderOf(received), limits: { invocation: 0.2 } });
      const ask = (body: string | ReadableStream, init: RequestInit = {}) =>
        fetch(`${hosted.url}/invocations`, { method: 'POST', body, ...init, ...({ duplex: 'half' } as object) });
      return { ...hosted, received, ask };
    };

    it('with the headers that reach them, the body, and the status of the answer', async () => {
      const { received, client } = await recorded();
      const asked = { EndpointName: 'demo', Body: '1,2', ContentType: 'text/csv', CustomAttributes: 'trace=7' };
      await client.send(new InvokeEndpointCommand(asked));
      const { last } = received;
      assert.equal(last?.text(), '1,2');
      assert.deepEqual(
        [last?.method, last?.path, last?.endpoint, last?.variant, last?.status],
        [...['POST', '/invocations', 'demo', 'AllTraffic', 200]],
      );
      assert.deepEqual(last?.headers, {
        host: 'container-0.local:8080',
        'user-agent': 'AHC/2.0',
        'content-type': 'text/csv',
        'x-amzn-sagemaker-custom-attributes': 'trace=7',
        'content-length': '3',
      });
    });

    it('also where a body streams, whole and once', async () => {
      const { received, ask } = await recorded();
      const large = 'x'.repeat(200_000);
      assert.equal(await (await ask(large)).text(), large);
      assert.equal(await (await ask(new Blob(['a', 'b']).stream())).text(), 'ab');
      assert.deepEqual(
        received.all.map((request) => [request.text(), request.status]),
        [
          [large, 200],
          ['ab', 200],
        ],
      );
    });

    it('also where it fails, with the container’s own status', async () => {
      const { received, ask } = await recorded((_, response) => void response.writeHead(503).end());
      assert.equal((await ask('a')).status, 424);
      assert.equal(received.last?.status, 503);
    });

    it('before there is an answer, and with status 0 where there is none', async () => {
      const { received, ask } = await recorded(() => {});
      const asked = ask('a');
      const request = await received.waitFor({ body: 'a' });
      assert.equal(request.status, undefined);
      assert.equal((await asked).status, 424);
      assert.equal(request.status, 0);
    });

    it('but not what never reached one', async () => {
      const { received, url } = await recorded();
      await fetch(`${url}/endpoints/other/invocations`, { method: 'POST', body: 'a' });
      await fetch(`${url}/ping`);
      received.assertNothingReceived();
    });
  });
}
