import { types } from 'node:util';
import { isError } from '../errors.ts';
import { requestIdHeader, send } from '../hosting/answer.ts';
import { awsErrorOf, notServedHere } from './aws-error.ts';
import { type FormValue, formMembers } from './form.ts';
import type { JsonOperation } from './json-service.ts';
import { readPlainBody } from './plain-body.ts';
import type { AwsError, Exchange, Service } from './service.ts';
import { type XmlContent, xmlDocument } from './xml.ts';

export interface QueryServiceOptions {
  /** As people know it: `AWS STS`. */
  readonly title: string;
  /** `2011-06-15` */
  readonly version: string;
  readonly namespace: string;
  /** As those of a JSON service, so that one may serve both: lists become `member` elements, Dates ISO 8601. */
  readonly operations: Readonly<Record<string, JsonOperation>>;
  /** Every operation that AWS has. */
  readonly known: readonly string[];
  /**
   * Members whose texts stand for something else, wherever they are, or in one member only: `MetricData.Value`. A time becomes seconds since 1970. A
   * text that is none stays as it is.
   */
  readonly types?: Readonly<Record<string, 'number' | 'boolean' | 'time' | 'list'>>;
  /** Members of answers that are maps, whatever they hold. */
  readonly maps?: readonly string[];
  /** Told of what is a defect of ours. */
  readonly onFailure?: (operation: string, error: unknown) => void;
}

/**
 * A service that speaks AWS's query protocol: `Action`, `Version` and members as a form, in the body or in the address; XML back. Source:
 * Smithy, "AWS query protocol"; contract s3-and-logs §7.
 */
export function queryService(options: QueryServiceOptions): Service {
  return async (exchange) => {
    const read = await readForm(exchange);
    if ('left' in read) return;
    if ('error' in read) return sendError(options, exchange, read.error);
    const { Action: name = '', Version: version, ...members } = read.members;
    const mistake = mistakeOf(options, name, version);
    const operation = typeof name === 'string' && Object.hasOwn(options.operations, name) ? options.operations[name] : undefined;
    if (mistake || typeof name !== 'string' || !operation) return sendError(options, exchange, mistake ?? noAction);
    const left = new AbortController();
    const onClose = (): void => left.abort();
    exchange.response.on('close', onClose);
    try {
      const answer = await operation(typed(members, options.types ?? {}) as never, exchange.caller, left.signal);
      sendAnswer(options, exchange, name, answer);
    } catch (error) {
      if (left.signal.aborted) return;
      if (!isError(error) || error.aws.status >= 500) options.onFailure?.(name, error);
      sendError(options, exchange, awsErrorOf(error));
    } finally {
      exchange.response.off('close', onClose);
    }
  };
}

type Read = { readonly members: Readonly<Record<string, FormValue>> } | { readonly error: AwsError } | { readonly left: true };

async function readForm({ request }: Exchange): Promise<Read> {
  const { method, url = '', headers } = request;
  if (method !== 'POST' && method !== 'GET') return { error: malformed(`Operations are called with POST or GET, not with ${method}.`) };
  const body = await readPlainBody(request);
  if (!('bytes' in body)) return body;
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (body.bytes.length > 0 && type !== undefined && type !== formType)
    return { error: malformed(`Content-Type must be ${formType}, not ${JSON.stringify(type)}.`) };
  const question = url.indexOf('?');
  const inAddress = new URLSearchParams(question < 0 ? '' : url.slice(question + 1));
  const members = formMembers([...inAddress, ...new URLSearchParams(body.bytes.toString())]);
  return members ? { members } : { error: malformed('A member of the request is a text and a structure at once, or lies too deep.') };
}

const formType = 'application/x-www-form-urlencoded';

const malformed = (message: string): AwsError => ({ type: 'MalformedInput', status: 400, message });

const noAction: AwsError = { type: 'MissingAction', status: 400, message: 'The request names no operation: Action is missing.' };

/** 400, since clients try again after a 5xx. The words for unknown operations are those of STS and IAM. */
function mistakeOf(
  { title, version: own, operations, known }: QueryServiceOptions,
  name: FormValue,
  version: FormValue | undefined,
): AwsError | undefined {
  if (typeof name !== 'string' || name === '') return noAction;
  if (version !== own || !(known.includes(name) || Object.hasOwn(operations, name))) {
    const told = typeof version === 'string' && version !== '' ? version : 'NO_VERSION_SPECIFIED';
    return { type: 'InvalidAction', status: 400, message: `Could not find operation ${name} for version ${told}` };
  }
  return Object.hasOwn(operations, name) ? undefined : { type: 'NotImplemented', status: 400, message: notServedHere(title, name) };
}

/** The members with texts turned into what they stand for. An empty text in the place of a list is an empty list, as clients write it. */
function typed(value: FormValue, types: NonNullable<QueryServiceOptions['types']>, name = '', parent = ''): unknown {
  const type = [`${parent}.${name}`, name].flatMap((key) => (Object.hasOwn(types, key) ? (types[key] ?? []) : []))[0];
  if (typeof value === 'string') return type === 'list' ? (value === '' ? [] : value) : converted(value, type);
  if (Array.isArray(value)) return value.map((each: FormValue) => typed(each, types, name, parent));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, typed(inner, types, key, name)]));
}

function converted(text: string, type: 'number' | 'boolean' | 'time' | undefined): unknown {
  if (type === undefined) return text;
  if (type === 'boolean') return text === 'true' || (text === 'false' ? false : text);
  const value = type === 'time' && !/^\d+(\.\d+)?$/.test(text) ? Date.parse(text) / 1000 : Number(text);
  return text.trim() === '' || !Number.isFinite(value) ? text : value;
}

function sendAnswer(options: QueryServiceOptions, exchange: Exchange, name: string, answer: object | undefined): void {
  const content = {
    ...(answer && { [`${name}Result`]: asXml(answer, options.maps ?? []) }),
    ResponseMetadata: { RequestId: exchange.requestId },
  };
  answerWith(exchange, 200, xmlDocument(`${name}Response`, content, options.namespace));
}

function asXml(value: unknown, maps: readonly string[], name = ''): XmlContent {
  if (types.isDate(value)) return value.toISOString();
  if (Array.isArray(value)) return { member: value.map((each) => asXml(each, maps)) };
  if (typeof value !== 'object' || value === null) return value as XmlContent;
  const contents = Object.entries(value).map(([key, content]) => [key, asXml(content, maps, key)] as const);
  return maps.includes(name) ? { entry: contents.map(([key, content]) => ({ key, value: content })) } : Object.fromEntries(contents);
}

function sendError({ namespace }: QueryServiceOptions, exchange: Exchange, { type, status, message }: AwsError): void {
  const content = {
    Error: { Type: status < 500 ? 'Sender' : 'Receiver', Code: type, Message: message },
    RequestId: exchange.requestId,
  };
  answerWith(exchange, status, xmlDocument('ErrorResponse', content, namespace));
}

const answerWith = ({ response, requestId }: Exchange, status: number, body: string): void =>
  send(response, status, [requestIdHeader, requestId, 'Content-Type', 'text/xml'], Buffer.from(body));
