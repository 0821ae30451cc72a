import type { IncomingMessage } from 'node:http';
import type { Limits } from '../contract/limits.ts';
import {
  bodyTooLarge,
  checkInvocation,
  type EndpointPlace,
  inferenceComponentNotAllowed,
  noSuchEndpoint,
  type RuntimeError,
  serviceUnavailable,
  targetContainerNotSupported,
  targetModelNotSupported,
  unknownVariant,
  validationError,
} from '../contract/runtime-errors.ts';
import { isServing } from '../contract/status.ts';
import { type Operation, operations } from './operations.ts';
import { bodyLength } from './request-body.ts';
import type { Choice, Invocable, Slot } from './routing.ts';

/** What a request is for, if it is for an endpoint at all. */
export type Route = { readonly kind: 'ping' } | Invocation;

export interface Invocation {
  readonly kind: 'invoke';
  readonly operation: Operation;
  /** Undefined for the only one there is. */
  readonly name: string | undefined;
}

/** By hand: on this path a router would cost more than the rest. */
export function routeOf({ method, url = '' }: IncomingMessage): Route | undefined {
  const path = pathOf(url);
  if (method === 'GET') return path === '/ping' ? { kind: 'ping' } : undefined;
  if (method !== 'POST') return undefined;
  const operation = operations.find((candidate) => path.endsWith(candidate.path));
  if (operation === undefined) return undefined;
  if (path.length === operation.path.length) return { kind: 'invoke', operation, name: undefined };
  if (!path.startsWith(before)) return undefined;
  const name = path.slice(before.length, -operation.path.length);
  return name === '' || name.includes('/') ? undefined : { kind: 'invoke', operation, name: decoded(name) };
}

/** A proxy's client names the whole address. Source: RFC 9112 §3.2.2. */
function pathOf(url: string): string {
  const from = url.startsWith('/') ? 0 : url.indexOf('/', url.indexOf('://') + 3);
  const query = url.indexOf('?');
  return from <= 0 && query < 0 ? url : url.slice(Math.max(from, 0), query < 0 ? undefined : query);
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

/** What is asked, and in whose name. */
export interface Targets {
  /** Those there are now. */
  readonly endpoints: () => readonly Invocable[];
  readonly region: string;
  readonly account: string;
  readonly limits: Limits;
}

export interface Target {
  readonly endpoint: Invocable;
  readonly slot: Slot;
  readonly place: EndpointPlace;
}

export const isSlot = (choice: Choice): choice is Slot => choice.kind === 'slot';

/** Where the request goes, or the first thing wrong with it, in the order of contract runtime-api §6.5. */
export function targetOf(options: Targets, { operation, name }: Invocation, request: IncomingMessage): Target | RuntimeError {
  const { region, account, limits } = options;
  const { headers } = request;
  const malformed = checkInvocation(name, headers, operation.name);
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
