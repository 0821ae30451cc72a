import { fail } from '../errors.ts';
import { parseNamed } from './named-values.ts';
import { parseDuration } from './quantities.ts';
import {
  type EndpointPlace,
  errorFromModel,
  internalFailure,
  modelNotReady,
  type RuntimeError,
  serviceUnavailable,
  throttled,
} from './runtime-errors.ts';

/** Faults on demand, `--fault name=value`: what a client must live with, whenever one wants to see whether it does. All of this is ours. */
export type FaultName = keyof typeof faults;
/** The faults asked for; none of a name means never. */
export type FaultSettings = { readonly [Name in FaultName]?: ReturnType<(typeof faults)[Name]['parse']> };

interface Fault<Value> {
  readonly describe: string;
  readonly parse: (value: string) => Value;
}

export const faults = {
  latency: { describe: 'time a request waits before the container is asked, always the same or spread', parse: parseLatency },
  error: { describe: 'share of requests that the service answers with an error of its own', parse: parseErrors },
  timeout: {
    describe: 'share of requests that the container seems not to answer within the invocation limit',
    parse: (value) => parseShare('timeout', value),
  },
  reset: { describe: "share of requests at which the client's connection is reset", parse: (value) => parseShare('reset', value) },
  'stream-break': {
    describe: 'share of requests whose response stream breaks after its first part',
    parse: (value) => parseShare('stream-break', value),
  },
  'kill-instance-every': { describe: 'how often an instance in rotation is killed: a time, or a number of requests', parse: parseKill },
  seed: { describe: 'makes the faults the same in every run', parse: parseSeed },
} as const satisfies Record<string, Fault<unknown>>;

export const faultNames = Object.keys(faults) as readonly FaultName[];

/** `['error=5%', 'latency=p50:100ms,p99:2s']`. Errors: WrongUsage. */
export function parseFaults(texts: readonly string[]): FaultSettings {
  const parse = (name: FaultName, value: string) => faults[name].parse(value);
  const settings = parseNamed(texts, { what: 'fault', names: faultNames, example: 'error=5%' }, parse) as FaultSettings;
  const all = outcomeShares(settings).reduce((sum, [, share]) => sum + share, 0);
  if (all > 1 + 1e-9) {
    const names = outcomeShares(settings).map(([name]) => name);
    const message = `The faults ${names.join(', ')} together are ${round(all * 100)}% of the requests.`;
    throw fail('WrongUsage', { message, remedy: 'A request meets one of them at most: give them 100% or less in all.' });
  }
  return settings;
}

// --- what befalls one request ---------------------------------------------------------------------

export type FaultOutcome = 'error' | 'timeout' | 'reset' | 'stream-break';

/** Which outcome a request meets, if any; `number` is drawn from 0 to below 1. */
export function outcomeOf(settings: FaultSettings, number: number): FaultOutcome | undefined {
  let end = 0;
  for (const [name, share] of outcomeShares(settings)) {
    end += share;
    if (number < end) return name;
  }
  return undefined;
}

const outcomeShares = (settings: FaultSettings): readonly (readonly [FaultOutcome, number])[] =>
  (
    [
      ['error', settings.error?.share ?? 0],
      ['timeout', settings.timeout ?? 0],
      ['reset', settings.reset ?? 0],
      ['stream-break', settings['stream-break'] ?? 0],
    ] as const
  ).filter(([, share]) => share > 0);

/** A share of all requests, from 0 to 1. */
type Share = number;

function parseShare(name: string, value: string): Share {
  const [, percent] = /^(\d+(?:\.\d+)?)%$/.exec(value) ?? [];
  if (percent === undefined || Number(percent) > 100) {
    const message = `${JSON.stringify(value)} is not a share of the requests (the fault ${name}).`;
    throw fail('WrongUsage', { message, remedy: `Write a percentage from 0% to 100%, for example --fault ${name}=5%.` });
  }
  return Number(percent) / 100;
}

// --- errors ---------------------------------------------------------------------------------------

/** The service's own errors. Clients try again after all but ModelError. Source: contract runtime-api §6.2. */
const errors = {
  ServiceUnavailable: ({ place }) => serviceUnavailable(place),
  ThrottlingException: () => throttled(),
  InternalFailure: () => internalFailure(onDemand),
  ModelError: ({ place, container }) => errorFromModel(place, 500, onDemand, container),
  ModelNotReadyException: ({ variant }) => modelNotReady(variant),
} as const satisfies Record<string, (met: FaultyRequest) => RuntimeError>;

export type FaultError = keyof typeof errors;
export const faultErrors = Object.keys(errors) as readonly FaultError[];

/** Where a request that meets a fault was to go. */
export interface FaultyRequest {
  readonly place: EndpointPlace;
  readonly variant: string;
  /** The container's name in error texts. */
  readonly container: string;
}

const onDemand = 'This is a fault on demand (--fault error).';

export const faultError = (kind: FaultError, met: FaultyRequest): RuntimeError => errors[kind](met);

/** `5%`, or `5%:ThrottlingException`. */
function parseErrors(value: string): { readonly share: Share; readonly kind: FaultError } {
  const colon = value.indexOf(':');
  const share = parseShare('error', colon < 0 ? value : value.slice(0, colon));
  const kind = colon < 0 ? 'ServiceUnavailable' : value.slice(colon + 1);
  if (Object.hasOwn(errors, kind)) return { share, kind: kind as FaultError };
  const message = `${JSON.stringify(kind)} is not an error of the service (the fault error).`;
  throw fail('WrongUsage', { message, remedy: `There are: ${faultErrors.join(', ')}.` });
}

// --- latency --------------------------------------------------------------------------------------

export interface LatencyPoint {
  /** 0 to 100. */
  readonly percentile: number;
  readonly seconds: number;
}

/**
 * Seconds at a quantile from 0 to below 1. Between two given percentiles the logarithm of the time grows evenly with the percentile, as that of
 * real latencies roughly does; none is less than the lowest given, none more than the highest: p50:100ms alone is always 100 ms.
 */
export function latencyAt(points: readonly LatencyPoint[], quantile: number): number {
  const percentile = quantile * 100;
  const next = points.findIndex((point) => point.percentile > percentile);
  const above = points[next] ?? points.at(-1);
  const below = points[next - 1] ?? above;
  if (above === undefined || below === undefined || next < 1) return above?.seconds ?? 0;
  const part = (percentile - below.percentile) / (above.percentile - below.percentile);
  return below.seconds * (above.seconds / below.seconds) ** part;
}

/** `100ms`, `p50:100ms` or `p50:100ms,p99:2s`. */
function parseLatency(value: string): readonly LatencyPoint[] {
  if (!value.startsWith('p')) return [{ percentile: 50, seconds: aboveZero('latency', value, 'the fault latency') }];
  const points = value.split(',').map(parsePoint);
  for (const [index, { percentile, seconds }] of points.entries()) {
    const before = points[index - 1];
    if (before && (percentile <= before.percentile || seconds < before.seconds)) {
      const message = `${value} is not a distribution (the fault latency): p${percentile} comes after p${before.percentile}.`;
      throw fail('WrongUsage', {
        message,
        remedy: 'Let percentiles grow from left to right, and their times with them: p50:100ms,p99:2s.',
      });
    }
  }
  return points;
}

function parsePoint(text: string): LatencyPoint {
  const [, percentile, time] = /^p(\d+(?:\.\d+)?):(.*)$/s.exec(text) ?? [];
  if (percentile !== undefined && time !== undefined && Number(percentile) <= 100) {
    return { percentile: Number(percentile), seconds: aboveZero('latency', time, `p${percentile} of the fault latency`) };
  }
  const message = `${JSON.stringify(text)} is not a percentile with its time (the fault latency).`;
  throw fail('WrongUsage', { message, remedy: 'Write --fault latency=100ms, or percentiles: --fault latency=p50:100ms,p99:2s.' });
}

function aboveZero(name: string, value: string, field: string): number {
  const seconds = parseDuration(value, field);
  if (seconds > 0) return seconds;
  throw fail('WrongUsage', { message: `The fault ${name} cannot be ${value}.`, remedy: 'Give it a time above 0, or leave it out.' });
}

// --- the rest -------------------------------------------------------------------------------------

/** Every so many requests or seconds. */
export type KillEvery = { readonly requests: number } | { readonly seconds: number };

/** `30s` or `100requests`. */
function parseKill(value: string): KillEvery {
  const name = 'kill-instance-every';
  const [, count] = /^(\d+) ?requests?$/.exec(value) ?? [];
  if (count === undefined) return { seconds: aboveZero(name, value, `the fault ${name}, which may also be 100requests`) };
  if (Number(count) > 0) return { requests: Number(count) };
  throw fail('WrongUsage', { message: `The fault ${name} cannot be ${value}.`, remedy: 'Give it one request or more, or leave it out.' });
}

function parseSeed(value: string): number {
  if (/^\d+$/.test(value) && Number(value) < 2 ** 32) return Number(value);
  const message = `${JSON.stringify(value)} is not a seed (the fault seed).`;
  throw fail('WrongUsage', { message, remedy: 'Write a whole number from 0 to 4294967295.' });
}

const round = (number: number): number => Math.round(number * 1000) / 1000;
