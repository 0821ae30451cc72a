// `sm-local up`: how soon it is there, and how long SageMaker's control plane takes to answer, in an empty home and in one of many jobs. The
// images named do not exist anywhere, so that no container is started.

import { setTimeout as sleep } from 'node:timers/promises';
import { operation, sagemaker } from './aws.mjs';
import { plantJobs } from './jobs-of-old.mjs';
import { alternately, whole } from './measure.mjs';
import { client, plainServer, processTime, upProcess, using } from './processes.mjs';
import { statusOf } from './raw-engine.mjs';

/** `{ ready, healthy }`: until its ready line, and until its first answer, in milliseconds. `planted`: how many jobs of old the home has. */
export const start = (planted) => (workshop) =>
  inHome(workshop, planted, (home) =>
    alternately(
      roundsOf(workshop),
      () => startTimes(home),
      async () => {
        const time = await processTime(['-e', '0']);
        return { ready: time, healthy: time };
      },
    ),
  );

async function startTimes(home) {
  const startedAt = performance.now();
  return await using(upProcess(home), async ({ url }) => {
    const ready = performance.now() - startedAt;
    const status = await statusOf(`${url}/_sm-local/health`);
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
const atOnce = 10;

/** Operation -> the median of ten, in milliseconds, and of a file written through; `Operation slowest`: the slowest of them. */
export const creation = (workshop) =>
  inHome(workshop, workshop.amounts.plantedJobs, (home) =>
    served(workshop, home, async ({ load, url, plain }) => {
      await sagemaker(url, 'CreateModel', { ...creations.CreateModel, ModelName: 'bench' });
      await sagemaker(url, 'CreateEndpointConfig', { ...creations.CreateEndpointConfig, EndpointConfigName: 'bench' });
      let first = 0;
      const each = async (look) => {
        const found = {};
        for (const [name, input] of Object.entries(creations)) {
          const { p50, p99 } = await look({ ...operation(name, input), connections: 1, count: atOnce });
          Object.assign(found, { [name]: p50, [`${name} slowest`]: p99 });
        }
        return found;
      };
      return await alternately(
        roundsOf(workshop),
        () =>
          each(async (asked) => {
            const answers = await load({ url: `${url}/`, first, ...asked });
            first += atOnce;
            await untilIdle(url);
            return answers;
          }),
        () => each((asked) => load({ url: `${plain}/`, ...asked })),
      );
    }),
  );

/** When nothing goes on in the background any more. */
async function untilIdle(url) {
  for (;;) {
    const { TrainingJobSummaries } = await sagemaker(url, 'ListTrainingJobs', { StatusEquals: 'InProgress' });
    const { Endpoints } = await sagemaker(url, 'ListEndpoints', { StatusEquals: 'Creating' });
    if (TrainingJobSummaries.length + Endpoints.length === 0) return;
    await sleep(20);
  }
}

const readings = { DescribeTrainingJob: { TrainingJobName: 'planted-0' }, ListTrainingJobs: { MaxResults: 100 } };

/** Operation -> the median of fifty, in milliseconds, and of an empty handler. */
export const reading = (workshop) =>
  inHome(workshop, workshop.amounts.plantedJobs, (home) =>
    served(workshop, home, async ({ load, url, plain }) => {
      const each = async (address, nameOf) => {
        const found = {};
        for (const [name, input] of Object.entries(readings)) {
          const { p50, p99 } = await load({ url: `${address}/`, ...operation(nameOf(name), input), connections: 1, count: 50 });
          Object.assign(found, { [name]: p50, [`${name} slowest`]: p99 });
        }
        return found;
      };
      return await alternately(
        roundsOf(workshop),
        () => each(url, (name) => name),
        () => each(plain, () => 'Read'),
      );
    }),
  );

/** `sm-local up` and the plain server, and a client. */
export const served = (workshop, home, measure) =>
  using(client('./load.mjs'), ({ ask }) =>
    using(plainServer(workshop), (plain) =>
      using(upProcess(home), ({ url }) => measure({ load: (job) => ask(job).then(whole), url, plain: plain.url })),
    ),
  );

export const inHome = (workshop, planted, measure) =>
  using(workshop.directory(), async ({ path }) => {
    await plantJobs(path, planted);
    return await measure(path);
  });

const roundsOf = ({ rounds, signal }) => ({ rounds: rounds.jobs, signal });
