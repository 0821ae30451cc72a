import assert from 'node:assert/strict';
import { connect } from '../../src/engine/docker/client.ts';
import { pastEvents } from '../../src/engine/docker/past-events.ts';
import { cannedEngine, json, records } from '../support/canned-engine.ts';

/** What is told of a container, and the times that were asked for. */
async function asked(started: string, finished: string) {
  await using canned = await cannedEngine({
    'GET /containers/c1/json': json(200, { State: { StartedAt: started, FinishedAt: finished } }),
    'GET /events': records({ Action: 'start' }, { Action: 'die' }),
  });
  const told = await pastEvents(connect({ host: `unix://${canned.socket}`, rule: 'a test' }), 'c1');
  const url = new URL(canned.requests.at(-1)?.replace(/^GET /, 'http://engine') ?? '');
  return { told, since: url.searchParams.get('since'), until: url.searchParams.get('until') };
}

describe('what an engine has told of a container', () => {
  it('is asked for from its start to a moment after its end, when a signal may be told of that ended it', async () => {
    assert.deepEqual(await asked('2026-01-01T00:00:10.123456789Z', '2026-01-01T00:00:20.007Z'), {
      told: ['start', 'die'],
      since: '1767225610.123',
      until: '1767225620.057',
    });
  });

  it('is asked for also where its end was written down before its start', async () => {
    const { since, until } = await asked('2026-01-01T00:00:10.431Z', '2026-01-01T00:00:10.429Z');
    assert.deepEqual([since, until], ['1767225610.429', '1767225610.481']);
  });

  it('is not told of signals that end no programs', async () => {
    const signals = [{ signal: '15' }, { signal: '10' }, {}, { signal: '34' }].map((Attributes) => ({
      Action: 'kill',
      Actor: { Attributes },
    }));
    await using canned = await cannedEngine({
      'GET /containers/c1/json': json(200, {
        State: { StartedAt: '2026-01-01T00:00:10Z', FinishedAt: '2026-01-01T00:00:20Z', ExitCode: 0 },
      }),
      'GET /events': records(...signals),
    });
    const told = await pastEvents(connect({ host: `unix://${canned.socket}`, rule: 'a test' }), 'c1');
    assert.deepEqual(told, ['kill', 'kill', 'kill']);
  });

  it('of one that is gone is its removal', async () => {
    await using canned = await cannedEngine({});
    assert.deepEqual(await pastEvents(connect({ host: `unix://${canned.socket}`, rule: 'a test' }), 'c1'), ['remove']);
  });
});
