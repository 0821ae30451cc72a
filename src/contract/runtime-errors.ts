import { clip } from './clip.ts';
import { endpointNameRule, type InvokeOperation, invokeHeaders } from './constraints-runtime.ts';
import { brokenParts, type Rule } from './rules.ts';

/**
 * What the runtime API answers when an invocation fails. Texts are as users report them; those called "ours" stand in where the
 * real wording is not published.
 */
export interface RuntimeError {
  /** For the header `x-amzn-ErrorType`, without which no client knows the error; undefined where the service sends none. */
  readonly type: string | undefined;
  readonly status: number;
  /** JSON, its keys in the service's order. */
  readonly body: string;
}

/** The endpoint an invocation is for. */
export interface EndpointPlace {
  readonly endpoint: string;
  readonly region: string;
  readonly account: string;
}

/** API Reference, ModelError and ValidationError, `Message` and `OriginalMessage`: "Maximum length of 2048". */
const longestMessage = 2048;

// --- the container's fault: ModelError, 424 -------------------------------------------------------

/**
 * The container answered with a status of 400 or more; `body` is its text, undefined when it could not be read to its end.
 * Source: users' reports (sagemaker-tensorflow-serving-container issue 109, opensearch ml-commons; AWS re:Post for the latter).
 */
export function errorFromModel(place: EndpointPlace, status: number, body: string | undefined, container = 'primary'): RuntimeError {
  const isClientError = status < 500;
  const received = `Received ${isClientError ? 'client' : 'server'} error (${status}) from ${container}`;
  const detail = body === undefined ? ' and could not load the entire response body.' : ` with message "${body}".`;
  return modelError(place, {
    code: isClientError ? 'CLIENT_ERROR_FROM_MODEL' : 'INTERNAL_FAILURE_FROM_MODEL',
    message: received + detail,
    original: body ?? '',
    status,
  });
}

/** No answer within the invocation limit. The odd `.".` is the service's own. Its ErrorCode is not published. */
export function modelTimedOut(place: EndpointPlace, container = 'primary'): RuntimeError {
  const original = `Your invocation timed out while waiting for a response from container ${container}. Review the latency metrics for each container in Amazon CloudWatch, resolve the issue, and try again.`;
  return modelError(place, { message: `Received server error (0) from ${container} with message "${original}".`, original, status: 0 });
}

/** Connection refused or reset, or the container died. The text is from 2021; that it stands for refused connections is inferred. */
export function noAnswerFromModel(place: EndpointPlace): RuntimeError {
  const original = `Amazon SageMaker could not get a response from the ${place.endpoint} endpoint. This can occur when CPU or memory utilization is high. To check your utilization, see Amazon CloudWatch. To fix this problem, use an instance type with more CPU capacity or memory.`;
  return modelError(place, { message: `Received server error (0) from model with message "${original}".`, original, status: 0 });
}

interface ModelErrorParts {
  readonly code?: string;
  readonly message: string;
  readonly original: string;
  readonly status: number;
}

/** The order of keys and the ARN without a stream are as reported. */
const modelError = (place: EndpointPlace, { code, message, original, status }: ModelErrorParts): RuntimeError => ({
  type: 'ModelError',
  status: 424,
  body: JSON.stringify({
    ErrorCode: code,
    LogStreamArn: `arn:aws:logs:${place.region}:${place.account}:log-group:${logGroup(place)}`,
    Message: clip(`${message} See ${consoleUrl(place)} in account ${place.account} for more information.`, longestMessage),
    OriginalMessage: clip(original, longestMessage),
    OriginalStatusCode: status,
  }),
});

const logGroup = ({ endpoint }: EndpointPlace): string => `/aws/sagemaker/Endpoints/${endpoint}`;
const consoleUrl = (place: EndpointPlace): string =>
  `https://${place.region}.console.aws.amazon.com/cloudwatch/home?region=${place.region}#logEventViewer:group=${logGroup(place)}`;

// --- the caller's fault: ValidationError, 400 -----------------------------------------------------

export const noSuchEndpoint = ({ endpoint, account }: EndpointPlace): RuntimeError =>
  validationError(`Endpoint ${endpoint} of account ${account} not found.`, 'NO_SUCH_ENDPOINT');

/** Source: amazon-sagemaker-examples issues 1026 and 1216. */
export const targetModelNotSupported = ({ endpoint }: EndpointPlace): RuntimeError =>
  validationError(
    `Endpoint ${endpoint} is not a multi-model endpoint and does not support target model header.`,
    'TARGET_MODEL_HEADER_NOT_SUPPORTED',
  );

/** Source: sagemaker-tensorflow-serving-container issue 166. */
export const targetModelMissing = (requestId: string): RuntimeError =>
  validationError(`Request ${requestId} is missing a target model header.`);

/** Ours. */
export const unknownVariant = ({ endpoint }: EndpointPlace, variant: string): RuntimeError =>
  validationError(`Variant ${variant} not found for endpoint ${endpoint}.`);

/** Ours. */
export const targetContainerNotSupported = ({ endpoint }: EndpointPlace): RuntimeError =>
  validationError(`Endpoint ${endpoint} does not support target container hostname header.`);

/** The beginning is as users quote it; the rest of the sentence was not found. */
export const inferenceComponentNotAllowed = (): RuntimeError =>
  validationError('Inference Component Name header is not allowed for endpoints to which you dont plan to deploy inference components.');

/** Ours. */
export const wrongEndpointKind = ({ endpoint, account }: EndpointPlace, operation: string, isAsync: boolean): RuntimeError =>
  validationError(
    `Endpoint ${endpoint} of account ${account} is ${isAsync ? 'an asynchronous' : 'a real-time'} endpoint and does not support ${operation}.`,
  );

export const validationError = (message: string, code?: string): RuntimeError => ({
  type: 'ValidationError',
  status: 400,
  body: JSON.stringify({ ErrorCode: code, Message: clip(message, longestMessage) }),
});

/**
 * What there is to refuse about an invocation: the endpoint's name, if it is given, and every header within its bounds. Headers are named in
 * lower case, as Node names them. Undefined when all is well.
 */
export function checkInvocation(
  endpoint: string | undefined,
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  operation: InvokeOperation = 'InvokeEndpoint',
): RuntimeError | undefined {
  const broken = endpoint === undefined ? [] : [...brokenConstraints('endpointName', endpointNameRule, endpoint)];
  for (const { header, field, rule } of invokeHeaders[operation]) {
    const value = headers[header];
    if (value !== undefined) broken.push(...brokenConstraints(field, rule, String(value)));
  }
  return broken.length === 0 ? undefined : validationErrors(broken);
}

/** Unlike the control plane, the runtime does not repeat the value. Source: aws-sdk-js issue 4203 for the form. */
const brokenConstraints = (field: string, rule: Rule, value: string): readonly string[] =>
  brokenParts(rule, value).map(({ constraint }) => `Value at '${field}' failed to satisfy constraint: ${constraint}`);

const validationErrors = (broken: readonly string[]): RuntimeError =>
  validationError(`${broken.length} validation error${broken.length === 1 ? '' : 's'} detected: ${broken.join('; ')}`);

// --- size, pace and the rest ----------------------------------------------------------------------

/**
 * A real-time body beyond the limit (bytes). The number is the limit and 4096, as reported in 2018 (sagemaker-python-sdk issue 171);
 * there as plain text, which makes the JavaScript SDK throw a SyntaxError, so as JSON here.
 */
export const bodyTooLarge = (limit: number): RuntimeError => ({
  type: undefined,
  status: 413,
  body: JSON.stringify({ message: `HTTP content length exceeded ${limit + 4096} bytes.` }),
});

/** A serverless body beyond the limit. Source: sagemaker-python-sdk issue 4271. */
export const serverlessBodyTooLarge = (requestId: string): RuntimeError => validationError(`Request ${requestId} has oversize body.`);

/** 400, not 429, says the API Reference; the null is as reported (opensearch ml-commons issue 2429). */
export const throttled = (): RuntimeError => ({ type: 'ThrottlingException', status: 400, body: '{"message":null}' });

/** Ours. `what` is the model, or the variant that is still being prepared. */
export const modelNotReady = (what: string): RuntimeError =>
  plain('ModelNotReadyException', 429, `Model ${what} is not ready for inference yet. Please try your request again.`);

/** No healthy instance. Ours. */
export const serviceUnavailable = (place: EndpointPlace): RuntimeError =>
  plain('ServiceUnavailable', 503, `Endpoint ${place.endpoint} has no healthy instance to answer the request.`);

/** The client does not send its body. The type is in the API Reference's common errors; the text is ours. `limit`: seconds. */
export const requestTimedOut = (limit: number): RuntimeError =>
  plain('RequestTimeoutException', 408, `The body of the request did not arrive within ${limit} s.`);

/** A defect of ours. */
export const internalFailure = (message: string): RuntimeError => plain('InternalFailure', 500, message);

/** A path that no operation has. The type is in the API Reference's common errors; the text is ours. */
export const unknownPath = (method: string, path: string): RuntimeError =>
  plain('UnknownOperationException', 404, `There is no operation at ${method} ${path}.`);

const plain = (type: string, status: number, message: string): RuntimeError => ({
  type,
  status,
  body: JSON.stringify({ Message: clip(message, longestMessage) }),
});
