import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fail } from '../../src/errors.ts';
import { serve } from '../../src/index.ts';
import { Scope } from '../../src/scope.ts';
import type { Runtime } from '../../src/testcontainers/runtime.ts';
import { StartedSageMakerEndpointContainer } from '../../src/testcontainers/started-endpoint.ts';
import { failure } from '../support/failure.ts';
import { FakeEngine, serving } from '../support/fake-engine.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('StartedSageMakerEndpointContainer', () => {
  const runtime = {} as Partial<Runtime> as Runtime; // for what runs commands
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

  it('that cannot be stopped says so, leaves no timer, and ends what goes with it', async () => {
    await using root = await temporaryDirectory();
    let isBroken = true;
    await using engine = new FakeEngine({
      images: { serves: serving((_request, response) => response.end()) },
      before: (action) => {
        if (action === 'remove' && isBroken) throw fail('EngineFailed', { action: 'remove the container', message: 'disk full' });
      },
    });
    const before = timers();
    const scope = new Scope();
    let isOver = false;
    scope.defer(() => {
      isOver = true;
    });
    const served = await serve({ engine, home: join(root.path, 'home'), cwd: root.path, credentials: 'environment', image: 'serves' });
    const endpoint = new StartedSageMakerEndpointContainer(served, runtime, [], scope);
    await assert.rejects(endpoint.stop({ timeout: 3_600_000 }), failure('EngineFailed', /disk full/));
    assert.ok(isOver);
    assert.ok(timers() <= before);
    await assert.rejects(fetch(served.url), 'its port is closed');
    isBroken = false;
  });

  it('tells what it does not have with a code', async () => {
    await using root = await temporaryDirectory();
    await using engine = new FakeEngine({ images: { serves: serving((_request, response) => response.end()) } });
    const at = { home: join(root.path, 'home'), cwd: root.path };
    await using served = await serve({ ...at, engine, ephemeral: true, credentials: 'environment', image: 'serves', name: 'mine' });
    const container = { id: 'abc', labels: {}, networks: new Map([['bridge', { id: 'b', address: '172.17.0.2' }]]) };
    const endpoint = new StartedSageMakerEndpointContainer(served, runtime, [container], new Scope());
    assert.throws(() => endpoint.getMappedPort(5432), failure('WrongUsage', /The port 5432 of an endpoint is not published/));
    assert.throws(() => endpoint.getIpAddress('mine'), failure('WrongUsage', /not in the network mine/));
    const empty = new StartedSageMakerEndpointContainer(served, runtime, [], new Scope());
    assert.throws(() => empty.getId(), failure('ResourceNotFound', /container of the endpoint mine/));
  });
});
