import type { ServerResponse } from 'node:http';
import type { InvokeOperation } from '../contract/constraints-runtime.ts';
import type { LimitName } from '../contract/limits.ts';
import { invocationHeadersIn, streamHeadersIn } from '../contract/serving.ts';
import type { ContainerReply, InvocationContext } from './container-reply.ts';
import { InvocationReply } from './reply.ts';
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
  /** `isRaw`: hands the container's answer through as it is, if it can. */
  readonly reply: (response: ServerResponse, context: InvocationContext, isRaw: boolean) => ContainerReply;
}

export const operations: readonly Operation[] = [
  {
    name: 'InvokeEndpoint',
    path: '/invocations',
    headersIn: invocationHeadersIn,
    limit: 'invocation',
    reply: (response, context, isRaw) => new InvocationReply(response, context, isRaw),
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
