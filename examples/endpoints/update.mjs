// An endpoint that is updated while it serves, with the library. From the top of the project:
//
//   node examples/endpoints/update.mjs <image> <model.tar.gz> <another model.tar.gz>

import { neverStopped, openEmulator, serve } from 'sm-local';

const [image, before, after] = process.argv.slice(2);
const model = (ModelName, ModelDataUrl) => ({ ModelName, PrimaryContainer: { Image: image, ModelDataUrl } });
const config = (EndpointConfigName, ModelName) => ({
  EndpointConfigName,
  ProductionVariants: [{ VariantName: 'AllTraffic', ModelName, InstanceType: 'ml.m5.large', InitialInstanceCount: 2 }],
});

const emulator = await openEmulator({ home: process.env.SM_LOCAL_HOME }); // ~/.sm-local by default
const requests = {
  models: [model('before', before), model('after', after)],
  endpointConfigs: [config('before', 'before'), config('after', 'after')],
  endpoints: [{ EndpointName: 'iris', EndpointConfigName: 'before' }],
};
const observer = {
  event: (event) => {
    if (event.event === 'status' || event.event === 'deployment') console.log(JSON.stringify(event));
  },
  log() {},
};
// Waits of deployments at a hundredth of their length: a minute of baking is 0.6 s.
const setting = { limits: {}, startAttempts: 3, pace: 0.01 };
const served = await serve(emulator, { requests, setting, port: 0, isRaw: false }, observer, neverStopped);

const answers = {};
let isOver = false;
const load = (async () => {
  while (!isOver) {
    const { status } = await fetch(`${served.url}/endpoints/iris/invocations`, {
      method: 'POST',
      headers: { 'Content-Type': 'text/csv' },
      body: '5.1,3.5,1.4,0.2',
    });
    answers[status] = (answers[status] ?? 0) + 1;
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
await emulator[Symbol.asyncDispose]();
