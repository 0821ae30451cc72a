// The way of an invocation, against the container's port as the engine publishes it. wrk, sm-local and the container have processes of their
// own. The server in the container is written in C: one in Python takes longer for a request than the way to it does, and would hide that.

import { setTimeout as sleep } from 'node:timers/promises';
import { sagemaker, signed } from './aws.mjs';
import { alternately, perSecond, whole } from './measure.mjs';
import { nginx } from './nginx.mjs';
import { client, server, servingProcess, upProcess, using, wrk } from './processes.mjs';

const kilobyte = 1024;

/**
 * Bodies of a kilobyte, on many connections and on one: `{ rate, p99Many, p50, p99 }`, beside the published port; `bareRate` and `bareP50` beside
 * the least that node:http and undici are; `freshRate` of the first second of each. V8 goes on compiling what matters for some fifty thousand requests, so
 * both are warmed up by a time of those.
 */
export const small = (workshop) =>
  throughBoth(workshop, ({ image, through, direct }) =>
    besideBare(workshop, image, 'http', async (bare) => {
      const { loadSeconds: seconds, warmSeconds } = workshop.amounts;
      const onMany = (url, time = seconds) => wrk(url, { size: kilobyte, connections: 16, seconds: time });
      const look = async (url) => {
        await onMany(url); // what a process has not touched for some seconds, the system may have taken away
        const [many, one] = [await onMany(url), await wrk(url, { size: kilobyte, connections: 1, seconds })];
        return { rate: perSecond(many), p99Many: many.p99, p50: one.p50, p99: one.p99 };
      };
      const fresh = { our: perSecond(await onMany(through)), their: perSecond(await onMany(direct)) };
      for (const url of [through, bare.url, direct]) await onMany(url, warmSeconds);
      const found = await alternately(
        { ...roundsOf(workshop), cold: true },
        () => look(through),
        async () => ({ direct: await look(direct), bare: await look(bare.url) }),
      );
      return found.map(({ our, their }) => ({
        our: { ...our, bareRate: our.rate, bareP50: our.p50, freshRate: fresh.our },
        their: { ...their.direct, bareRate: their.bare.rate, bareP50: their.bare.p50, freshRate: fresh.their },
      }));
    }),
  );

/** The least that node:http and undici are in our place, with a container of their own. */
const besideBare = (workshop, image, how, work) =>
  using(workshop.raw.healthy(image, { isPublished: !workshop.isNative }), (own) =>
    using(server('./relay.mjs', [own.url, how]), ({ url, ...bare }) => work({ ...bare, url: `${url}/invocations` })),
  );

/** Bodies of 6 MB both ways, one after the other. */
export const large = (workshop) => bodies(workshop, 6e6, 1);

/** Bodies of 25 MB both ways, four at a time. */
export const largest = (workshop) => bodies(workshop, 25e6, 4);

/**
 * `rate` beside that of the published port, and `bare` beside the least that node:http and undici are in our place; `memory` and `bareMemory`: what
 * both had at most over an idle process, in MB.
 */
const bodies = (workshop, size, connections) =>
  throughBoth(workshop, ({ image, through, direct, served }) =>
    besideBare(workshop, image, 'stream', async (bare) => {
      const idle = { served: served.peakMemory(), bare: bare.peakMemory() };
      const asked = { size, connections, seconds: Math.max(2, workshop.amounts.loadSeconds) };
      const rate = async (url) => perSecond(await wrk(url, asked));
      const found = await alternately(
        roundsOf(workshop),
        () => rate(through),
        async () => ({ direct: await rate(direct), bare: await rate(bare.url) }),
      );
      const [memory, bareMemory] = [served.peakMemory() - idle.served, bare.peakMemory() - idle.bare].map((bytes) => bytes / 1e6);
      return found.map(({ our, their }) => ({
        our: { rate: our, bare: our, memory, bareMemory },
        their: { rate: their.direct, bare: their.bare, memory: 0, bareMemory: 0 },
      }));
    }),
  );

/** Through our Express app, as every other route goes, against the least that Express and undici are. */
export async function throughExpress(workshop) {
  const image = await workshop.image('bench');
  const asked = { size: kilobyte, connections: 16, seconds: workshop.amounts.loadSeconds };
  return await using(server('./own-express.mjs', [workshop.home, image]), (own) =>
    using(workshop.raw.healthy(image, { isPublished: !workshop.isNative }), async (container) =>
      using(server('./bare-express.mjs', [container.url]), (bare) =>
        alternately(
          roundsOf(workshop),
          async () => perSecond(await wrk(`${own.url}/endpoints/bench/invocations`, asked)),
          async () => perSecond(await wrk(`${bare.url}/invocations`, asked)),
        ),
      ),
    ),
  );
}

/** Requests of a kilobyte a second on 16 connections, against nginx in our place. */
export const besideNginx = (workshop) =>
  throughBoth(workshop, ({ image, through }) =>
    using(workshop.raw.healthy(image, { isPublished: !workshop.isNative }), (container) =>
      using(nginx(workshop, container.url), ({ url }) => {
        const asked = { size: kilobyte, connections: 16, seconds: workshop.amounts.loadSeconds };
        return alternately(
          roundsOf(workshop),
          async () => perSecond(await wrk(through, asked)),
          async () => perSecond(await wrk(`${url}/invocations`, asked)),
        );
      }),
    ),
  );

/** What it costs that the one port of `up` has to find out whom a request is for: `{ rate, p50, cpu }`, the last in microseconds a request. */
export async function route(workshop) {
  const headers = signed('sagemaker', 'Content-Type', 'application/octet-stream');
  return await throughBoth(workshop, ({ image, through, served }) =>
    using(client('./load.mjs'), async ({ ask }) =>
      using(upServing(workshop, image), async (up) => {
        const { loadSeconds, warmSeconds } = workshop.amounts;
        const look = async (url, program) => {
          const before = program.cpuTime();
          const many = whole(await ask({ url, headers, size: kilobyte, connections: 16, seconds: loadSeconds }));
          const cpu = ((program.cpuTime() - before) * 1000) / many.requests;
          const { p50 } = whole(await ask({ url, headers, size: kilobyte, connections: 1, seconds: 0.5 }));
          return { rate: perSecond(many), cpu, p50 };
        };
        for (const url of [up.url, through]) await ask({ url, headers, size: kilobyte, connections: 16, seconds: warmSeconds });
        return await alternately(
          { ...roundsOf(workshop), rounds: workshop.rounds.proxy * 2 + 1, cold: true }, // the difference is small, so many short looks at it
          () => look(up.url, up),
          () => look(through, served),
        );
      }),
    ),
  );
}

/** `sm-local up` in a home of its own, with one endpoint that is InService. */
export async function upServing(workshop, image) {
  const home = await workshop.directory();
  const up = await upProcess(home.path);
  const end = async () => {
    await up.end();
    await home.end();
  };
  try {
    const [ExecutionRoleArn, EndpointName] = ['arn:aws:iam::000000000000:role/sm-local', 'bench'];
    await sagemaker(up.url, 'CreateModel', { ModelName: 'bench', PrimaryContainer: { Image: image }, ExecutionRoleArn });
    const variant = { VariantName: 'AllTraffic', ModelName: 'bench', InstanceType: 'ml.m5.large', InitialInstanceCount: 1 };
    await sagemaker(up.url, 'CreateEndpointConfig', { EndpointConfigName: 'bench', ProductionVariants: [variant] });
    await sagemaker(up.url, 'CreateEndpoint', { EndpointName, EndpointConfigName: 'bench' });
    let status = 'Creating';
    for (; status === 'Creating'; await sleep(50))
      ({ EndpointStatus: status } = await sagemaker(up.url, 'DescribeEndpoint', { EndpointName }));
    if (status !== 'InService') throw new Error(`the endpoint is ${status}`);
    return { ...up, url: `${up.url}/endpoints/bench/invocations`, end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** `sm-local serve` in a process of its own, and a container of the same image whose port is published. */
export async function throughBoth(workshop, measure) {
  const image = await workshop.image('bench');
  return await using(workshop.raw.healthy(image, { isPublished: true }), async (container) =>
    using(servingProcess(image, workshop.home), (served) =>
      measure({ image, through: served.url, direct: `${container.url}/invocations`, served }),
    ),
  );
}

const roundsOf = ({ rounds, signal }) => ({ rounds: rounds.proxy, signal });
