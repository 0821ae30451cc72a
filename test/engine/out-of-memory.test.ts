import assert from 'node:assert/strict';
import { connect } from '../../src/engine/docker/client.ts';
import { wasOutOfMemory } from '../../src/engine/docker/out-of-memory.ts';
import { cannedEngine, json, records } from '../support/canned-engine.ts';

const podman = { Components: [{ Name: 'Podman Engine' }] };

/** Whether it was for want of memory, and what the engine was asked. */
async function asked(state: { oomKilled?: boolean; memory?: number; version?: object; actions?: readonly string[] }) {
  const { oomKilled = false, memory = 0, version = podman, actions = [] } = state;
  const State = { OOMKilled: oomKilled, StartedAt: '2026-01-01T00:00:10.5Z', FinishedAt: '2026-01-01T00:00:20.5Z' };
  await using canned = await cannedEngine({
    'GET /containers/c1/json': json(200, { State, HostConfig: { Memory: memory } }),
    'GET /version': json(200, version),
    'GET /events': records(...['init', 'start', ...actions, 'die'].map((Action) => ({ Type: 'container', Action }))),
  });
  const was = await wasOutOfMemory(connect({ host: `unix://${canned.socket}`, rule: 'a test' }), 'c1');
  return { was, requests: canned.requests.map((request) => decodeURIComponent(request)) };
}

describe('a container that was killed', () => {
  it('was out of memory where the engine says so', async () => {
    const { was, requests } = await asked({ oomKilled: true, memory: 2 ** 20, version: {} });
    assert.deepEqual([was, requests], [true, ['GET /containers/c1/json']]);
  });

  it('was not where it had no limit, or where an engine that would know says no', async () => {
    assert.equal((await asked({})).was, false);
    assert.equal((await asked({ memory: 2 ** 20, version: { Components: [{ Name: 'Engine' }] } })).was, false);
  });

  it('was on podman where it had a limit and nobody asked for its end', async () => {
    const { was, requests } = await asked({ memory: 2 ** 20 });
    assert.equal(was, true);
    assert.match(requests.at(-1) ?? '', /"container":\["c1"\]/);
    assert.match(requests.at(-1) ?? '', /since=1767225610\.5&until=1767225622\.55&/);
  });

  for (const action of ['kill', 'stop', 'remove']) {
    it(`was not on podman where its ${action} was asked for`, async () => {
      assert.equal((await asked({ memory: 2 ** 20, actions: [action] })).was, false);
    });
  }

  it('was not where it is gone', async () => {
    await using canned = await cannedEngine({});
    assert.equal(await wasOutOfMemory(connect({ host: `unix://${canned.socket}`, rule: 'a test' }), 'c1'), false);
  });
});
