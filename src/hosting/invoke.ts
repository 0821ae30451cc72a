import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Limits } from '../contract/limits.ts';
import {
  bodyTooLarge,
  checkEndpointName,
  checkInvokeHeaders,
  type EndpointPlace,
  inferenceComponentNotAllowed,
  internalFailure,
  noSuchEndpoint,
  type RuntimeError,
  serviceUnavailable,
  targetContainerNotSupported,
  targetModelNotSupported,
  unknownVariant,
  validationError,
} from '../contract/runtime-errors.ts';
import { passHeaders, platformUserAgent, servingHostname, servingPort } from '../contract/serving.ts';
import { isServing } from '../contract/status.ts';
import { reasonOf } from '../errors.ts';
import { requestIdHeader, send, sendError } from './answer.ts';
import type { InvocationOver } from './container-reply.ts';
import type { Choice, Invocable } from './endpoint.ts';
import { type Operation, operations } from './operations.ts';
import { ping } from './ping.ts';
import { BodyStream, bodyLength, gatherBody, gatherLimit } from './request-body.ts';

export interface InvocationOptions {
  /** Those there are now. */
  readonly endpoints: () => readonly Invocable[];
  readonly region: string;
  readonly account: string;
  readonly limits: Limits;
  /** On `/invocations`, hand the container's answer through as it is. */
  readonly isRaw?: boolean;
  readonly onOver?: (endpoint: string, over: InvocationOver) => void;
}

/** Answers a request if it is its own to answer, and says whether it was. */
export type InvocationHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * The runtime API's InvokeEndpoint, also as a stream, and the paths of a container itself for whoever works with one endpoint: `/invocations`
 * is `/endpoints/<the only endpoint>/invocations`, `/ping` asks an instance in rotation. Mounted in the app, and ahead of it.
 */
export function invocationHandler(options: InvocationOptions): InvocationHandler {
  return (request, response) => {
    const route = routeOf(request);
    if (route === undefined) return false;
    const handled = route.kind === 'ping' ? answerPing(options, response) : invoke(options, route, request, response);
    handled.catch((error) => sendError(response, randomUUID(), internalFailure(reasonOf(error))));
    return true;
  };
}

type Route = { readonly kind: 'ping' } | Invocation;
interface Invocation {
  readonly kind: 'invoke';
  readonly operation: Operation;
  readonly endpoint: string | undefined;
}

/** By hand: on this path a router would cost more than the rest. */
function routeOf({ method, url = '' }: IncomingMessage): Route | undefined {
  const query = url.indexOf('?');
  const path = query < 0 ? url : url.slice(0, query);
  if (method === 'GET') return path === '/ping' ? { kind: 'ping' } : undefined;
  if (method !== 'POST') return undefined;
  const operation = operations.find((candidate) => path.endsWith(candidate.path));
  if (operation === undefined) return undefined;
  if (path.length === operation.path.length) return { kind: 'invoke', operation, endpoint: undefined };
  if (!path.startsWith(before)) return undefined;
  const name = path.slice(before.length, -operation.path.length);
  return name === '' || name.includes('/') ? undefined : { kind: 'invoke', operation, endpoint: decoded(name) };
}

const before = '/endpoints/';

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // not a name, which the check of names will say
  }
}

async function answerPing({ endpoints, limits }: InvocationOptions, response: ServerResponse): Promise<void> {
  const slot = endpoints()
    .map((endpoint) => endpoint.choose(undefined))
    .find(isSlot);
  const answer = slot && (await ping(slot.upstream.address, limits.ping));
  send(response, answer?.status ?? 503, [requestIdHeader, randomUUID()], Buffer.alloc(0));
}

async function invoke(
  options: InvocationOptions,
  invocation: Invocation,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const requestId = randomUUID();
  const target = targetOf(options, invocation, request);
  if ('status' in target) return sendError(response, requestId, target);
  const { limits } = options;
  const { operation, endpoint } = invocation;
  const { slot, place } = target;
  const length = bodyLength(request);
  const body = await bodyOf(request, length, limits.payload);
  if (body === undefined && length !== 0) return; // the client left
  const context = {
    requestId,
    place,
    variant: slot.variant,
    container: slot.container,
    payload: limits.payload,
    body,
    onOver: (over: InvocationOver) => options.onOver?.(place.endpoint, over),
  };
  const reply = operation.reply(response, context, endpoint === undefined && (options.isRaw ?? false));
  const headers = ['Host', host, 'User-Agent', platformUserAgent, ...passHeaders(request.rawHeaders, operation.headersIn)];
  if (body instanceof BodyStream && length !== undefined) headers.push('Content-Length', String(length));
  const limit = limits[operation.limit];
  const firstByte = operation.firstByte && limits[operation.firstByte];
  reply.follow(slot.upstream.call({ method: 'POST', path: '/invocations', headers, body, limit, firstByte }, reply));
}

const host = `${servingHostname}:${servingPort}`;

type Slot = Extract<Choice, { kind: 'slot' }>;
const isSlot = (choice: Choice): choice is Slot => choice.kind === 'slot';

/** Where the request goes, or the first thing wrong with it, in the order of contract runtime-api §6.5. */
function targetOf(
  options: InvocationOptions,
  { operation, endpoint: name }: Invocation,
  request: IncomingMessage,
): { readonly slot: Slot; readonly place: EndpointPlace } | RuntimeError {
  const { region, account, limits } = options;
  const { headers } = request;
  const malformed = checkInvokeHeaders(headers, operation.name) ?? (name === undefined ? undefined : checkEndpointName(name));
  if (malformed) return malformed;
  if ((bodyLength(request) ?? 0) > limits.payload) return bodyTooLarge(limits.payload);
  const endpoints = options.endpoints();
  if (name === undefined && endpoints.length !== 1) return notOne(endpoints, operation);
  const endpoint = name === undefined ? endpoints[0] : endpoints.find((candidate) => candidate.name === name);
  const place = { endpoint: endpoint?.name ?? name ?? '', region, account };
  if (!endpoint || !isServing(endpoint.status)) return noSuchEndpoint(place);
  if (operation.name === 'InvokeEndpoint' && headers['x-amzn-sagemaker-target-model'] !== undefined) return targetModelNotSupported(place);
  if (headers['x-amzn-sagemaker-target-container-hostname'] !== undefined) return targetContainerNotSupported(place);
  if (headers['x-amzn-sagemaker-inference-component'] !== undefined) return inferenceComponentNotAllowed();
  const variant = headers['x-amzn-sagemaker-target-variant'];
  const choice = endpoint.choose(typeof variant === 'string' ? variant : undefined);
  if (choice.kind === 'unknown-variant') return unknownVariant(place, String(variant));
  return choice.kind === 'slot' ? { slot: choice, place } : serviceUnavailable(place);
}

const notOne = (endpoints: readonly Invocable[], { path }: Operation): RuntimeError =>
  validationError(
    endpoints.length === 0
      ? 'There is no endpoint to invoke.'
      : `There are ${endpoints.length} endpoints. Name one of them: /endpoints/<name>${path} with ${endpoints.map(({ name }) => name).join(', ')}.`,
  );

function bodyOf(request: IncomingMessage, length: number | undefined, limit: number): Promise<Buffer | undefined> | BodyStream | undefined {
  if (length === 0) return undefined;
  return length !== undefined && length <= gatherLimit ? gatherBody(request) : new BodyStream(request, limit);
}
