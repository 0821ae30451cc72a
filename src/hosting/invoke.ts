import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { internalFailure, type RuntimeError, requestTimedOut } from '../contract/runtime-errors.ts';
import { passHeaders, platformUserAgent, servingHostname, servingPort } from '../contract/serving.ts';
import type { Seconds } from '../engine/engine.ts';
import { reasonOf } from '../errors.ts';
import { requestIdHeader, send, sendError } from './answer.ts';
import type { CapturedCall } from './capture/call.ts';
import { type AnsweredFault, type Faults, faultAnswer, held } from './faults.ts';
import { ping } from './ping.ts';
import { type InvocationRecorder, recordSent } from './record-sent.ts';
import { clientLeft, type InvocationOver } from './reply.ts';
import { BodyStream, bodyLength, gatherBody, gatherLimit } from './request-body.ts';
import type { Slot } from './routing.ts';
import { mirror } from './shadow.ts';
import { type Invocation, isSlot, routeOf, type Target, type Targets, targetOf } from './target.ts';
import type { Call } from './upstream.ts';

export interface InvocationOptions extends Targets {
  /** On `/invocations`, hand the container's answer through as it is. */
  readonly isRaw?: boolean;
  /** Told of each request to an endpoint, however it went; also of copies that went to a shadow variant. */
  readonly onOver?: (over: InvocationOver) => void;
  /** Faults on demand. */
  readonly faults?: Pick<Faults, 'before'> | undefined;
  /** Told of what goes to containers. */
  readonly recorder?: InvocationRecorder | undefined;
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

async function answerPing({ endpoints, limits }: InvocationOptions, response: ServerResponse): Promise<void> {
  const slot = endpoints()
    .map((endpoint) => endpoint.choose(undefined))
    .find(isSlot);
  const answer = slot && (await ping(slot.upstream.address, limits.ping, undefined, slot.upstream.time));
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
  const came = { requestId, path, arrivedAt };
  const target = targetOf(options, invocation, request);
  if ('status' in target) return refuse(options, { ...came, endpoint: name ?? '' }, target, response);
  const { limits } = options;
  const { endpoint, slot, place } = target;
  const fault = options.faults?.before();
  if (fault && fault.kind !== 'ask') return await meet(options, fault, target, came, response);
  slot.upstream.hold(); // from here on its container is not taken away, however long the body takes
  const delay = fault?.delay ?? 0;
  if (delay > 0 && !(await held(response, delay))) return leave(options, target, came, response);
  const length = bodyLength(request);
  const isGathered = length !== undefined && length <= gatherLimit;
  // A stream is not waited for: whoever is to see all of it must look on from the beginning.
  const body = isGathered ? await bodyOf(request, length, limits.invocation) : new BodyStream(request, limits.payload);
  if (body === undefined && length !== 0) return leave(options, target, came, response);
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
    send(other, (performance.now() - sentAt) / 1000);
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
  if (options.recorder) recordSent(options.recorder, call, context);
  const sentAt = performance.now();
  const send = ({ upstream }: Slot, spent: Seconds): void => {
    context.instance = upstream.instance;
    reply.follow(upstream.call(spent === 0 ? call : lessTime(call, spent), reply));
  };
  send(slot, 0);
}

const ignored = (): void => {};

/** All attempts together have the time of one. */
const lessTime = (call: Call, spent: Seconds): Call => ({
  ...call,
  limit: Math.max(0, call.limit - spent),
  firstByte: call.firstByte === undefined ? undefined : Math.max(0, call.firstByte - spent),
});

const host = `${servingHostname}:${servingPort}`;

/** What is known of a request when it comes. */
type Came = Pick<InvocationOver, 'requestId' | 'path'> & { readonly arrivedAt: number };

const nobody = { variant: '', instance: '', status: 0, sent: 0, received: 0, modelLatency: 0 } as const;

/** Answers without having asked a container. */
function refuse(
  { onOver }: InvocationOptions,
  { requestId, path, endpoint, arrivedAt }: Came & Pick<InvocationOver, 'endpoint'>,
  error: RuntimeError,
  response: ServerResponse,
): void {
  sendError(response, requestId, error);
  onOver?.({ ...nobody, endpoint, requestId, path, answered: error.status, trouble: error.type, took: performance.now() - arrivedAt });
}

/** The client has left before its container was asked, or does not send what it announced. */
function leave(options: InvocationOptions, { slot, place }: Target, came: Came, response: ServerResponse): void {
  slot.upstream.release();
  const { endpoint } = place;
  if (response.req.destroyed) {
    const { requestId, path, arrivedAt } = came;
    const met = { endpoint, variant: slot.variant, instance: slot.upstream.instance };
    options.onOver?.({ ...nobody, ...met, requestId, path, answered: 0, trouble: clientLeft, took: performance.now() - arrivedAt });
  } else refuse(options, { ...came, endpoint }, requestTimedOut(options.limits.invocation), response);
}

/** A fault in place of the container. */
async function meet(
  options: InvocationOptions,
  fault: AnsweredFault,
  { slot, place }: Target,
  came: Came,
  response: ServerResponse,
): Promise<void> {
  const { variant, container } = slot;
  const { endpoint } = place;
  const error = await faultAnswer(fault, { place, variant, container }, options.limits.invocation, response);
  if (error) return refuse(options, { ...came, endpoint }, error, response);
  const { requestId, path, arrivedAt } = came;
  const trouble = fault.kind === 'reset' ? 'a fault on demand' : clientLeft;
  options.onOver?.({ ...nobody, endpoint, requestId, path, answered: 0, trouble, took: performance.now() - arrivedAt });
}

const bodyOf = (request: IncomingMessage, length: number, limit: Seconds): Promise<Buffer | undefined> | undefined =>
  length === 0 ? undefined : gatherBody(request, limit);

function captureBody(captured: CapturedCall, body: Buffer | BodyStream | undefined): void {
  if (body instanceof BodyStream) body.tap = (chunk) => captured.input(chunk);
  else if (body) captured.input(body);
}
