import { types } from 'node:util';
import { isError } from '../errors.ts';
import { requestIdHeader, send } from '../hosting/answer.ts';
import { awsErrorOf, notServedHere } from './aws-error.ts';
import { readPlainBody } from './plain-body.ts';
import type { AwsError, Caller, Exchange, Service } from './service.ts';

/**
 * One operation: takes the request's JSON as it came and returns the answer; Dates become seconds. `undefined` stands for an operation
 * without an answer, `{}` for one whose answer is empty. What it throws from the catalogue is answered as AWS words it.
 */
export type JsonOperation = (input: never, caller: Caller, signal: AbortSignal) => Promise<object | undefined>;

export interface JsonServiceOptions {
  /** As people know it: `Amazon SageMaker`. */
  readonly title: string;
  /** What stands before the dot of `X-Amz-Target`. */
  readonly target: string;
  /** Of `application/x-amz-json-<version>`. */
  readonly version: '1.0' | '1.1';
  readonly operations: Readonly<Record<string, JsonOperation>>;
  /** Every operation that AWS has, to tell those that are not served from misspellings. */
  readonly known: readonly string[];
  /** How a Date stands in an answer; seconds with a fraction by default. */
  readonly time?: (date: Date) => number;
  /**
   * For a service that once spoke the query protocol: the code of an error there -> its type here. Both are told, since clients of that time
   * look for the code.
   */
  readonly queryCodes?: Readonly<Record<string, string>>;
  /** Told of what is a defect of ours. */
  readonly onFailure?: (operation: string, error: unknown) => void;
}

/** A service that speaks AWS JSON: `POST /`, the operation in a header, JSON both ways. Source: contract control-plane §2. */
export function jsonService(options: JsonServiceOptions): Service {
  const { operations, time = inSeconds, onFailure } = options;
  return async (exchange) => {
    const name = operationOf(options, exchange);
    const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
    if (!operation) return sendError(options, exchange, notServed(options, name));
    const mistake = mediaTypeMistake(exchange);
    if (mistake) return sendError(options, exchange, mistake);
    const body = await readPlainBody(exchange.request);
    if ('left' in body) return;
    if ('error' in body) return sendError(options, exchange, body.error);
    const input = parse(body.bytes);
    if ('error' in input) return sendError(options, exchange, input.error);
    const left = new AbortController();
    const { response } = exchange;
    const onClose = (): void => left.abort();
    response.on('close', onClose);
    try {
      const answer = await operation(input.value as never, exchange.caller, left.signal);
      answerWith(options, exchange, 200, answer === undefined ? '' : JSON.stringify(answer, encoder(time)));
    } catch (error) {
      if (left.signal.aborted) return;
      if (!isError(error) || error.aws.status >= 500) onFailure?.(name, error);
      sendError(options, exchange, awsErrorOf(error));
    } finally {
      response.off('close', onClose);
    }
  };
}

const operationOf = ({ target }: JsonServiceOptions, { request }: Exchange): string => {
  const header = String(request.headers['x-amz-target'] ?? '');
  return header.startsWith(`${target}.`) ? header.slice(target.length + 1) : header;
};

/** 400, since clients try again after a 5xx. The types of what does not exist are AWS's; the words are ours. */
function notServed({ title, known }: JsonServiceOptions, name: string): AwsError {
  if (known.includes(name)) return { type: 'NotImplementedException', status: 400, message: notServedHere(title, name) };
  const what = name === '' ? 'The request names no operation: the header X-Amz-Target is missing.' : `${title} has no operation ${name}.`;
  return { type: 'UnknownOperationException', status: 400, message: what };
}

function mediaTypeMistake({ request }: Exchange): AwsError | undefined {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (request.method === 'POST' && (type === undefined || accepted.test(type))) return undefined;
  const message =
    request.method === 'POST'
      ? `Content-Type must be application/x-amz-json-1.1, not ${JSON.stringify(type)}.`
      : `Operations are called with POST, not with ${request.method}.`;
  return { type: 'SerializationException', status: 400, message };
}

const accepted = /^application\/(x-amz-json-1\.[01]|json)$/;

function parse(bytes: Buffer): { readonly value: unknown } | { readonly error: AwsError } {
  if (bytes.length === 0) return { value: {} };
  const refused = (message: string) => ({ error: { type: 'SerializationException', status: 400, message } });
  try {
    const value: unknown = JSON.parse(strictUtf8.decode(bytes));
    if (isDeeperThan(deepest, value)) return refused(`The body of the request is nested more than ${deepest} levels deep.`);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? { value } : refused('The body of the request is JSON, but no object.');
  } catch (error) {
    return refused(`The body of the request is not JSON: ${(error as Error).message}`);
  }
}

/** Levels; no request of AWS's has a third of that. What goes through requests calls itself for each. */
const deepest = 64;

const isDeeperThan = (levels: number, value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 || Object.values(value).some((content) => isDeeperThan(levels - 1, content)));

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/** For JSON.stringify, which has turned a Date into a text before its replacer is asked. */
const encoder = (time: (date: Date) => number) =>
  function replace(this: unknown, key: string, value: unknown): unknown {
    const original = (this as Record<string, unknown>)[key];
    return types.isDate(original) ? time(original) : value;
  };

const inSeconds = (date: Date): number => date.getTime() / 1000;

const sendError = (options: JsonServiceOptions, exchange: Exchange, { type: code, status, message }: AwsError): void => {
  const type = options.queryCodes?.[code] ?? code;
  // Modelled exceptions of SageMaker spell it `Message`, common ones `message`; clients take either, so both are there.
  const body = JSON.stringify({ __type: type, message, Message: message });
  const query = options.queryCodes ? ['x-amzn-query-error', `${code};${status < 500 ? 'Sender' : 'Receiver'}`] : [];
  answerWith(options, exchange, status, body, ['x-amzn-ErrorType', type, ...query]);
};

function answerWith(
  { version }: JsonServiceOptions,
  exchange: Exchange,
  status: number,
  body: string,
  extra: readonly string[] = [],
): void {
  const { response, requestId } = exchange;
  const headers = [requestIdHeader, requestId, 'Content-Type', `application/x-amz-json-${version}`, ...extra];
  send(response, status, headers, Buffer.from(body));
}
