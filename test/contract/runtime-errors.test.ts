import assert from 'node:assert/strict';
import {
  bodyTooLarge,
  checkInvocation,
  errorFromModel,
  inferenceComponentNotAllowed,
  internalFailure,
  modelNotReady,
  modelTimedOut,
  noAnswerFromModel,
  noSuchEndpoint,
  type RuntimeError,
  serverlessBodyTooLarge,
  serviceUnavailable,
  targetContainerNotSupported,
  targetModelMissing,
  targetModelNotSupported,
  throttled,
  unknownPath,
  unknownVariant,
  wrongEndpointKind,
} from '../../src/contract/runtime-errors.ts';

const demo = { endpoint: 'demo', region: 'us-east-1', account: '123456789012' };
const see =
  'See https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#logEventViewer:group=/aws/sagemaker/Endpoints/demo in account 123456789012 for more information.';
const messageOf = (error: RuntimeError | undefined): string => JSON.parse(error?.body ?? '{}').Message;

describe('an error of the model', () => {
  it('has the keys, the order and the words of the service', () => {
    assert.deepEqual(errorFromModel(demo, 400, 'bad row'), {
      type: 'ModelError',
      status: 424,
      body: `{"ErrorCode":"CLIENT_ERROR_FROM_MODEL","LogStreamArn":"arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/Endpoints/demo","Message":"Received client error (400) from primary with message \\"bad row\\". ${see}","OriginalMessage":"bad row","OriginalStatusCode":400}`,
    });
  });

  it('of the server has its own code and word', () => {
    const { body } = errorFromModel(demo, 503, 'busy', 'container-2');
    assert.equal(JSON.parse(body).ErrorCode, 'INTERNAL_FAILURE_FROM_MODEL');
    assert.equal(JSON.parse(body).OriginalStatusCode, 503);
    assert.match(JSON.parse(body).Message, /^Received server error \(503\) from container-2 with message "busy"\. See /);
  });

  it('holds the body raw, quotes and line ends as they are', () => {
    assert.match(messageOf(errorFromModel(demo, 400, 'a "b"\nc')), /with message "a "b"\nc"\. See /);
  });

  it('says so when the body could not be read', () => {
    const error = errorFromModel(demo, 413, undefined);
    assert.equal(messageOf(error), `Received client error (413) from primary and could not load the entire response body. ${see}`);
    assert.equal(JSON.parse(error.body).OriginalMessage, '');
  });

  it('is cut at 2048 characters, never inside one', () => {
    const { Message, OriginalMessage } = JSON.parse(errorFromModel(demo, 500, '😀'.repeat(5000)).body);
    for (const text of [Message, OriginalMessage]) {
      assert.ok(text.length === 2048 || text.length === 2047);
      assert.equal(Buffer.from(text).toString(), text);
    }
  });

  it('stands for no answer in time, with status 0 and the odd full stop', () => {
    const error = modelTimedOut(demo);
    const original =
      'Your invocation timed out while waiting for a response from container primary. Review the latency metrics for each container in Amazon CloudWatch, resolve the issue, and try again.';
    assert.deepEqual([error.type, error.status], ['ModelError', 424]);
    assert.deepEqual(Object.entries(JSON.parse(error.body)), [
      ['LogStreamArn', 'arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/Endpoints/demo'],
      ['Message', `Received server error (0) from primary with message "${original}". ${see}`],
      ['OriginalMessage', original],
      ['OriginalStatusCode', 0],
    ]);
  });

  it('stands for no answer at all', () => {
    const { Message, OriginalMessage, OriginalStatusCode } = JSON.parse(noAnswerFromModel(demo).body);
    assert.equal(OriginalStatusCode, 0);
    assert.match(OriginalMessage, /^Amazon SageMaker could not get a response from the demo endpoint\. .*more CPU capacity or memory\.$/);
    assert.equal(Message, `Received server error (0) from model with message "${OriginalMessage}". ${see}`);
  });
});

describe('an error of the caller', () => {
  it('names the endpoint that is not there', () => {
    assert.deepEqual(noSuchEndpoint(demo), {
      type: 'ValidationError',
      status: 400,
      body: '{"ErrorCode":"NO_SUCH_ENDPOINT","Message":"Endpoint demo of account 123456789012 not found."}',
    });
  });

  it('names the header that does not fit the endpoint', () => {
    assert.equal(
      targetModelNotSupported(demo).body,
      '{"ErrorCode":"TARGET_MODEL_HEADER_NOT_SUPPORTED","Message":"Endpoint demo is not a multi-model endpoint and does not support target model header."}',
    );
    assert.equal(targetModelMissing('r-1').body, '{"Message":"Request r-1 is missing a target model header."}');
    assert.equal(unknownVariant(demo, 'B').body, '{"Message":"Variant B not found for endpoint demo."}');
    assert.equal(targetContainerNotSupported(demo).status, 400);
    assert.match(messageOf(inferenceComponentNotAllowed()), /^Inference Component Name header is not allowed for endpoints/);
    assert.equal(
      messageOf(wrongEndpointKind(demo, 'InvokeEndpoint', true)),
      'Endpoint demo of account 123456789012 is an asynchronous endpoint and does not support InvokeEndpoint.',
    );
    assert.match(
      messageOf(wrongEndpointKind(demo, 'InvokeEndpointAsync', false)),
      /is a real-time endpoint and does not support InvokeEndpointAsync/,
    );
  });

  it('says how large a body may be', () => {
    assert.deepEqual(bodyTooLarge(26_214_400), {
      type: undefined,
      status: 413,
      body: '{"message":"HTTP content length exceeded 26218496 bytes."}',
    });
    assert.equal(messageOf(serverlessBodyTooLarge('r-1')), 'Request r-1 has oversize body.');
  });
});

describe('other errors', () => {
  it('have the status by which clients decide to try again', () => {
    assert.deepEqual(throttled(), { type: 'ThrottlingException', status: 400, body: '{"message":null}' });
    assert.deepEqual([modelNotReady('m').type, modelNotReady('m').status], ['ModelNotReadyException', 429]);
    assert.deepEqual([serviceUnavailable(demo).type, serviceUnavailable(demo).status], ['ServiceUnavailable', 503]);
    assert.deepEqual(internalFailure('oh'), { type: 'InternalFailure', status: 500, body: '{"Message":"oh"}' });
    assert.deepEqual(unknownPath('GET', '/x'), {
      type: 'UnknownOperationException',
      status: 404,
      body: '{"Message":"There is no operation at GET /x."}',
    });
  });
});

describe('checkInvocation', () => {
  const message = (headers: Parameters<typeof checkInvocation>[1], operation?: Parameters<typeof checkInvocation>[2]) => {
    const error = checkInvocation(undefined, headers, operation);
    if (error) assert.deepEqual([error.type, error.status], ['ValidationError', 400]);
    return error && messageOf(error);
  };

  it('lets ordinary headers through, and those that belong to nobody', () => {
    const headers = {
      host: 'x',
      'content-type': 'text/csv',
      accept: '*/*',
      'x-amzn-sagemaker-custom-attributes': 'trace=42',
      'x-amzn-sagemaker-target-model': 'a/b c.tar.gz',
      'x-amzn-sagemaker-session-id': 'NEW_SESSION',
      'x-amzn-sagemaker-target-variant': undefined,
      'x-unknown': 'ä'.repeat(5000),
    };
    assert.equal(message(headers), undefined);
    assert.equal(message({}), undefined);
  });

  it('counts several violations and joins them', () => {
    assert.equal(
      message({ 'x-amzn-sagemaker-inference-id': '' }),
      "2 validation errors detected: Value at 'inferenceId' failed to satisfy constraint: Member must have length greater than or equal to 1; Value at 'inferenceId' failed to satisfy constraint: Member must satisfy regular expression pattern: \\A\\S[\\p{Print}]*\\z",
    );
  });

  it('bounds every header', () => {
    const limits = {
      'content-type': 1024,
      accept: 1024,
      'x-amzn-sagemaker-custom-attributes': 1024,
      'x-amzn-sagemaker-target-model': 1024,
      'x-amzn-sagemaker-target-variant': 63,
      'x-amzn-sagemaker-target-container-hostname': 63,
      'x-amzn-sagemaker-inference-id': 64,
      'x-amzn-sagemaker-enable-explanations': 64,
      'x-amzn-sagemaker-inference-component': 63,
      'x-amzn-sagemaker-session-id': 256,
      'x-amzn-sagemaker-prefix-aware-id': 64,
    };
    for (const [header, limit] of Object.entries(limits)) {
      assert.equal(message({ [header]: 'x'.repeat(limit) }), undefined, header);
      assert.match(
        message({ [header]: 'x'.repeat(limit + 1) }) ?? '',
        new RegExp(
          `^1 validation error detected: Value at '\\w+' failed to satisfy constraint: Member must have length less than or equal to ${limit}$`,
        ),
        header,
      );
    }
  });

  it('wants the characters the API wants', () => {
    const pattern = (header: string, value: string) => message({ [header]: value }) ?? '';
    assert.equal(
      pattern('x-amzn-sagemaker-target-variant', 'a_b'),
      "1 validation error detected: Value at 'targetVariant' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9](-*[a-zA-Z0-9])*",
    );
    assert.match(pattern('x-amzn-sagemaker-custom-attributes', 'größe'), /'customAttributes'.*\\p\{ASCII\}\*$/);
    assert.match(pattern('x-amzn-sagemaker-target-model', ' a'), /'targetModel'/);
    assert.match(pattern('x-amzn-sagemaker-session-id', 'a_b'), /'sessionId'/);
    assert.match(pattern('x-amzn-sagemaker-inference-component', '-a'), /'inferenceComponentName'/);
  });

  it('knows the differences of the streaming operation', () => {
    const stream = 'InvokeEndpointWithResponseStream';
    assert.match(message({ 'x-amzn-sagemaker-session-id': 'NEW_SESSION' }, stream) ?? '', /'sessionId'/);
    assert.match(message({ 'x-amzn-sagemaker-accept': 'x'.repeat(1025) }, stream) ?? '', /'accept'/);
    assert.equal(message({ accept: 'x'.repeat(1025), 'x-amzn-sagemaker-target-model': ' ' }, stream), undefined);
  });

  it('also binds the name of the endpoint', () => {
    assert.equal(checkInvocation('demo-1', {}), undefined);
    assert.match(messageOf(checkInvocation('a_b', {})), /Value at 'endpointName' failed to satisfy constraint/);
    assert.match(messageOf(checkInvocation('x'.repeat(64), {})), /less than or equal to 63$/);
    assert.match(messageOf(checkInvocation('a_b', { 'x-amzn-sagemaker-target-variant': 'c_d' })), /^2 validation errors detected: /);
  });
});
