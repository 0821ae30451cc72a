// Rows about `sm-local up`: how soon it is there, and how long SageMaker's control plane takes to answer, in an empty home and in one of 1 000
// jobs. The images named do not exist anywhere, so that no container is started.

import { setTimeout as sleep } from 'node:timers/promises';
import { operation, sagemaker } from './aws.mjs';
import { answer } from './containers.mjs';
import { plantJobs } from './jobs.mjs';
import { absolute, alternately, valuesOf, whole } from './measure.mjs';
import { client, plainServer, processTime, temporaryHome, upProcess, using } from './processes.mjs';

/** `bench`: `{ rounds, report }`. */
export const controlRows = (bench) => [
  { id: 'up', run: () => forBoth((home, where) => start(bench, home, where)) },
  { id: 'create', run: () => served((at) => creates(bench, at)) },
  { id: 'read', run: () => served((at) => reads(bench, at)) },
];

async function start({ rounds, report }, home, where) {
  const found = await alternately(
    rounds,
    () => startTimes(home),
    () => processTime(['-e', '0']),
  );
  const of = (name) => found.map(({ our, their }) => ({ our: our[name], their }));
  const title = `sm-local up to its ready line, ${where}`;
  report.row({ id: 'up', title, bar: 1000, figure: absolute, of: ' ms' }, of('ready'));
  report.row({ id: 'up', title: 'the same / node -e 0', bar: 6 }, of('ready'));
  report.row({ id: 'up', title: 'to the first 200 of /_sm-local/health / node -e 0', bar: 8 }, of('healthy'));
}

async function startTimes(home) {
  const startedAt = performance.now();
  return await using(await upProcess(home), async ({ url }) => {
    const ready = performance.now() - startedAt;
    const status = await answer(`${url}/_sm-local/health`);
    if (status !== 200) throw new Error(`the first request was answered with ${status}`);
    return { ready, healthy: performance.now() - startedAt };
  });
}

const creations = {
  CreateTrainingJob: {
    TrainingJobName: 'created-#',
    AlgorithmSpecification: { TrainingImage: '127.0.0.1:9/none:latest', TrainingInputMode: 'File' },
    RoleArn: 'arn:aws:iam::000000000000:role/sm-local',
    OutputDataConfig: { S3OutputPath: 's3://bench/output' },
    ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 30 },
    StoppingCondition: { MaxRuntimeInSeconds: 3600 },
  },
  CreateModel: {
    ModelName: 'model-#',
    PrimaryContainer: { Image: '127.0.0.1:9/none:latest' },
    ExecutionRoleArn: 'arn:aws:iam::000000000000:role/sm-local',
  },
  CreateEndpointConfig: {
    EndpointConfigName: 'config-#',
    ProductionVariants: [{ VariantName: 'AllTraffic', ModelName: 'bench', InstanceType: 'ml.m5.large', InitialInstanceCount: 1 }],
  },
  CreateEndpoint: { EndpointName: 'endpoint-#', EndpointConfigName: 'bench' },
};

/** So many of each a round: each tries to pull its image. */
const many = 10;

async function creates({ rounds, report }, { load, url, plain, where }) {
  await sagemaker(url, 'CreateModel', { ...creations.CreateModel, ModelName: 'bench' });
  await sagemaker(url, 'CreateEndpointConfig', { ...creations.CreateEndpointConfig, EndpointConfigName: 'bench' });
  for (const [name, input] of Object.entries(creations)) {
    const asked = { ...operation(name, input), connections: 1, count: many };
    let first = 0;
    const found = await alternately(
      Math.min(rounds, 5),
      async () => {
        const answers = await load({ url: `${url}/`, first, ...asked });
        first += many;
        await untilIdle(url);
        return answers;
      },
      () => load({ url: `${plain}/`, ...asked }),
    );
    const row = { id: 'create', figure: absolute, of: ' ms' };
    report.row({ ...row, title: `${name}, median, ${where}`, bar: 20 }, valuesOf(found, 'p50'));
    report.row({ ...row, title: `${name}, the slowest of ${many}` }, valuesOf(found, 'p99'));
    report.row({ id: 'create', title: `${name}, median / a file written through` }, valuesOf(found, 'p50'));
  }
}

/** When nothing goes on in the background any more. */
async function untilIdle(url) {
  for (;;) {
    const { TrainingJobSummaries } = await sagemaker(url, 'ListTrainingJobs', { StatusEquals: 'InProgress' });
    const { Endpoints } = await sagemaker(url, 'ListEndpoints', { StatusEquals: 'Creating' });
    if (TrainingJobSummaries.length + Endpoints.length === 0) return;
    await sleep(20);
  }
}

async function reads({ rounds, report }, { load, url, plain, where }) {
  await sagemaker(url, 'CreateTrainingJob', { ...creations.CreateTrainingJob, TrainingJobName: 'bench' });
  await untilIdle(url);
  await sleep(2000); // a record that was written a moment ago is not remembered yet
  const bars = { DescribeTrainingJob: [{ TrainingJobName: 'bench' }, 20], ListTrainingJobs: [{ MaxResults: 100 }, 50] };
  for (const [name, [input, bar]] of Object.entries(bars)) {
    const asked = { connections: 1, count: 50 };
    const found = await alternately(
      rounds,
      () => load({ url: `${url}/`, ...operation(name, input), ...asked }),
      () => load({ url: `${plain}/`, ...operation('Read', input), ...asked }),
    );
    const row = { id: 'read', figure: absolute, of: ' ms' };
    report.row({ ...row, title: `${name}, median, ${where}`, bar }, valuesOf(found, 'p50'));
    report.row({ ...row, title: `${name}, p99` }, valuesOf(found, 'p99'));
    report.row({ id: 'read', title: `${name}, median / an empty handler` }, valuesOf(found, 'p50'));
  }
}

/** `sm-local up` and the plain server, and a client. */
const served = (measure) =>
  forBoth((home, where) =>
    using(client('./load.mjs'), async ({ ask }) =>
      using(await plainServer(), async (plain) =>
        using(await upProcess(home), ({ url }) => measure({ load: (job) => ask(job).then(whole), url, plain: plain.url, where })),
      ),
    ),
  );

async function forBoth(measure) {
  for (const [count, where] of [
    [0, 'empty home'],
    [1000, '1 000 jobs'],
  ]) {
    await using(await temporaryHome(), async ({ path }) => {
      await plantJobs(path, count);
      await measure(path, where);
    });
  }
}
