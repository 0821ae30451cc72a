import assert from 'node:assert/strict';
import http from 'node:http';
import { InvokeEndpointCommand, ModelError, SageMakerRuntimeServiceException } from '@aws-sdk/client-sagemaker-runtime';
import { parseFaults } from '../../src/contract/faults.ts';
import { type FaultPlan, Faults } from '../../src/hosting/faults.ts';
import { Scope } from '../../src/scope.ts';
import { serving } from '../support/fake-engine.ts';
import { doors, type Hosted, host, request } from './doors.ts';

/** Numbers in turn, the last one for good. */
const drawing = (...numbers: number[]): (() => number) => {
  let next = 0;
  return () => {
    next += 1;
    return numbers[next - 1] ?? numbers.at(-1) ?? 0;
  };
};

describe('the faults of an endpoint', () => {
  const decided = (texts: readonly string[], times: number, random?: () => number): readonly (FaultPlan | undefined)[] => {
    using faults = new Faults(parseFaults(texts), { limit: 60, serving: () => [], ...(random && { random }) });
    return Array.from({ length: times }, () => faults.before());
  };

  it('befall requests by the numbers that are drawn', () => {
    const plans = decided(['error=10%:ThrottlingException', 'timeout=10%', 'reset=10%'], 4, drawing(0.05, 0.15, 0.25, 0.35));
    assert.deepEqual(plans, [{ kind: 'error', error: 'ThrottlingException' }, { kind: 'timeout' }, { kind: 'reset' }, undefined]);
  });

  it('delay what the container is asked, by the distribution that is given', () => {
    const plans = decided(['latency=p50:100ms,p90:10s'], 2, drawing(0.9, 0.7, 0.9, 0.2));
    assert.deepEqual(
      plans.map((plan) => plan?.kind === 'ask' && Math.round(plan.delay * 1000)),
      [1000, 100],
    );
  });

  it('are a timeout where they would delay a request for as long as it may take', () =>
    assert.deepEqual(decided(['latency=60s'], 1), [{ kind: 'timeout' }]));

  it('break streams, and delay those too', () => {
    assert.deepEqual(decided(['stream-break=50%'], 2, drawing(0.1, 0.6)), [{ kind: 'ask', delay: 0, breaksStream: true }, undefined]);
    assert.deepEqual(
      decided(['stream-break=50%', 'latency=1s'], 1, () => 0),
      [{ kind: 'ask', delay: 1, breaksStream: true }],
    );
  });

  it('leave requests alone where none is asked for', () => assert.deepEqual(decided([], 1), [undefined]));

  it('are the same for the same seed, in about the share that was asked for', () => {
    const texts = ['error=30%', 'seed=7'];
    const plans = decided(texts, 1000);
    assert.deepEqual(decided(texts, 1000), plans);
    assert.notDeepEqual(decided(['error=30%', 'seed=8'], 1000), plans);
    const share = plans.filter((plan) => plan?.kind === 'error').length / 1000;
    assert.ok(Math.abs(share - 0.3) < 0.05, String(share));
  });

  it('kill an instance every so many requests, chosen by a number that is drawn', () => {
    const killed: string[] = [];
    const serving = () => ['first', 'second'].map((name) => ({ kill: async () => void killed.push(name) }));
    const options = { limit: 60, random: drawing(0, 0, 0.6), serving };
    using faults = new Faults(parseFaults(['kill-instance-every=3requests']), options);
    for (let request = 1; request <= 2; request += 1) faults.before();
    assert.deepEqual(killed, []);
    faults.before();
    assert.deepEqual(killed, ['second']);
  });

  it('kill an instance every so often, until they are disposed', async () => {
    let kills = 0;
    const twice = new Promise<void>((resolve) => {
      const faults = new Faults(parseFaults(['kill-instance-every=1ms']), {
        limit: 60,
        serving: () => {
          kills += 1;
          if (kills === 2) {
            faults[Symbol.dispose]();
            resolve();
          }
          return []; // of none there is none to kill
        },
      });
    });
    await twice;
    assert.equal(kills, 2);
  });
});

for (const door of doors) {
  describe(`a request that meets a fault, through the ${door}`, () => {
    let scope: Scope;
    /** How often the container was invoked. */
    let asked: number;
    beforeEach(() => {
      scope = new Scope();
      asked = 0;
    });
    afterEach(() => scope[Symbol.asyncDispose]());

    const image = serving((request, response) => {
      if (request.url !== '/ping') asked += 1;
      request.resume().on('end', () => response.end('ok'));
    });
    const start = (faults: readonly string[], more: Omit<Parameters<typeof host>[3], 'faults'> = {}): Promise<Hosted> =>
      host(scope, door, image, { faults, ...more });
    const refusal = async ({ client }: Hosted, name = 'demo'): Promise<SageMakerRuntimeServiceException> => {
      const error = await client.send(new InvokeEndpointCommand({ EndpointName: name, Body: 'x' })).then(
        () => assert.fail('it was answered'),
        (refused: unknown) => refused,
      );
      assert.ok(error instanceof SageMakerRuntimeServiceException, String(error));
      return error;
    };

    for (const [kind, status] of [
      ['ServiceUnavailable', 503],
      ['ThrottlingException', 400],
      ['InternalFailure', 500],
      ['ModelError', 424],
      ['ModelNotReadyException', 429],
    ] as const) {
      it(`of the error ${kind} is answered as the service would, and the container is not asked`, async () => {
        const hosted = await start([`error=100%:${kind}`]);
        const error = await refusal(hosted);
        assert.deepEqual([error.name, error.$metadata.httpStatusCode, asked], [kind, status, 0]);
        if (error instanceof ModelError) assert.equal(error.OriginalStatusCode, 500);
        assert.equal(hosted.overs[0]?.answered, status);
      });
    }

    it('meets none with another draw, and then is answered by the container', async () => {
      const { url } = await start(['error=50%'], { random: drawing(0.4, 0.6) });
      assert.equal((await request(`${url}/invocations`, { body: 'x' })).status, 503);
      assert.equal((await request(`${url}/invocations`, { body: 'x' })).body, 'ok');
      assert.equal(asked, 1);
    });

    it('of its own faults is told of these first', async () => {
      const error = await refusal(await start(['error=100%']), 'other');
      assert.equal((error as { ErrorCode?: string }).ErrorCode, 'NO_SUCH_ENDPOINT');
    });

    it('is read to its end though it is not handed on, and keeps its connection', async () => {
      const { url } = await start(['error=100%']);
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
      scope.defer(() => agent.destroy());
      const ports = new Set<number | undefined>();
      for (let times = 0; times < 2; times += 1) {
        const status = await new Promise<number | undefined>((resolve, reject) => {
          const sent = http.request(`${url}/invocations`, { method: 'POST', agent }, (response) => {
            response.resume().on('end', () => resolve(response.statusCode));
          });
          sent.on('error', reject).on('socket', ({ localPort, connecting }) => {
            if (!connecting) ports.add(localPort);
          });
          sent.end(Buffer.alloc(5_000_000));
        });
        assert.equal(status, 503);
      }
      assert.equal(ports.size, 1);
    });

    it('of time is a ModelError when the limit has passed', async () => {
      const error = await refusal(await start(['timeout=100%'], { limits: { invocation: 0.05 } }));
      assert.ok(error instanceof ModelError);
      assert.deepEqual([error.$metadata.httpStatusCode, error.OriginalStatusCode, asked], [424, 0, 0]);
      assert.match(error.message, /Your invocation timed out while waiting for a response from container primary/);
    });

    it('of time is forgotten when its client leaves', async () => {
      const { url } = await start(['timeout=100%'], { limits: { invocation: 3600 } });
      const sent = http.request(`${url}/invocations`, { method: 'POST', agent: false });
      const failed = new Promise((resolve) => sent.on('error', resolve));
      sent.end('x', () => sent.destroy());
      await failed; // a timer that is left would keep the process
    });

    it('of the connection has it reset', async () => {
      const { url } = await start(['reset=100%']);
      await assert.rejects(request(`${url}/invocations`, { body: 'x' }), { code: 'ECONNRESET' });
      assert.equal(asked, 0);
    });

    it('of latency is answered all the same, or is late', async () => {
      const { url } = await start(['latency=p50:1ms,p90:2s'], { random: drawing(0, 0.1, 0, 0.99), limits: { invocation: 0.5 } });
      assert.equal((await request(`${url}/invocations`, { body: 'x' })).body, 'ok');
      const { status, body } = await request(`${url}/invocations`, { body: 'x' });
      assert.equal(status, 424);
      assert.match(body, /timed out/);
      assert.equal(asked, 1);
    });

    it('of an instance that is killed may be lost; afterwards the endpoint answers again', async () => {
      const { client, engine, endpoints } = await start(['kill-instance-every=2requests'], { instances: 2 });
      const invoke = () => client.send(new InvokeEndpointCommand({ EndpointName: 'demo', Body: 'x' }));
      await invoke();
      await invoke().catch((error: unknown) => assert.ok(error instanceof ModelError, String(error)));
      assert.equal(engine.history.filter(({ received }) => received.includes('SIGKILL')).length, 1);
      assert.equal(endpoints[0]?.status, 'InService');
      await invoke();
    });
  });
}
