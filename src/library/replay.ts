import { resolve } from 'node:path';
import { type ComparedAnswer, type CompareOptions, compareAnswers, type Difference } from '../compare-answers.ts';
import { fail, isError, reasonOf } from '../errors.ts';
import { refuseUnknown } from '../options/given.ts';
import type { InvokeOptions } from './invocation.ts';
import { type RecordedCall, readRecording } from './recording.ts';
import { type DifferentCall, type FailedCall, type ReplayedCall, ReplayReport } from './replay-report.ts';

/** What can be asked: a `ServedEndpoint`, or whatever wraps another client. */
export interface ReplayTarget {
  invoke(body: Uint8Array, options: InvokeOptions): Promise<{ readonly contentType?: string | undefined; readonly body: Uint8Array }>;
}

export interface ReplayOptions extends CompareOptions {
  /** A file of data capture, or a directory with such files at any depth: what `serve` wrote with `capture`, or SageMaker. */
  readonly from: string;
  /** Relative paths start here; the current directory of the process by default. */
  readonly cwd?: string;
  /** The address of a server: of endpoints, as `http://127.0.0.1:8080`, or of a container itself. Or what can be asked. */
  readonly to: string | ReplayTarget;
  /** Which endpoint is asked; the only one, or the first, by default. */
  readonly endpoint?: string;
  /** Compares two answers otherwise than by their content type. */
  readonly compare?: (expected: ComparedAnswer, actual: ComparedAnswer) => readonly Difference[];
  /** Calls at a time; 1 by default, in the order of the recording. */
  readonly concurrency?: number;
  /** Calls at most, the first ones; all by default. */
  readonly limit?: number;
  /** Ends it; its reason is thrown. */
  readonly signal?: AbortSignal;
}

/**
 * Makes the calls of a recording again, and compares the answers with those that were recorded. The content type, custom attributes and the
 * inference id are sent as they were; what a client accepted is not recorded, so the content type of the recorded answer is asked for.
 *
 * ```ts
 * const report = await replay({ from: './capture', to: endpoint, tolerance: 1e-6 });
 * report.assertSame();
 * ```
 *
 * Errors: InputNotFound, InputUnreadable, RecordingInvalid, EndpointUnreachable, WrongUsage; the reason of the signal.
 */
export async function replay(options: ReplayOptions): Promise<ReplayReport> {
  refuseUnknown(options, replayOptions);
  const { from, cwd = '.', to, concurrency = 1, limit = Number.POSITIVE_INFINITY } = options;
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > mostAtOnce || !(limit >= 0))
    throw fail('WrongUsage', {
      message: `concurrency is no whole number from 1 to ${mostAtOnce}, or limit less than 0.`,
      remedy: 'Give whole numbers, or leave them out.',
    });
  if (typeof to === 'object') return await replayAt(to, readRecording(resolve(cwd, from)), options);
  const origin = originOf(to);
  const { Invoker } = await import('./invocation.ts'); // with an HTTP client that others do without
  await using invoker = new Invoker(origin);
  const target: ReplayTarget = { invoke: (body, { endpoint, ...rest }) => invoker.invoke(endpoint, body, rest) };
  return await replayAt(target, readRecording(resolve(cwd, from)), options);
}

const replayOptions = [
  'from',
  'cwd',
  'to',
  'endpoint',
  'compare',
  'concurrency',
  'limit',
  'signal',
  'tolerance',
  'ignore',
] satisfies (keyof ReplayOptions)[];

/** Calls under way. */
const mostAtOnce = 1000;

function originOf(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url && /^https?:$/.test(url.protocol) && url.pathname === '/') return url.origin;
  const remedy = 'Give http://HOST:PORT and nothing behind it; the name of an endpoint is the option endpoint.';
  throw fail('WrongUsage', { message: `${JSON.stringify(address)} is no address of a server.`, remedy });
}

async function replayAt(target: ReplayTarget, calls: AsyncGenerator<RecordedCall, void>, options: ReplayOptions): Promise<ReplayReport> {
  const { concurrency = 1, limit = Number.POSITIVE_INFINITY, signal } = options;
  const counts = { total: 0, same: 0, uncompared: 0, skipped: 0 };
  const different: DifferentCall[] = [];
  const failed: FailedCall[] = [];
  const over = new AbortController();
  const worker = async (): Promise<void> => {
    while (counts.total < limit && !over.signal.aborted) {
      const { value: call } = await calls.next();
      signal?.throwIfAborted();
      if (!call || counts.total >= limit) return;
      if (!call.input) {
        counts.skipped += 1;
        continue;
      }
      const made = madeOf(call, counts.total);
      counts.total += 1;
      const outcome = await outcomeOf(target, call, made, options, counts.same + counts.uncompared + different.length > 0);
      if (outcome === 'same' || outcome === 'uncompared') counts[outcome] += 1;
      else if ('error' in outcome) failed.push(outcome);
      else different.push(outcome);
    }
  };
  try {
    const stopping = (): Promise<void> =>
      worker().catch((error) => {
        over.abort(); // the others make no more calls
        throw error;
      });
    await allSettled(Array.from({ length: concurrency }, stopping));
  } finally {
    await calls.return();
  }
  const inOrder = (one: ReplayedCall, other: ReplayedCall): number => one.index - other.index;
  return new ReplayReport(counts, different.sort(inOrder), failed.sort(inOrder));
}

/** All have come to rest when it throws what the first of them did. */
async function allSettled(work: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(work);
  await Promise.all(work);
}

const madeOf = ({ file, line, input, output }: RecordedCall, index: number): ReplayedCall => ({
  ...{ index, file, line },
  request: { contentType: input?.contentType, body: input?.data ?? Buffer.alloc(0) },
  expected: output && { contentType: output.contentType, body: output.data },
});

async function outcomeOf(
  target: ReplayTarget,
  recorded: RecordedCall,
  call: ReplayedCall,
  options: ReplayOptions,
  hasAnswered: boolean,
): Promise<'same' | 'uncompared' | DifferentCall | FailedCall> {
  const answered = await answerOf(target, recorded, options, hasAnswered);
  if (answered instanceof Error) return { ...call, error: answered };
  if (!call.expected) return 'uncompared';
  const { compare = compareAnswers } = options;
  const differences = compare(call.expected, answered, options);
  return differences.length === 0 ? 'same' : { ...call, actual: answered, differences };
}

/** An error is an answer too, unless nobody could ever be asked. Errors: EndpointUnreachable, WrongUsage; the reason of the signal. */
async function answerOf(
  target: ReplayTarget,
  { input, output, inferenceId, customAttributes }: RecordedCall,
  { endpoint, signal }: ReplayOptions,
  hasAnswered: boolean,
): Promise<ComparedAnswer | Error> {
  try {
    const { contentType, body } = await target.invoke(input?.data ?? Buffer.alloc(0), {
      ...(endpoint !== undefined && { endpoint }),
      ...(input && { contentType: input.contentType }),
      ...(output && { accept: (output.contentType.split(';', 1)[0] ?? '').trim() }),
      ...(inferenceId !== undefined && { inferenceId }),
      ...(customAttributes !== undefined && { customAttributes }),
      ...(signal && { signal }),
    });
    return { contentType, body: Buffer.from(body) };
  } catch (error) {
    signal?.throwIfAborted();
    // One connection that broke off is an outcome; nobody there from the first call on is not.
    if (isError(error) && !(error.code === 'EndpointUnreachable' && hasAnswered)) throw error;
    return error instanceof Error ? error : new Error(reasonOf(error));
  }
}
