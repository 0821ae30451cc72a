import { type Field, readFields } from './wire.ts';

/** What BuildKit says of a build at one moment: the parts of it that are new. Times are seconds since 1970. */
export interface Trace {
  readonly vertices: readonly Vertex[];
  readonly statuses: readonly VertexStatus[];
  readonly logs: readonly VertexLog[];
  readonly warnings: readonly VertexWarning[];
}

/** A step of the graph that BuildKit works through, e.g. `[builder 2/5] RUN make`. */
export interface Vertex {
  readonly digest: string;
  readonly name: string;
  readonly isCached: boolean;
  readonly started?: number;
  readonly completed?: number;
  readonly error?: string;
}

/** Something that is going on in a vertex: of a pull, the layer `id`. */
export interface VertexStatus {
  readonly id: string;
  readonly vertex: string;
  /** `resolve`, `downloading`, `extracting`, `done`, … */
  readonly name: string;
  readonly current: number;
  readonly total: number;
  readonly completed?: number;
}

export interface VertexLog {
  readonly vertex: string;
  readonly text: string;
}

export interface VertexWarning {
  readonly text: string;
  readonly url: string;
  /** Of the Dockerfile. */
  readonly line?: number;
}

/**
 * The `aux` of a record `moby.buildkit.trace`. Source: StatusResponse in BuildKit's api/services/control/control.proto. Fields that are not
 * known are left alone, because later engines send more.
 */
export function readTrace(aux: string): Trace {
  const fields = readFields(Buffer.from(aux, 'base64'));
  const messages = (number: number): readonly (readonly Field[])[] =>
    fields.flatMap((field) => (field.number === number && Buffer.isBuffer(field.value) ? [readFields(field.value)] : []));
  return {
    vertices: messages(1).map(vertex),
    statuses: messages(2).map(status),
    logs: messages(3).map((log) => ({ vertex: text(log, 1), text: text(log, 4) })),
    warnings: messages(4).map(warning),
  };
}

function vertex(fields: readonly Field[]): Vertex {
  const [started, completed, error] = [time(fields, 5), time(fields, 6), text(fields, 7)];
  return {
    digest: text(fields, 1),
    name: text(fields, 3),
    isCached: count(fields, 4) === 1,
    ...(started !== undefined && { started }),
    ...(completed !== undefined && { completed }),
    ...(error && { error }),
  };
}

function status(fields: readonly Field[]): VertexStatus {
  const completed = time(fields, 8);
  return {
    id: text(fields, 1),
    vertex: text(fields, 2),
    name: text(fields, 3),
    current: count(fields, 4),
    total: count(fields, 5),
    ...(completed !== undefined && { completed }),
  };
}

function warning(fields: readonly Field[]): VertexWarning {
  const range = bytes(fields, 7);
  const start = range && bytes(readFields(range), 1);
  const line = start ? count(readFields(start), 1) : 0;
  return { text: text(fields, 3), url: text(fields, 5), ...(line > 0 && { line }) };
}

const find = (fields: readonly Field[], number: number): Field['value'] | undefined =>
  fields.findLast((field) => field.number === number)?.value;

function bytes(fields: readonly Field[], number: number): Buffer | undefined {
  const value = find(fields, number);
  return Buffer.isBuffer(value) ? value : undefined;
}

const text = (fields: readonly Field[], number: number): string => bytes(fields, number)?.toString('utf8') ?? '';

function count(fields: readonly Field[], number: number): number {
  const value = find(fields, number);
  return typeof value === 'bigint' ? Number(value) : 0;
}

/** A message Timestamp: seconds and nanoseconds. */
function time(fields: readonly Field[], number: number): number | undefined {
  const stamp = bytes(fields, number);
  if (!stamp) return undefined;
  const parts = readFields(stamp);
  return count(parts, 1) + count(parts, 2) / 1e9;
}
