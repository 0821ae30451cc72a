import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Emulator, openEmulator } from '../emulator.ts';
import { type Served, type ServeSpec, serve } from '../endpoints/serve.ts';
import { fail } from '../errors.ts';
import { givenFrom } from '../options/given.ts';
import { serveOptions } from '../options/serve-options.ts';
import { servingSpec } from '../options/serving-spec.ts';
import { valuesOf } from '../options/values.ts';
import { repliesEngine } from '../replies/engine.ts';
import type { Replies } from '../replies/reply.ts';
import { Scope } from '../scope.ts';
import { EventFeed } from './event-feed.ts';
import type { ServeGiven } from './given-options.ts';
import { ReceivedRequests } from './received.ts';
import { ServedEndpoint } from './serve.ts';
import { inOwnWords, whenAborted } from './session.ts';

/** Those of `serve` that mean something without a container; `name` is `replies` by default. */
export interface WithRepliesOptions extends Pick<ServeGiven, 'name' | 'port' | 'limit' | 'fault' | 'capture'> {
  /** A relative path of `capture` starts here; the current directory of the process by default. */
  readonly cwd?: string;
  /** Ends it at any moment; a promise that is still waited for rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** An endpoint that answers with canned replies. */
export class RepliesEndpoint extends ServedEndpoint {
  /** What came to it, with canned replies or without. */
  readonly received: ReceivedRequests;

  constructor(received: ReceivedRequests, ...parts: ConstructorParameters<typeof ServedEndpoint>) {
    super(...parts);
    this.received = received;
  }
}

/**
 * An endpoint without a container and without a container engine, for tests of programs that invoke one. Limits, headers, errors, streams and
 * data capture are those of any endpoint. Whatever environment it runs in, it is the same. Errors: WrongUsage, PortTaken, InvalidRequest,
 * DiskTrouble; the reason of the signal.
 *
 * ```ts
 * await using endpoint = await withReplies({ body: { predictions: [0.9] } });
 * const client = new SageMakerRuntimeClient(endpoint.clientConfig);
 * ```
 */
export async function withReplies(replies: Replies, options: WithRepliesOptions = {}): Promise<RepliesEndpoint> {
  const { signal } = options;
  signal?.throwIfAborted();
  const received = new ReceivedRequests();
  const engine = repliesEngine(replies, { onRequest: (request) => received.add(request) });
  const feed: Feed = new EventFeed();
  const scope = new Scope();
  try {
    const home = await mkdtemp(join(tmpdir(), 'sm-local-replies-'));
    scope.defer(() => rm(home, { recursive: true, force: true }));
    scope.use(engine);
    const emulator = scope.use(await openEmulator({ home: join(home, 'home'), engine, credentials: { source: 'none' } }));
    const served = await begin(emulator, await inOwnWords(() => specOf(emulator, options)), feed, signal);
    const endpoint = new RepliesEndpoint(received, emulator, served, feed, scope);
    if (signal) scope.defer(whenAborted(signal, () => endpoint.stop()));
    return endpoint;
  } catch (error) {
    await scope[Symbol.asyncDispose]();
    signal?.throwIfAborted();
    throw error;
  }
}

type Feed = ConstructorParameters<typeof ServedEndpoint>[2];

function specOf(
  emulator: Emulator,
  { cwd = '.', signal: _signal, name = 'replies', port = 0, ...given }: WithRepliesOptions,
): Promise<ServeSpec> {
  const values = valuesOf(serveOptions, givenFrom({ name, port, ...given }, serveOptions), {});
  return servingSpec('canned-replies', values, { env: {}, cwd: resolve(cwd), now: () => new Date() }, emulator);
}

/** InService when it returns. */
async function begin(emulator: Emulator, spec: ServeSpec, feed: Feed, signal = new AbortController().signal): Promise<Served> {
  const observer = {
    event: (event: Parameters<Feed['event']>[0]) => feed.event(event),
    log: (...log: Parameters<Feed['log']>) => feed.log(...log),
  };
  const served = await serve(emulator, spec, observer, { stop: signal, kill: signal });
  const { name = '', status, failure } = served.endpoints[0]?.endpoint ?? {};
  if (status === 'InService' && !signal.aborted) return served;
  await served.stop(AbortSignal.abort());
  signal.throwIfAborted();
  throw failure?.error ?? fail('EndpointFailed', { name, why: failure?.reason ?? `it is ${status}`, lastLines: [] });
}
