import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { type AppOptions, createApp } from '../../src/api/app.ts';
import { startServer } from '../../src/api/server.ts';
import { parseFaults } from '../../src/contract/faults.ts';
import { type LimitOverrides, limitsOf } from '../../src/contract/limits.ts';
import { Endpoint, type EndpointOptions } from '../../src/hosting/endpoint.ts';
import { Faults } from '../../src/hosting/faults.ts';
import type { VariantPlan } from '../../src/hosting/fleet.ts';
import type { EndpointPlan } from '../../src/hosting/generation.ts';
import { invocationHandler } from '../../src/hosting/invoke.ts';
import { Monitor } from '../../src/hosting/monitor.ts';
import { planVariant } from '../../src/hosting/plan.ts';
import type { InvocationRecorder } from '../../src/hosting/record-sent.ts';
import type { InvocationOver } from '../../src/hosting/reply.ts';
import type { Scope } from '../../src/scope.ts';
import { FakeEngine, type Program } from '../support/fake-engine.ts';
import { endpointOptions } from './endpoint-options.ts';

/** The two ways a request reaches the handler: every test of invocations goes through both. */
export const doors = ['fast path', 'app'] as const;

export interface Hosted {
  readonly url: string;
  /** The unmodified AWS client. */
  readonly client: SageMakerRuntimeClient;
  readonly engine: FakeEngine;
  readonly endpoints: readonly Endpoint[];
  /** What the handler reported, one entry an invocation. */
  readonly overs: readonly InvocationOver[];
  readonly monitor: Monitor;
}

export interface Hosting {
  readonly limits?: LimitOverrides;
  readonly isRaw?: boolean;
  readonly names?: readonly string[];
  /** Default 1. */
  readonly instances?: number;
  /** Faults on demand, as of `--fault`. */
  readonly faults?: readonly string[];
  /** Decides of faults. */
  readonly random?: () => number;
  /** Told of what goes to containers. */
  readonly recorder?: InvocationRecorder;
  /** What their plans are besides the one variant, or instead of it. */
  readonly plan?: (variant: VariantPlan) => Partial<EndpointPlan>;
  /** What their options are besides. */
  readonly options?: Partial<EndpointOptions>;
  /** Do not wait until the endpoints are in service. */
  readonly isEarly?: boolean;
}

/** Endpoints of one image behind a door of their own; `scope` takes all of it down. */
export async function host(
  scope: Scope,
  door: (typeof doors)[number],
  image: Program,
  {
    limits = {},
    isRaw = false,
    names = ['demo'],
    instances = 1,
    plan,
    options = {},
    isEarly = false,
    faults: wanted = [],
    random,
    recorder,
  }: Hosting = {},
): Promise<Hosted> {
  const engine = scope.use(new FakeEngine({ images: { model: image } }));
  const account = { region: 'us-east-1', account: '123456789012' };
  const endpoints = names.map((name) => {
    const parts = { image: 'model', environment: {}, region: account.region, isNetworkIsolated: false, mounts: [], labels: {} };
    const variant = planVariant({ ...parts, instanceCount: instances, limits: limitsOf('serving', limits) });
    let started = 0;
    return new Endpoint(engine, name, async () => ({ configName: name, variants: [variant], ...plan?.(variant) }), {
      ...endpointOptions,
      ...options,
      newInstanceId: () => {
        started += 1;
        return `i-${started}`;
      },
    });
  });
  for (const endpoint of endpoints) scope.defer(() => endpoint.stop(AbortSignal.abort()));
  if (!isEarly) await Promise.all(endpoints.map(({ launched }) => launched));
  const overs: InvocationOver[] = [];
  const monitor = new Monitor({
    variants: () => endpoints.flatMap(({ running }) => running),
    inRotation: (name, variant) => endpoints.find((endpoint) => endpoint.name === name)?.serving(variant) ?? 0,
  });
  const faults = new Faults(parseFaults(wanted), {
    limit: limitsOf('serving', limits).invocation,
    serving: () => endpoints.flatMap(({ running }) => running.flatMap(({ inRotation }) => inRotation)),
    ...(random && { random }),
  });
  scope.defer(() => faults[Symbol.dispose]());
  const invocations = invocationHandler({
    ...account,
    endpoints: () => endpoints,
    limits: limitsOf('serving', limits),
    isRaw,
    recorder,
    onOver: (over) => {
      overs.push(over);
      monitor.add(over);
    },
    ...(wanted.length > 0 && { faults }),
  });
  const url = await open(scope, door, { invocations, endpoints: () => endpoints, metrics: () => monitor.prometheus() });
  const client = new SageMakerRuntimeClient({
    endpoint: url,
    region: account.region,
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    maxAttempts: 1,
  });
  scope.defer(() => client.destroy());
  return { url, client, engine, endpoints, overs, monitor };
}

async function open(scope: Scope, door: (typeof doors)[number], options: AppOptions): Promise<string> {
  if (door === 'fast path') return scope.use(await startServer({ port: 0, ...options })).url;
  const server = http.createServer(createApp(options));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  scope.defer(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
}

/** A server that pings well and otherwise does what it likes with the connection; told once a connection, with the first bytes. */
export const rawly =
  (behave: (socket: net.Socket, first: Buffer) => void): Program =>
  async (world) => {
    const terminated = once(world.terminated, 'abort');
    const server = net.createServer((socket) =>
      socket.once('data', (first) => {
        if (first.toString().startsWith('GET /ping ')) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
        else behave(socket, first);
      }),
    );
    await world.listen(server);
    await terminated;
    return 0;
  };

/** One request on a connection of its own. */
export async function request(
  url: string,
  { method = 'POST', headers = {}, body }: { method?: string; headers?: http.OutgoingHttpHeaders; body?: string | Buffer } = {},
): Promise<{ status: number; headers: http.IncomingHttpHeaders; body: string }> {
  const sent = http.request(url, { method, headers, agent: false });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [http.IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() };
}
