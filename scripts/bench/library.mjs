// Endpoints by the library, in the process of the benchmark.

const observer = { event() {}, log() {} };

/** One endpoint, `bench`, that is InService. */
export async function serveHere({ emulator, home }, image, { instanceCount = 1 } = {}) {
  const { requestsFor, serve } = await import('../../dist/src/endpoints/serve.js');
  const { neverStopped } = await import('../../dist/src/stop.js');
  const own = await emulator();
  const asked = { name: 'bench', cwd: home, environment: {}, image: { kind: 'image', reference: image }, instanceCount };
  const { images, ...requests } = await requestsFor(own, asked);
  const served = await serve(own, { requests, setting: { ...setting, images }, port: 0, isRaw: false }, observer, neverStopped);
  const [{ endpoint }] = served.endpoints;
  if (endpoint.status !== 'InService') throw new Error(`the endpoint is ${endpoint.status}: ${endpoint.failure?.reason}`);
  return {
    url: `${served.url}/endpoints/bench/invocations`,
    containerUrl: `${served.containerUrl}/invocations`,
    end: () => served.stop(),
  };
}

const setting = { limits: { 'stop-grace': 5 }, startAttempts: 1 };

/** As the first, with what updates it: one configuration takes the place of another that is just like it. */
export async function serveUpdatable({ emulator }, image) {
  const { Endpoints } = await import('../../dist/src/endpoints/endpoints.js');
  const { neverStopped } = await import('../../dist/src/stop.js');
  const { startServer } = await import('../../dist/src/api/server.js');
  const { invocationHandler } = await import('../../dist/src/hosting/invoke.js');
  const { limitsOf } = await import('../../dist/src/contract/limits.js');
  const own = await emulator();
  const { region, account } = own;
  let running;
  const endpoints = () => running?.endpoints ?? [];
  const limits = limitsOf('serving', setting.limits);
  const invocations = invocationHandler({ endpoints, region, account, limits });
  const server = await startServer({ invocations, endpoints, metrics: async () => '', port: 0 });
  running = new Endpoints(own, { setting, observer, stops: neverStopped, url: server.url });
  running.createModel({
    ModelName: 'bench',
    PrimaryContainer: { Image: image },
    ExecutionRoleArn: 'arn:aws:iam::000000000000:role/sm-local',
  });
  const names = ['one', 'two'];
  for (const name of names) {
    const variant = { VariantName: 'AllTraffic', ModelName: 'bench', InstanceType: 'ml.m5.large', InitialInstanceCount: 2 };
    running.createEndpointConfig({ EndpointConfigName: name, ProductionVariants: [variant] });
  }
  const { endpoint } = await running.createEndpoint({ EndpointName: 'bench', EndpointConfigName: names[0] });
  const end = async () => {
    await running.stop();
    await server.close();
  };
  if ((await endpoint.launched) !== 'InService') {
    await end();
    throw new Error(`the endpoint is ${endpoint.status}: ${endpoint.failure?.reason}`);
  }
  return {
    url: `${server.url}/endpoints/bench/invocations`,
    async update() {
      await running.updateEndpoint({ EndpointName: 'bench', EndpointConfigName: names.reverse()[0] });
      if (endpoint.failure) throw new Error(`the update failed: ${endpoint.failure.reason}`);
    },
    end,
  };
}
