import type { Replies } from '../replies/reply.ts';
import type { ServeGiven } from './given-options.ts';
import type { ServedEndpoint } from './served-endpoint.ts';

/** Those of `serve` that mean something without a container; `name` is `replies` by default. */
export interface WithRepliesOptions extends Pick<ServeGiven, 'name' | 'port' | 'limit' | 'fault' | 'capture'> {
  /** A relative path of `capture` starts here; the current directory of the process by default. */
  readonly cwd?: string;
  /** Ends it at any moment; a promise that is still waited for rejects with its reason. */
  readonly signal?: AbortSignal;
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
export async function withReplies(replies: Replies, options: WithRepliesOptions = {}): Promise<ServedEndpoint> {
  const { startReplying } = await import('./replying-endpoint.ts'); // loaded by those who use it
  return await startReplying(replies, options);
}
