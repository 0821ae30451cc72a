import assert from 'node:assert/strict';
import type { ContainerEvent } from '../../src/engine/engine.ts';
import { testContainers, uniqueName } from '../support/containers.ts';
import { testLabels } from '../support/real-engine.ts';

describe('an engine', function () {
  this.timeout(60_000);
  const { engine, base, start } = testContainers();

  it('describes itself', async () => {
    const description = await engine.describe();
    assert.match(description.version, /^\d+\./);
    assert.match(description.apiVersion, /^\d+\.\d+$/);
    assert.equal(description.os, 'linux');
    assert.equal(description.architecture, base().architecture);
    assert.ok(description.cpus >= 1 && description.memory > 2 ** 28);
    for (const text of [description.name, description.id, description.operatingSystem, description.storageDriver]) assert.ok(text);
  });

  describe('has events that', () => {
    it('tell what happens to containers with a label, from the moment of asking, until the signal', async () => {
      const label = { 'sm-local.name': uniqueName() };
      const abort = new AbortController();
      const events = engine.events(label, abort.signal);
      const seen: ContainerEvent[] = [];
      const watching = (async () => {
        for await (const event of events) {
          seen.push(event);
          if (event.action === 'destroy') abort.abort();
        }
      })();
      const other = await start('true');
      await other.exited;
      const container = await start('exit 3', { labels: label });
      await container.exited;
      await container.remove();
      await watching;
      const actions = seen.map(({ action }) => action);
      for (const action of ['create', 'start', 'die', 'destroy']) assert.ok(actions.includes(action), `${action} among ${actions}`);
      assert.ok(seen.every(({ id, labels }) => id === container.id && labels['sm-local.name'] === label['sm-local.name']));
    });

    it('are over at once when the signal aborts', async () => {
      const abort = new AbortController();
      const next = engine.events(testLabels, abort.signal)[Symbol.asyncIterator]().next();
      abort.abort();
      assert.equal((await next).done, true);
    });
  });
});
