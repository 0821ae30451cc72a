// Endpoints by the library, in the process that calls this.

const observer = { event() {}, log() {} };
const setting = { limits: { 'stop-grace': 5 }, startAttempts: 1 };
const roleArn = 'arn:aws:iam::000000000000:role/sm-local';

/** One endpoint, `bench`, that is InService. */
export async function serveHere({ emulator, path }, image, { instanceCount = 1 } = {}) {
  const { requestsFor, serve } = await import('../../dist/src/endpoints/serve.js');
  const { neverStopped } = await import('../../dist/src/stop.js');
  const own = await emulator();
  const asked = { name: 'bench', cwd: path, environment: {}, image: { kind: 'image', reference: image }, instanceCount };
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

/**
 * SageMaker's operations on endpoints behind one port, with a model `bench` of that image. `app`: everything goes through the Express app.
 */
export async function openEndpoints(own, image, { app = false } = {}) {
  const [{ Endpoints }, { neverStopped }, { startServer, listenAt }, { createApp }, { invocationHandler }, { limitsOf }] =
    await Promise.all([
      import('../../dist/src/endpoints/endpoints.js'),
      import('../../dist/src/stop.js'),
      import('../../dist/src/api/server.js'),
      import('../../dist/src/api/app.js'),
      import('../../dist/src/hosting/invoke.js'),
      import('../../dist/src/contract/limits.js'),
    ]);
  const { region, account } = own;
  let running;
  const endpoints = () => running?.endpoints ?? [];
  const limits = limitsOf('serving', setting.limits);
  const options = { invocations: invocationHandler({ endpoints, region, account, limits }), endpoints, metrics: async () => '' };
  const server = app ? await listenAt(createApp(options), { host: '127.0.0.1', port: 0 }) : await startServer({ ...options, port: 0 });
  running = new Endpoints(own, { setting, observer, stops: neverStopped, url: server.url });
  await running.createModel({ ModelName: 'bench', PrimaryContainer: { Image: image }, ExecutionRoleArn: roleArn });
  return {
    url: server.url,
    operations: running,
    async configure(name, instances = 1) {
      const variant = { VariantName: 'AllTraffic', ModelName: 'bench', InstanceType: 'ml.m5.large', InitialInstanceCount: instances };
      await running.createEndpointConfig({ EndpointConfigName: name, ProductionVariants: [variant] });
    },
    /** Returns when it is InService. */
    async create(name, config) {
      const { endpoint } = await running.createEndpoint({ EndpointName: name, EndpointConfigName: config });
      if ((await endpoint.launched) !== 'InService') throw new Error(`${name} is ${endpoint.status}: ${endpoint.failure?.reason}`);
      return endpoint;
    },
    async end() {
      await running.stop();
      await server.close();
    },
  };
}

/** One endpoint of two instances, with what updates it: one configuration takes the place of another that is just like it. */
export async function serveUpdatable({ emulator }, image) {
  const endpoints = await openEndpoints(await emulator(), image);
  try {
    const names = ['one', 'two'];
    for (const name of names) await endpoints.configure(name, 2);
    const endpoint = await endpoints.create('bench', names[0]);
    return {
      url: `${endpoints.url}/endpoints/bench/invocations`,
      async update() {
        await endpoints.operations.updateEndpoint({ EndpointName: 'bench', EndpointConfigName: names.reverse()[0] });
        if (endpoint.failure) throw new Error(`the update failed: ${endpoint.failure.reason}`);
      },
      end: endpoints.end,
    };
  } catch (error) {
    await endpoints.end();
    throw error;
  }
}
