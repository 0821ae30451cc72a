import { resolve } from 'node:path';
import { type Emulator, openEmulator } from '../emulator.ts';
import { type Served, type ServeSpec, serve } from '../endpoints/serve.ts';
import { givenFrom, refuseUnknown } from '../options/given.ts';
import { serveOptions } from '../options/serve-options.ts';
import { servingSpec } from '../options/serving-spec.ts';
import { valuesOf } from '../options/values.ts';
import { repliesEngine } from '../replies/engine.ts';
import type { Replies } from '../replies/reply.ts';
import { Scope } from '../scope.ts';
import { temporaryHome } from '../store/temporary-home.ts';
import { inOwnWords } from './asking.ts';
import { EventFeed } from './event-feed.ts';
import { refuseMisshapen } from './option-shapes.ts';
import type { WithRepliesOptions } from './options.ts';
import { ReceivedRequests } from './received.ts';
import { refuseFailed, ServedEndpoint } from './served-endpoint.ts';
import { whenAborted } from './session.ts';

const replyingOptions = ['name', 'port', 'limit', 'speed', 'fault', 'capture', 'cwd', 'signal'] satisfies (keyof WithRepliesOptions)[];

/** As `withReplies`. */
export async function startReplying(replies: Replies, options: WithRepliesOptions): Promise<ServedEndpoint> {
  refuseMisshapen(options, ['signal', 'cwd']);
  refuseUnknown(options, replyingOptions);
  const { signal } = options;
  signal?.throwIfAborted();
  const received = new ReceivedRequests();
  const engine = repliesEngine(replies, { onRequest: (request) => received.add(request) });
  const feed: Feed = new EventFeed();
  const scope = new Scope();
  try {
    const home = scope.use(await temporaryHome('sm-local-replies-'));
    scope.use(engine);
    const emulator = scope.use(await openEmulator({ home: home.path, engine, credentials: { source: 'none' } }));
    const served = await begin(emulator, await inOwnWords(() => specOf(emulator, options)), feed, signal);
    const endpoint = new ServedEndpoint(received, emulator, served, feed, scope);
    if (signal) scope.defer(whenAborted(signal, () => endpoint.stop()));
    return endpoint;
  } catch (error) {
    await scope[Symbol.asyncDispose]();
    signal?.throwIfAborted();
    throw error;
  }
}

type Feed = ConstructorParameters<typeof ServedEndpoint>[3];

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
  try {
    signal.throwIfAborted();
    await refuseFailed(served);
    return served;
  } catch (error) {
    await served.stop(AbortSignal.abort());
    throw error;
  }
}
