import { fail } from '../errors.ts';
import { parseNamed } from './named-values.ts';
import { parseDuration, parseSize } from './quantities.ts';

/** What a container may take and a body may weigh: the cloud's figures, each of which `--limit name=value` replaces. */
export type LimitName = keyof typeof limits;
/** Seconds for durations, bytes for sizes. */
export type Limits = Readonly<Record<LimitName, number>>;
export type LimitOverrides = Readonly<Partial<Limits>>;
export type LimitKind = 'training' | 'serving';

interface Limit {
  readonly unit: 'seconds' | 'bytes';
  readonly cloud: number | Readonly<Record<LimitKind, number>>;
  readonly describe: string;
  readonly source: string;
  /** Where 0 has a meaning: no grace at all. */
  readonly mayBeZero?: boolean;
  /** How long is waited for something; the others say how quick a container has to be, which no clock of ours changes. */
  readonly isPatience?: boolean;
}

const customHosting = '"Custom Inference Code with Hosting Services"';

export const limits = {
  ping: { unit: 'seconds', cloud: 2, describe: 'time for one answer to /ping', source: customHosting },
  'ping-interval': {
    unit: 'seconds',
    cloud: 5,
    describe: 'time between pings of a healthy container',
    source: 'pytorch/serve issue 1028: timestamps in the log of an endpoint',
  },
  startup: {
    isPatience: true,
    unit: 'seconds',
    cloud: 480,
    describe: 'time from the start of a serving container to its first healthy ping',
    source: `${customHosting}; a variant's ContainerStartupHealthCheckTimeoutInSeconds replaces it`,
  },
  download: {
    isPatience: true,
    unit: 'seconds',
    cloud: 3600,
    describe: 'time to fetch and unpack a model',
    source: 'API Reference, ModelDataDownloadTimeoutInSeconds: its greatest value, the default is not published',
  },
  accept: { unit: 'seconds', cloud: 0.25, describe: 'time to accept a connection', source: customHosting },
  invocation: { isPatience: true, unit: 'seconds', cloud: 60, describe: 'time to answer an invocation', source: customHosting },
  stream: {
    isPatience: true,
    unit: 'seconds',
    cloud: 480,
    describe: 'time to answer an invocation that streams, in all',
    source: '"Inference options in Amazon SageMaker AI"',
  },
  'stop-grace': {
    isPatience: true,
    unit: 'seconds',
    cloud: { training: 120, serving: 30 },
    describe: 'time from SIGTERM to SIGKILL',
    source: `API Reference, StopTrainingJob; ${customHosting}`,
    mayBeZero: true,
  },
  run: {
    isPatience: true,
    unit: 'seconds',
    cloud: 86_400,
    describe: 'time a job may run',
    source: 'API Reference, StoppingCondition: "The default value is 1 day"',
  },
  payload: {
    unit: 'bytes',
    cloud: 25 * 1024 ** 2,
    describe: 'size of a request and of a response',
    source: '"Inference options in Amazon SageMaker AI": 25 MB',
  },
  'payload-warn': {
    unit: 'bytes',
    cloud: 6_291_456,
    describe: 'size from which a body earns a warning',
    source: 'API Reference, InvokeEndpoint, Body: the older limit, which still stands there',
  },
} as const satisfies Record<string, Limit>;

export const limitNames = Object.keys(limits) as readonly LimitName[];

/** What stands under `overrides`. */
export interface LimitSurroundings {
  /** What a request asks for, in place of the cloud's figures. */
  readonly asked?: LimitOverrides;
  /** How many times as fast as the cloud's the clock runs that patience is measured by; 1 by default. */
  readonly speed?: number | undefined;
}

/** The limits of a job or an endpoint: the cloud's, with `overrides` in their place. */
export function limitsOf(kind: LimitKind, overrides: LimitOverrides = {}, { asked = {}, speed = 1 }: LimitSurroundings = {}): Limits {
  const ofCloud = (name: LimitName): number => {
    const { cloud, isPatience }: Limit = limits[name];
    return (asked[name] ?? (typeof cloud === 'number' ? cloud : cloud[kind])) / (isPatience ? speed : 1);
  };
  return Object.fromEntries(limitNames.map((name) => [name, overrides[name] ?? ofCloud(name)])) as Record<LimitName, number>;
}

/** `['ping=500ms', 'payload=1MB']` -> `{ ping: 0.5, payload: 1000000 }`. Errors: WrongUsage. */
export const parseLimits = (texts: readonly string[]): LimitOverrides =>
  parseNamed(texts, { what: 'limit', names: limitNames, example: 'ping=500ms' }, parseLimit);

function parseLimit(name: LimitName, value: string): number {
  const limit: Limit = limits[name];
  const field = `the limit ${name}`;
  const quantity = limit.unit === 'bytes' ? parseSize(value, field) : parseDuration(value, field);
  if (quantity === 0 && !limit.mayBeZero) {
    const remedy = 'Give it a value above 0, or leave it out for the value of the cloud.';
    throw fail('WrongUsage', { message: `The limit ${name} cannot be ${value}: nothing could keep it.`, remedy });
  }
  return quantity;
}
