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
import type { CapturedCall } from './capture/call.ts';
import { type AnsweredFault, type Faults, faultAnswer, held } from './faults.ts';
import { type Operation, operations } from './operations.ts';
import { ping } from './ping.ts';
import type { InvocationOver } from './reply.ts';
import { BodyStream, bodyLength, gatherBody, gatherLimit } from './request-body.ts';
import type { Choice, Invocable, Slot } from './routing.ts';
import { mirror } from './shadow.ts';

export interface InvocationOptions {
  /** Those there are now. */
  readonly endpoints: () => readonly Invocable[];
  readonly region: string;
  readonly account: string;
  readonly limits: Limits;
  /** On `/invocations`, hand the container's answer through as it is. */
  readonly isRaw?: boolean;
  /** Told of each request to an endpoint, however it went; also of copies that went to a shadow variant. */
  readonly onOver?: (over: InvocationOver) => void;
  /** Faults on demand. */
  readonly faults?: Pick<Faults, 'before'> | undefined;
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
  /** Undefined for the only one there is. */
  readonly name: string | undefined;
}

/** By hand: on this path a router would cost more than the rest. */
function routeOf({ method, url = '' }: IncomingMessage): Route | undefined {
  const query = url.indexOf('?');
  const path = query < 0 ? url : url.slice(0, query);
  if (method === 'GET') return path === '/ping' ? { kind: 'ping' } : undefined;
  if (method !== 'POST') return undefined;
  const operation = operations.find((candidate) => path.endsWith(candidate.path));
  if (operation === undefined) return undefined;
  if (path.length === operation.path.length) return { kind: 'invoke', operation, name: undefined };
  if (!path.startsWith(before)) return undefined;
  const name = path.slice(before.length, -operation.path.length);
  return name === '' || name.includes('/') ? undefined : { kind: 'invoke', operation, name: decoded(name) };
}

const before = '/endpoints/';

function decoded(segment: string): string {
  if (!segment.includes('%')) return segment;
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
  const { operation, name } = invocation;
  const arrivedAt = performance.now();
  const requestId = randomUUID();
  const path = request.url ?? '';
  const target = targetOf(options, invocation, request);
  if ('status' in target) return refuse(options, { requestId, path, endpoint: name ?? '', arrivedAt }, target, response);
  const { limits } = options;
  const { endpoint, slot, place } = target;
  const fault = options.faults?.before();
  if (fault && fault.kind !== 'ask') return await meet(options, fault, target, { requestId, path, arrivedAt }, response);
  slot.upstream.hold(); // from here on its container is not taken away, however long the body takes
  const delay = fault?.delay ?? 0;
  if (delay > 0 && !(await held(response, delay))) return slot.upstream.release(); // the client left
  const length = bodyLength(request);
  const isGathered = length !== undefined && length <= gatherLimit;
  // A stream is not waited for: whoever is to see all of it must look on from the beginning.
  const body = isGathered ? await bodyOf(request, length) : new BodyStream(request, limits.payload);
  if (body === undefined && length !== 0) return slot.upstream.release(); // the client left
  const captured = slot.capture?.begin(slot.variant, request.headers);
  if (captured) captureBody(captured, body);
  const headers = ['Host', host, 'User-Agent', platformUserAgent, ...passHeaders(request.rawHeaders, operation.headersIn)];
  if (body instanceof BodyStream && length !== undefined) headers.push('Content-Length', String(length));
  const context = {
    requestId,
    place,
    variant: slot.variant,
    instance: slot.upstream.instance,
    path,
    arrivedAt,
    container: slot.container,
    payload: limits.payload,
    isRaw: name === undefined && (options.isRaw ?? false),
    body,
    breaksStream: fault?.breaksStream ?? false,
    captured,
    onOver: options.onOver ?? ignored,
  };
  const reply = operation.reply(response, context);
  const firstByte = operation.firstByte && limits[operation.firstByte];
  // Nothing was sent, so that another instance of the variant, if there is one that is not in doubt, may be asked instead.
  const onRefused = (): boolean => {
    const other = endpoint.choose(slot.variant);
    if (other.kind !== 'slot' || other.upstream.isSuspect) return false;
    other.upstream.hold();
    send(other);
    return true;
  };
  const call = {
    method: 'POST',
    path: '/invocations',
    headers,
    body,
    limit: limits[operation.limit] - delay,
    firstByte: firstByte === undefined ? undefined : firstByte - delay,
    onRefused,
  } as const;
  const shadow = endpoint.shadow?.();
  if (shadow) mirror(shadow, call, context);
  const send = ({ upstream }: Slot): void => {
    context.instance = upstream.instance;
    reply.follow(upstream.call(call, reply));
  };
  send(slot);
}

const ignored = (): void => {};

const host = `${servingHostname}:${servingPort}`;

/** Answers without having asked a container. */
function refuse(
  { onOver }: InvocationOptions,
  { requestId, path, endpoint, arrivedAt }: Pick<InvocationOver, 'requestId' | 'path' | 'endpoint'> & { readonly arrivedAt: number },
  error: RuntimeError,
  response: ServerResponse,
): void {
  sendError(response, requestId, error);
  const nobody = { variant: '', instance: '', status: 0, sent: 0, received: 0, modelLatency: 0 };
  onOver?.({ ...nobody, endpoint, requestId, path, answered: error.status, trouble: error.type, took: performance.now() - arrivedAt });
}

/** A fault in place of the container. */
async function meet(
  options: InvocationOptions,
  fault: AnsweredFault,
  { slot, place }: Target,
  came: { readonly requestId: string; readonly path: string; readonly arrivedAt: number },
  response: ServerResponse,
): Promise<void> {
  const { variant, container } = slot;
  const error = await faultAnswer(fault, { place, variant, container }, options.limits.invocation, response);
  if (error) refuse(options, { ...came, endpoint: place.endpoint }, error, response);
}

const isSlot = (choice: Choice): choice is Slot => choice.kind === 'slot';

interface Target {
  readonly endpoint: Invocable;
  readonly slot: Slot;
  readonly place: EndpointPlace;
}

/** Where the request goes, or the first thing wrong with it, in the order of contract runtime-api §6.5. */
function targetOf(options: InvocationOptions, { operation, name }: Invocation, request: IncomingMessage): Target | RuntimeError {
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
  return choice.kind === 'slot' ? { endpoint, slot: choice, place } : serviceUnavailable(place);
}

const notOne = (endpoints: readonly Invocable[], { path }: Operation): RuntimeError =>
  validationError(
    endpoints.length === 0
      ? 'There is no endpoint to invoke.'
      : `There are ${endpoints.length} endpoints. Name one of them: /endpoints/<name>${path} with ${endpoints.map(({ name }) => name).join(', ')}.`,
  );

const bodyOf = (request: IncomingMessage, length: number): Promise<Buffer | undefined> | undefined =>
  length === 0 ? undefined : gatherBody(request);

function captureBody(captured: CapturedCall, body: Buffer | BodyStream | undefined): void {
  if (body instanceof BodyStream) body.tap = (chunk) => captured.input(chunk);
  else if (body) captured.input(body);
}
