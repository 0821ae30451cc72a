import type { ServerResponse } from 'node:http';
import type { InvokeOperation } from '../contract/constraints-runtime.ts';
import type { LimitName } from '../contract/limits.ts';
import { invocationHeadersIn, streamHeadersIn } from '../contract/serving.ts';
import { InvocationReply } from './invocation-reply.ts';
import type { ContainerReply, InvocationContext } from './reply.ts';
import { StreamReply } from './stream-reply.ts';

/** In what the operations that invoke an endpoint differ; the container sees the same request. */
export interface Operation {
  readonly name: InvokeOperation;
  /** Behind `/endpoints/<name>`; alone it means the only endpoint there is. */
  readonly path: string;
  /** Client header -> container header. */
  readonly headersIn: ReadonlyMap<string, string>;
  /** What the whole answer may take, and its head where that is to come sooner. */
  readonly limit: LimitName;
  readonly firstByte?: LimitName;
  /** What the container's answer becomes. */
  readonly reply: (response: ServerResponse, context: InvocationContext) => ContainerReply;
}

export const operations: readonly Operation[] = [
  {
    name: 'InvokeEndpoint',
    path: '/invocations',
    headersIn: invocationHeadersIn,
    limit: 'invocation',
    reply: (response, context) => new InvocationReply(response, context),
  },
  {
    name: 'InvokeEndpointWithResponseStream',
    path: '/invocations-response-stream',
    headersIn: streamHeadersIn,
    limit: 'stream',
    firstByte: 'invocation',
    reply: (response, context) => new StreamReply(response, context),
  },
];
