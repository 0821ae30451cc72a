import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { CreateEndpointConfigInput } from '@aws-sdk/client-sagemaker';
import { captureAll } from '../contract/data-capture.ts';
import { parseFaults } from '../contract/faults.ts';
import { type LimitName, parseLimits } from '../contract/limits.ts';
import { type Emulator, openEmulator } from '../emulator.ts';
import { requestsFor, type Served, serve } from '../endpoints/serve.ts';
import { repliesEngine } from '../replies/engine.ts';
import type { Replies } from '../replies/reply.ts';
import { Scope } from '../scope.ts';
import { ReceivedRequests } from './received.ts';

export interface WithRepliesOptions {
  /** Of the endpoint; `replies` by default. */
  readonly name?: string;
  /** A free one by default. */
  readonly port?: number;
  /** As `--limit`: `{ invocation: '500ms' }`. */
  readonly limit?: Readonly<Partial<Record<LimitName, string | number>>>;
  /** As `--fault`, each a `name=value`: faults that meet requests before their replies do. */
  readonly fault?: readonly string[];
  /** As `--capture`: a directory for SageMaker's data capture of all invocations. */
  readonly capture?: string;
  /** Ends it, at any moment; a promise that is still waited for rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** An endpoint that answers with canned replies. */
export interface RepliesEndpoint extends AsyncDisposable {
  readonly name: string;
  readonly arn: string;
  /** `http://127.0.0.1:PORT`, as a server of AWS's runtime API; `/invocations` means this endpoint. */
  readonly url: string;
  /** What a client of AWS's SDK is made with: `new SageMakerRuntimeClient(endpoint.clientConfig)`. */
  readonly clientConfig: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** What came to it. */
  readonly received: ReceivedRequests;
  /** Ends it at once, and what it had to reply still. Nothing of it stays. */
  stop(): Promise<void>;
}

/**
 * An endpoint without a container and without a container engine, for tests of programs that invoke one. Limits, headers, errors, streams and
 * data capture are those of any endpoint. Errors: WrongUsage, PortTaken, InvalidRequest, DiskTrouble.
 */
export async function withReplies(replies: Replies, options: WithRepliesOptions = {}): Promise<RepliesEndpoint> {
  const { name = 'replies', signal } = options;
  signal?.throwIfAborted();
  const received = new ReceivedRequests();
  const engine = repliesEngine(replies, { onRequest: (request) => received.add(request) });
  const scope = new Scope();
  const stop = (): Promise<void> => scope[Symbol.asyncDispose]();
  try {
    const home = await mkdtemp(join(tmpdir(), 'sm-local-replies-'));
    scope.defer(() => rm(home, { recursive: true, force: true }));
    scope.use(engine);
    const emulator = scope.use(await openEmulator({ home: join(home, 'home'), engine, credentials: { source: 'none' } }));
    const served = await begin(emulator, name, options, scope);
    signal?.throwIfAborted();
    return endpointOf(served, emulator, { name, received, stop: stopOnce(stop, signal) });
  } catch (error) {
    await stop();
    throw error;
  }
}

/** InService when it returns. */
async function begin(emulator: Emulator, name: string, options: WithRepliesOptions, scope: Scope): Promise<Served> {
  const { port = 0, limit = {}, fault = [], capture, signal = new AbortController().signal } = options;
  const limits = parseLimits(Object.entries(limit).map(([limitName, value]) => `${limitName}=${value}`));
  const faults = parseFaults(fault);
  const image = { kind: 'image', reference: 'canned-replies' } as const;
  const { images, ...requests } = await requestsFor(emulator, { image, name, cwd: process.cwd(), environment: {} });
  const spec = {
    requests: capture === undefined ? requests : { ...requests, endpointConfigs: requests.endpointConfigs.map(captured(resolve(capture))) },
    setting: { limits, startAttempts: 1, ...(images && { images }) },
    port,
    isRaw: false,
    ...(fault.length > 0 && { faults }),
  };
  const served = scope.use(await serve(emulator, spec, { event() {}, log() {} }, { stop: signal, kill: signal }));
  const { status, failure } = served.endpoints[0]?.endpoint ?? {};
  signal.throwIfAborted();
  if (status !== 'InService') throw failure?.error ?? new Error(failure?.reason ?? 'The endpoint was stopped.');
  return served;
}

const captured =
  (directory: string) =>
  (config: CreateEndpointConfigInput): CreateEndpointConfigInput => ({ ...config, DataCaptureConfig: captureAll(directory) });

function endpointOf(
  { url, endpoints }: Served,
  { region }: Emulator,
  { name, received, stop }: Pick<RepliesEndpoint, 'name' | 'received' | 'stop'>,
): RepliesEndpoint {
  return {
    name,
    arn: endpoints[0]?.record.arn ?? '',
    url,
    clientConfig: { endpoint: url, region, credentials: { accessKeyId: 'sm-local', secretAccessKey: 'sm-local' } },
    received,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** However often it is asked for, and by the signal too; whoever stops it hears of trouble. */
function stopOnce(stop: () => Promise<void>, signal: AbortSignal | undefined): () => Promise<void> {
  let stopped: Promise<void> | undefined;
  const once = (): Promise<void> => {
    signal?.removeEventListener('abort', aborted);
    stopped ??= stop();
    return stopped;
  };
  const aborted = (): void => void once().catch(() => {});
  signal?.addEventListener('abort', aborted, { once: true });
  return once;
}
