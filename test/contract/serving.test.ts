import assert from 'node:assert/strict';
import {
  additionalModelDirectory,
  endToEndHeaders,
  headerValue,
  invocationHeadersIn,
  invocationHeadersOut,
  isUnusableInit,
  passHeaders,
  servingCommand,
  servingEnvironment,
} from '../../src/contract/serving.ts';

const container = { environment: {}, region: 'eu-west-1', isNetworkIsolated: false };

describe('the contract of a serving container', () => {
  it('runs the one argument "serve"', () => assert.deepEqual(servingCommand, ['serve']));

  it('sets region, port and port range, and nothing else of its own', () =>
    assert.deepEqual(servingEnvironment(container), {
      AWS_REGION: 'eu-west-1',
      AWS_DEFAULT_REGION: 'eu-west-1',
      SAGEMAKER_BIND_TO_PORT: '8080',
      SAGEMAKER_SAFE_PORT_RANGE: '23000-23999',
    }));

  it('passes the user’s variables on; they choose the region but not the port', () => {
    const environment = servingEnvironment({
      ...container,
      environment: { SAGEMAKER_PROGRAM: 'inference.py', AWS_REGION: 'us-west-2', SAGEMAKER_BIND_TO_PORT: '9000' },
    });
    assert.equal(environment.SAGEMAKER_PROGRAM, 'inference.py');
    assert.equal(environment.AWS_REGION, 'us-west-2');
    assert.equal(environment.SAGEMAKER_BIND_TO_PORT, '8080');
  });

  it('gives credentials to a container that may reach the network, none to an isolated one', () => {
    const credentials = { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/credentials/1' };
    assert.equal(servingEnvironment({ ...container, credentials }).AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, '/v2/credentials/1');
    const isolated = servingEnvironment({ ...container, credentials, isNetworkIsolated: true });
    assert.equal('AWS_CONTAINER_CREDENTIALS_RELATIVE_URI' in isolated, false);
  });

  it('knows where an additional model lies', () =>
    assert.equal(additionalModelDirectory('lora'), '/opt/ml/additional-model-data-sources/lora'));
});

describe('the headers of an invocation', () => {
  it('reach the container only if the API names them, whatever their case', () => {
    const sent = ['AUTHORIZATION', 'secret', 'content-TYPE', 'text/csv', 'Cookie', 'a=b', 'Accept', '*/*', 'X-Amz-Date', '2026'];
    const named = ['X-AMZN-SAGEMAKER-CUSTOM-ATTRIBUTES', 'trace=42', 'x-amzn-sagemaker-target-variant', 'blue'];
    assert.deepEqual(passHeaders([...sent, ...named], invocationHeadersIn), [
      ...['Content-Type', 'text/csv', 'Accept', '*/*'],
      ...['X-Amzn-SageMaker-Custom-Attributes', 'trace=42'],
    ]);
  });

  it('reach the client only if the API names them; a new session has two names in containers and one outside', () => {
    const answered = ['content-type', 'application/json', 'server', 'gunicorn', 'x-amzn-sagemaker-session-id', 'a; Expires=2026'];
    assert.deepEqual(
      passHeaders(
        answered.map((text) => Buffer.from(text)),
        invocationHeadersOut,
      ),
      [...['Content-Type', 'application/json'], ...['X-Amzn-SageMaker-New-Session-Id', 'a; Expires=2026']],
    );
    const closing = ['X-Amzn-SageMaker-New-Session-Id', 'b', 'X-Amzn-SageMaker-Closed-Session-Id', 'b'];
    assert.deepEqual(passHeaders(closing, invocationHeadersOut), closing);
  });

  it('keep their bytes', () =>
    assert.deepEqual(passHeaders([Buffer.from('accept'), Buffer.from([0xe9])], invocationHeadersIn), ['Accept', 'é']));

  it('of the connection itself are never passed on', () =>
    assert.deepEqual(endToEndHeaders(['Connection', 'close', 'Transfer-Encoding', 'chunked', 'X-Own', '1', 'Server', 'x']), [
      ...['X-Own', '1'],
      ...['Server', 'x'],
    ]));

  it('are found by name', () => {
    assert.equal(headerValue(['Content-Length', '12'], 'content-length'), '12');
    assert.equal(headerValue(['Content-Length', '12'], 'accept'), undefined);
  });
});

describe('an init as the entrypoint', () => {
  it('is unusable when it is one that the guide names', () => {
    for (const entrypoint of [['/usr/bin/tini', '--', 'serve'], ['tini-static'], ['/sbin/init'], ['docker-init']])
      assert.ok(isUnusableInit(entrypoint));
    for (const entrypoint of [undefined, [], ['/opt/init.sh'], ['python3', 'tini']]) assert.ok(!isUnusableInit(entrypoint));
  });
});
