import assert from 'node:assert/strict';
import { begun, cannedEngine } from '../support/canned-engine.ts';
import { failure } from '../support/failure.ts';

describe('the events of an engine', () => {
  const event = { Type: 'container', Action: 'die', Actor: { ID: 'c1', Attributes: { name: 'n', l: '1' } } };

  it('come one by one, also when a line arrives in pieces', async () => {
    const line = `${JSON.stringify(event)}\n`;
    await using canned = await cannedEngine({
      'GET /events': begun(`${line}${line.slice(0, 20)}`, (response) => setImmediate(() => response.write(line.slice(20)))),
    });
    const abort = new AbortController();
    const seen: string[] = [];
    for await (const { id, action, labels } of canned.engine.events({ l: '1' }, abort.signal)) {
      seen.push(`${id} ${action} ${labels.l}`);
      if (seen.length === 2) abort.abort();
    }
    assert.deepEqual(seen, ['c1 die 1', 'c1 die 1']);
    assert.match(decodeURIComponent(canned.requests[0] ?? ''), /"type":\["container"\],"label":\["l=1"\]/);
  });

  it('are over when the signal aborts, before and while one waits for them', async () => {
    await using canned = await cannedEngine({ 'GET /events': begun('') });
    const collect = async (signal: AbortSignal): Promise<unknown[]> => {
      const seen: unknown[] = [];
      for await (const one of canned.engine.events({}, signal)) seen.push(one);
      return seen;
    };
    assert.deepEqual(await collect(AbortSignal.abort()), []);
    const abort = new AbortController();
    const collecting = collect(abort.signal);
    abort.abort();
    assert.deepEqual(await collecting, []);
  });

  it('fail when the engine goes away', async () => {
    await using canned = await cannedEngine({ 'GET /events': begun('', (response) => setImmediate(() => response.destroy())) });
    const first = canned.engine.events({}, new AbortController().signal)[Symbol.asyncIterator]().next();
    await assert.rejects(first, failure('EngineUnreachable', /engine\.sock/));
  });
});
