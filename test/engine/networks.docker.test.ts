import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from '../../src/engine/docker/client.ts';
import { findEngine } from '../../src/engine/find.ts';
import { rejectionOf, testContainers, uniqueName } from '../support/containers.ts';
import { testLabels } from '../support/real-engine.ts';

describe('networks of an engine', function () {
  this.timeout(60_000);
  const { engine, startUntilReady, run, network, defer } = testContainers();

  it('let containers find each other by their aliases', async () => {
    const id = await network();
    await startUntilReady('echo hello > /tmp/index.html; echo ready; exec busybox httpd -f -p 8000 -h /tmp', {
      network: id,
      aliases: ['algo-2', 'other'],
    });
    const script = `exec python3 -c "
import time, urllib.request
for attempt in range(100):
  try: print([urllib.request.urlopen(f'http://{name}:8000/').read().decode().strip() for name in ('algo-2', 'other')]); break
  except OSError: time.sleep(0.05)"`;
    assert.equal((await run(script, { network: id, aliases: ['algo-1'] })).stdout, "['hello', 'hello']\n");
  });

  it('are listed by their labels', async () => {
    const label = { ...testLabels, 'sm-local.name': uniqueName() };
    const { id } = await engine.networks.create({ name: uniqueName(), labels: label });
    defer(() => engine.networks.remove(id));
    assert.deepEqual(await engine.networks.list({ 'sm-local.name': label['sm-local.name'] }), [{ id, labels: label }]);
  });

  it('can be internal: without a way out', async () => {
    const id = await network({ internal: true });
    const { Internal } = (await connect(findEngine()).getNetwork(id).inspect()) as { Internal: boolean };
    assert.equal(Internal, true);
  });

  it('can have a subnet and an address of this machine in it, which other networks reach', async () => {
    const spec = { name: uniqueName(), labels: testLabels, subnet: '10.203.254.0/28', gateway: '10.203.254.9' };
    const { id } = await engine.networks.create(spec);
    defer(() => engine.networks.remove(id));
    const server = http.createServer((_request, response) => response.end('hello')).listen(0, spec.gateway);
    defer(() => server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const script = `exec python3 -c "import urllib.request; print(urllib.request.urlopen('http://${spec.gateway}:${port}/').read().decode())"`;
    assert.equal((await run(script)).stdout, 'hello\n');
    assert.equal(await engine.networks.gateway(id), spec.gateway);
  });

  it('tell the address of this machine in them', async () => {
    const route = `exec python3 -c "
for line in open('/proc/net/route').readlines()[1:]:
  _, destination, gateway, *rest = line.split()
  if destination == '00000000': print('.'.join(str(byte) for byte in reversed(bytes.fromhex(gateway))))"`;
    assert.equal((await run(route)).stdout, `${await engine.networks.gateway('bridge')}\n`);
    assert.equal(await engine.networks.gateway(uniqueName()), undefined);
  });

  it('of a name that exists are refused', async () => {
    const spec = { name: uniqueName(), labels: testLabels };
    const { id } = await engine.networks.create(spec);
    defer(() => engine.networks.remove(id));
    assert.match((await rejectionOf('EngineFailed', engine.networks.create(spec))).message, /already exists/);
  });

  it('may be removed twice, but not while a container uses them', async () => {
    const id = await network();
    const container = await startUntilReady('echo ready; exec sleep 1000', { network: id });
    await rejectionOf('EngineFailed', engine.networks.remove(id));
    await container.remove();
    await engine.networks.remove(id);
    await engine.networks.remove(id);
  });
});
