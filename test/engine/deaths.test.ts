import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { StartedContainer } from '../../src/engine/engine.ts';
import { Scope } from '../../src/scope.ts';
import { type CannedEngine, cannedEngine, json } from '../support/canned-engine.ts';
import { eventually } from '../support/containers.ts';

describe('the deaths of containers', () => {
  let scope: Scope;
  let canned: CannedEngine;
  let events: ServerResponse[];
  let waits: Map<string, ServerResponse>;
  beforeEach(async () => {
    scope = new Scope();
    events = [];
    waits = new Map();
    let count = 0;
    const started = Object.fromEntries(
      ['c1', 'c2'].flatMap((id) => [
        [`POST /containers/${id}/start`, json(204, {})],
        [
          `POST /containers/${id}/wait`,
          (_request: unknown, response: ServerResponse) => {
            response.writeHead(200).flushHeaders();
            waits.set(id, response);
          },
        ],
      ]),
    );
    canned = scope.use(
      await cannedEngine({
        ...started,
        'POST /containers/create': (request, response) => {
          count += 1;
          json(201, { Id: `c${count}`, Warnings: [] })(request, response);
        },
        'GET /events': (_request, response) => {
          response.writeHead(200).flushHeaders();
          events.push(response);
        },
      }),
    );
    scope.use(canned.engine);
  });
  afterEach(() => scope[Symbol.asyncDispose]());

  const start = async (): Promise<StartedContainer> => {
    const spec = { image: 'image', command: ['train'], environment: {}, labels: {}, mounts: [], network: 'bridge' } as const;
    return await (await canned.engine.containers.create(spec)).start();
  };
  /** `about`: the exit code of a death, the number of a signal. */
  const tell = (...told: (readonly [Action: string, ID: string, about?: string])[]): void => {
    for (const [Action, ID, about] of told) {
      const Attributes = about === undefined ? {} : { [Action === 'die' ? 'exitCode' : 'signal']: about };
      events.at(-1)?.write(`${JSON.stringify({ Action, Actor: { ID, Attributes } })}\n`);
    }
  };
  const listening = (count: number) => eventually(async () => events.length === count, 'nobody listens');

  it('are heard of in one stream for all, each by whom it concerns, with the signals before it', async () => {
    const [one, other] = [await start(), await start()];
    await listening(1);
    tell(['kill', 'c2'], ['die', 'unknown', '1'], ['die', 'c2', '143'], ['die', 'c1', '0']);
    assert.deepEqual(await one.exited, { code: 0, oomKilled: false });
    assert.deepEqual(await other.exited, { code: 143, oomKilled: false });
    assert.deepEqual([await one.wasSignalled(), await other.wasSignalled()], [false, true]);
    await once(events[0] as ServerResponse, 'close'); // when nobody waits any more
    assert.equal(events.length, 1);
  });

  it('are by signals only when these end programs, or have ended this one', async () => {
    const [one, other] = [await start(), await start()];
    await listening(1);
    tell(['kill', 'c1', '18'], ['kill', 'c1', '10'], ['die', 'c1', '0'], ['kill', 'c2', '10'], ['die', 'c2', '138']);
    assert.deepEqual([(await one.exited).code, (await other.exited).code], [0, 138]);
    assert.deepEqual([await one.wasSignalled(), await other.wasSignalled()], [false, true]);
  });

  it('are listened to anew by who comes later', async () => {
    const one = await start();
    await listening(1);
    tell(['die', 'c1', '0']);
    await one.exited;
    const other = await start();
    await listening(2);
    tell(['die', 'c2', '3']);
    assert.equal((await other.exited).code, 3);
  });

  it('are learnt from the answer to a wait where the events end, or do not say the exit code', async () => {
    const [one, other] = [await start(), await start()];
    await listening(1);
    tell(['die', 'c1', 'none']);
    events[0]?.end();
    for (const [id, StatusCode] of [
      ['c1', 1],
      ['c2', 2],
    ] as const)
      waits.get(id)?.end(JSON.stringify({ StatusCode }));
    assert.deepEqual([(await one.exited).code, (await other.exited).code], [1, 2]);
  });
});
