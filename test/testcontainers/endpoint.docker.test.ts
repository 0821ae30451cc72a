import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { Network, Wait, type WaitStrategy } from 'testcontainers';
import { isError } from '../../src/errors.ts';
import { SageMakerEndpointContainer } from '../../src/testcontainers/index.ts';
import { failure } from '../support/failure.ts';
import { withLeftoverCheck } from '../support/leftovers.ts';
import { baseImage, fixtureImage, fixtureTag, projectRoot, testEngine } from '../support/real-engine.ts';
import { startDatabase, withoutReaper } from '../support/testcontainers.ts';

describe('SageMakerEndpointContainer', function () {
  this.timeout(60_000);
  withLeftoverCheck();
  withoutReaper();
  before(() => Promise.all(['serve-fetches', 'serve-echo', 'serve-exits', 'serve-ping-500'].map(fixtureImage)));

  it('and the other containers of a network find each other by their aliases', async () => {
    await using network = await new Network().start();
    await using db = await startDatabase(network);
    await using endpoint = await new SageMakerEndpointContainer(fixtureTag('serve-fetches'))
      .withNetwork(network)
      .withNetworkAliases('model', 'predictor')
      .start();
    assert.equal((await endpoint.invoke('http://db:5432/rows')).text(), '42\n');
    const asked = await db.exec([
      'python3',
      '-c',
      "import urllib.request as r; print(r.urlopen('http://predictor:8080/').read().decode())",
    ]);
    assert.match(asked.stdout, /a model/);
    assert.deepEqual(endpoint.getNetworkNames().sort(), ['bridge', network.getName()].sort());
    assert.equal(endpoint.getNetworkId(network.getName()), network.getId());
    assert.match(endpoint.getIpAddress(network.getName()), /^\d+\.\d+\.\d+\.\d+$/);
  });

  it('is asked by its own client, by the AWS SDK and by any other, under the limits and the environment it was given', async () => {
    await using endpoint = await new SageMakerEndpointContainer(fixtureTag('serve-echo'))
      .withName('echo')
      .withEnvironment({ COLOUR: 'green' })
      .withLimits({ payload: '2KB' })
      .withLabels({ 'my.label': 'mine' })
      .withExtraHosts([{ host: 'elsewhere', ipAddress: '10.9.8.7' }])
      .withInstanceCount(2)
      .start();
    assert.equal((await endpoint.invoke('hello')).json<{ body: string }>().body, 'hello');
    const client = new SageMakerRuntimeClient(endpoint.clientConfig);
    const answer = await client.send(new InvokeEndpointCommand({ EndpointName: 'echo', Body: 'hello' }));
    client.destroy();
    assert.match(answer.Body.transformToString(), /"body": "hello"/);
    const response = await fetch(`http://${endpoint.getHost()}:${endpoint.getMappedPort(8080)}/invocations`, {
      method: 'POST',
      body: 'hi',
    });
    assert.equal(response.status, 200);
    await assert.rejects(endpoint.invoke('x'.repeat(2049)), { status: 413 });
    const seen = await endpoint.exec(['sh', '-c', 'echo $COLOUR; grep -w elsewhere /etc/hosts; exit 3']);
    assert.match(seen.stdout, /^green\n10\.9\.8\.7\s+elsewhere\n$/);
    assert.equal(seen.exitCode, 3);
    assert.equal(endpoint.getIds().length, 2);
    assert.equal(endpoint.getLabels()['my.label'], 'mine');
    assert.throws(() => endpoint.getMappedPort(5432), /not published/);
  });

  it('streams, and tells what its containers print', async () => {
    const consumed: string[] = [];
    const endpoint = await new SageMakerEndpointContainer(fixtureTag('serve-fetches'))
      .withLogConsumer((stream) => stream.on('data', (line: string) => consumed.push(line)))
      .start();
    const logs = await endpoint.logs();
    await assert.rejects(endpoint.invoke('http://127.0.0.1:1/'), { code: 'ModelError', originalStatusCode: 500 });
    const parts: Buffer[] = [];
    for await (const part of await endpoint.invokeStream('http://127.0.0.1:8080/')) parts.push(part);
    assert.equal(Buffer.concat(parts).toString(), 'a model\n');
    await endpoint.stop({ timeout: 5000 });
    const lines = 'listening\nfetching http://127.0.0.1:1/\nfetching http://127.0.0.1:8080/\n';
    assert.equal(await text(logs), lines);
    assert.equal(consumed.join(''), lines);
  });

  it('waits for what a strategy of testcontainers asks of each container, and gives up with its last lines', async () => {
    const container = (strategy: WaitStrategy) =>
      new SageMakerEndpointContainer(fixtureTag('serve-fetches')).withInstanceCount(2).withWaitStrategy(strategy);
    const good = Wait.forAll([Wait.forLogMessage('listening'), Wait.forHttp('/any', 8080), Wait.forSuccessfulCommand('test -e /proc/1')]);
    await using endpoint = await container(good).start();
    assert.equal(endpoint.getIds().length, 2);
    const never = container(Wait.forLogMessage('never').withStartupTimeout(100));
    await assert.rejects(
      never.start(),
      failure('WaitGivenUp', /is in service, but its wait strategy gave up: [\s\S]*Last lines of its containers:\n {2}\| listening/),
    );
  });

  it('that does not come into service says why, and leaves nothing', async () => {
    const lines: string[] = [];
    const failing = new SageMakerEndpointContainer(fixtureTag('serve-exits')).withLogConsumer((stream) =>
      stream.on('data', (line: string) => lines.push(line)),
    );
    await assert.rejects(
      failing.start(),
      (error: Error) => isError(error, 'EndpointFailed') && /cannot load the model/.test(error.message),
    );
    assert.deepEqual(lines, Array(3).fill('cannot load the model\n'));
  });

  it('is given up with the signal', async () => {
    const never = new SageMakerEndpointContainer(fixtureTag('serve-ping-500'));
    await assert.rejects(never.start(AbortSignal.timeout(1000)), { name: 'TimeoutError' });
  });

  it('refuses a network that is gone before it makes anything', async () => {
    const network = await new Network().start();
    await network.stop();
    const container = new SageMakerEndpointContainer(fixtureTag('serve-echo')).withNetwork(network);
    await assert.rejects(container.start(), (error) => isError(error, 'NetworkNotFound'));
  });

  it('builds an image with what a path alone does not say', async () => {
    const directory = `${projectRoot}/fixtures/images/serve-echo`;
    const container = await SageMakerEndpointContainer.fromDockerfile(directory, 'Dockerfile')
      .withBuildArgs({ BASE_IMAGE: baseImage() })
      .build();
    await using endpoint = await container.start();
    assert.equal((await endpoint.invoke('hello')).json<{ body: string }>().body, 'hello');
    const { image } = endpoint.endpoint.endpoints[0]?.record ?? {};
    assert.match(image ?? '', /^sm-local\/serve-echo-[0-9a-f]{12}:latest$/);
    await endpoint.stop();
    await testEngine().images.remove(image ?? '');
  });

  it('is one of many at once', async () => {
    const start = (name: string) =>
      new SageMakerEndpointContainer(fixtureTag('serve-echo')).withName('same').withEnvironment({ NAME: name }).start();
    const endpoints = await Promise.all(['a', 'b', 'c', 'd'].map(start));
    try {
      const answers = await Promise.all(
        endpoints.map(async (endpoint, index) => (await endpoint.invoke(`${index}`)).json<{ body: string }>().body),
      );
      assert.deepEqual(answers, ['0', '1', '2', '3']);
      const names = await Promise.all(endpoints.map(async (endpoint) => (await endpoint.exec(['sh', '-c', 'echo $NAME'])).stdout));
      assert.deepEqual(names, ['a\n', 'b\n', 'c\n', 'd\n']);
    } finally {
      await Promise.all(endpoints.map((endpoint) => endpoint.stop()));
    }
  });
});
