// An endpoint that is updated while it serves, with the library. From the top of the project:
//
//   node examples/endpoints/update.mjs <image> <model.tar.gz> <another model.tar.gz>

import { serve } from 'sm-local';

const [image, before, after] = process.argv.slice(2);
const model = (ModelName, ModelDataUrl) => ({ ModelName, PrimaryContainer: { Image: image, ModelDataUrl } });
const config = (EndpointConfigName, ModelName) => ({
  EndpointConfigName,
  ProductionVariants: [{ VariantName: 'AllTraffic', ModelName, InstanceType: 'ml.m5.large', InitialInstanceCount: 2 }],
});

// The clock runs a hundred times as fast as the cloud's: a minute of baking is 0.6 s.
const served = await serve({
  speed: 100,
  requests: {
    models: [model('before', before), model('after', after)],
    endpointConfigs: [config('before', 'before'), config('after', 'after')],
    endpoints: [{ EndpointName: 'iris', EndpointConfigName: 'before' }],
  },
});
const told = (async () => {
  for await (const event of served.events()) {
    if (event.event === 'status' || event.event === 'deployment') console.log(JSON.stringify(event));
  }
})();

const answers = {};
let isOver = false;
const load = (async () => {
  while (!isOver) {
    const answer = await served.invoke('5.1,3.5,1.4,0.2', { contentType: 'text/csv' }).then(
      () => 200,
      (error) => error.status,
    );
    answers[answer] = (answers[answer] ?? 0) + 1;
  }
})();
const { over } = await served.operations.updateEndpoint({
  EndpointName: 'iris',
  EndpointConfigName: 'after',
  DeploymentConfig: {
    BlueGreenUpdatePolicy: {
      TrafficRoutingConfiguration: {
        Type: 'CANARY',
        WaitIntervalInSeconds: 60,
        CanarySize: { Type: 'INSTANCE_COUNT', Value: 1 },
      },
    },
  },
});
await over;
isOver = true;
await load;
console.log('answers by status:', answers);
await served.stop();
await told;
