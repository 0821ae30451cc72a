import type { Replies } from '../replies/reply.ts';
import type { WithRepliesOptions } from './options.ts';
import type { ServedEndpoint } from './served-endpoint.ts';

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
