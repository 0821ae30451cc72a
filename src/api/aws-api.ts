import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Account } from '../contract/names.ts';
import { reasonOf } from '../errors.ts';
import { requestIdHeader, send } from '../hosting/answer.ts';
import type { InvocationHandler } from '../hosting/invoke.ts';
import { routeOf as invocationOf } from '../hosting/target.ts';
import { callerOf, isFromContainer, signatureOf } from './caller.ts';
import { type GuardOptions, refusalOf } from './guard.ts';
import { type Route, routeOf, type ServiceName } from './route.ts';
import type { Caller, Exchange, Service } from './service.ts';
import { xmlDocument } from './xml.ts';

export interface AwsApiOptions extends GuardOptions {
  readonly services: Readonly<Record<ServiceName, Service>>;
  /** SageMaker Runtime of one account in one region. */
  readonly invocations: (caller: Caller) => InvocationHandler;
  /** Whom requests without a signature come from. */
  readonly defaults: Account;
  /** Told of defects of ours, and of what nobody here serves. */
  readonly onTrouble: (message: string) => void;
}

/** Answers a request if it is for AWS, and says whether it was: everything but what is below `/_sm-local/`. */
export function awsApi(options: AwsApiOptions): InvocationHandler {
  const { services, invocations, defaults, onTrouble } = options;
  return (request, response) => {
    toOriginForm(request);
    const refusal = refusalOf(request, options);
    if (refusal !== undefined) {
      sendJson(response, randomUUID(), { type: 'AccessDeniedException', status: 403, message: refusal });
      return true;
    }
    if (request.url?.startsWith('/_sm-local/')) return false;
    const signature = signatureOf(request);
    const caller = { ...callerOf(signature, defaults), ...(isFromContainer(request) && { isContainer: true }) };
    // SageMaker and its runtime sign with the same name; a bucket may be called "endpoints".
    const isRuntime = signature?.service === undefined || signature.service === 'sagemaker';
    if (isRuntime && request.headers['x-amz-target'] === undefined && invocationOf(request)) return invocations(caller)(request, response);
    const exchange: Exchange = { request, response, caller, requestId: randomUUID() };
    const route = routeOf(request);
    if (route.kind === 'other') refuse(route, exchange, onTrouble);
    else serve(services[route.service], exchange, (why) => onTrouble(`${route.service}: ${why}`));
    return true;
  };
}

/** What a service throws is a defect; the client hears of it as of trouble of the service. */
function serve(service: Service, exchange: Exchange, onTrouble: (why: string) => void): void {
  service(exchange).catch((error: unknown) => {
    onTrouble(reasonOf(error));
    sendJson(exchange.response, exchange.requestId, { type: 'InternalFailure', status: 500, message: reasonOf(error) });
  });
}

/** 400 rather than 501: clients try again after a 5xx. */
function refuse({ service, isJson }: Route & { kind: 'other' }, exchange: Exchange, onTrouble: (message: string) => void): void {
  const what = service === '' ? 'a service without a name' : service;
  const message = `sm-local does not serve ${what}. Set its own AWS_ENDPOINT_URL_… variable for clients that need the real one.`;
  onTrouble(`A client asked for ${what}, which is not served.`);
  const error = { type: isJson ? 'UnknownOperationException' : 'NotImplementedException', status: 400, message };
  // A form says that its client reads XML.
  if (exchange.request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')) sendXml(exchange, service, error);
  else sendJson(exchange.response, exchange.requestId, error);
}

/** As the query protocol has it; EC2's has a form of its own. */
function sendXml({ response, requestId }: Exchange, service: string, { type, status, message }: Refusal): void {
  const error = { Code: type, Message: message };
  const body =
    service === 'ec2'
      ? xmlDocument('Response', { Errors: { Error: error }, RequestID: requestId })
      : xmlDocument('ErrorResponse', { Error: { Type: 'Sender', ...error }, RequestId: requestId });
  send(response, status, [requestIdHeader, requestId, 'Content-Type', 'text/xml'], Buffer.from(body));
}

/** A proxy's client names the whole address, which then counts in place of the Host header. Source: RFC 9112 §3.2.2. */
function toOriginForm(request: IncomingMessage): void {
  const [, host, rest = '/'] = /^https?:\/\/([^/?#]*)(.*)$/i.exec(request.url ?? '') ?? [];
  if (host === undefined) return;
  request.headers.host = host;
  request.url = rest.startsWith('/') ? rest : `/${rest}`;
}

interface Refusal {
  readonly type: string;
  readonly status: number;
  readonly message: string;
}

function sendJson(response: ServerResponse<IncomingMessage>, requestId: string, { type, status, message }: Refusal): void {
  const headers = [requestIdHeader, requestId, 'x-amzn-ErrorType', type, 'Content-Type', 'application/json'];
  send(response, status, headers, Buffer.from(JSON.stringify({ __type: type, message, Message: message })));
}
