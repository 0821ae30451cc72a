import assert from 'node:assert/strict';
import type { IncomingMessage, RequestListener } from 'node:http';
import { text } from 'node:stream/consumers';
import {
  InvokeEndpointCommand,
  type InvokeEndpointCommandInput,
  ModelError,
  SageMakerRuntimeServiceException,
} from '@aws-sdk/client-sagemaker-runtime';
import { Scope } from '../../src/scope.ts';
import { serving } from '../support/fake-engine.ts';
import { doors, type Hosted, type Hosting, host, rawly, request } from './doors.ts';

/** A server that pings well. */
const model = (invocations: RequestListener) =>
  serving((asked, response) => (asked.url === '/ping' ? void response.end() : invocations(asked, response)));

const echo = model((asked, response) => void asked.pipe(response));

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const see =
  'See https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#logEventViewer:group=/aws/sagemaker/Endpoints/demo in account 123456789012 for more information.';
const noAnswer =
  'Amazon SageMaker could not get a response from the demo endpoint. This can occur when CPU or memory utilization is high. To check your utilization, see Amazon CloudWatch. To fix this problem, use an instance type with more CPU capacity or memory.';

for (const door of doors) {
  describe(`an invocation through the ${door}`, () => {
    let scope: Scope;
    beforeEach(() => {
      scope = new Scope();
    });
    afterEach(() => scope[Symbol.asyncDispose]());

    const start = (image: Parameters<typeof host>[2], hosting?: Hosting): Promise<Hosted> => host(scope, door, image, hosting);
    const invoke = ({ client }: Hosted, input: Partial<InvokeEndpointCommandInput> = {}) =>
      client.send(new InvokeEndpointCommand({ EndpointName: 'demo', Body: '1,2,3', ContentType: 'text/csv', ...input }));
    const refusal = async (hosted: Hosted, input: Partial<InvokeEndpointCommandInput> = {}): Promise<SageMakerRuntimeServiceException> => {
      const error = await invoke(hosted, input).then(
        () => assert.fail('it was answered'),
        (refused: unknown) => refused,
      );
      assert.ok(error instanceof SageMakerRuntimeServiceException, String(error));
      return error;
    };
    const modelError = async (hosted: Hosted, input?: Partial<InvokeEndpointCommandInput>): Promise<ModelError> => {
      const error = await refusal(hosted, input);
      assert.ok(error instanceof ModelError, String(error));
      assert.equal(error.$metadata.httpStatusCode, 424);
      return error;
    };

    it('reaches the container as the contract says and comes back as the API says', async () => {
      let seen: IncomingMessage | undefined;
      let body = '';
      const hosted = await start(
        model(async (asked, response) => {
          seen = asked;
          body = await text(asked);
          response.writeHead(201, { 'content-type': 'application/json', 'X-Amzn-SageMaker-Custom-Attributes': 'model=v3', server: 'mine' });
          response.end('{"score":.9}');
        }),
      );
      const answer = await invoke(hosted, { Accept: 'application/json', CustomAttributes: 'trace=42', InferenceId: 'one' });
      assert.deepEqual([seen?.method, seen?.url, body], ['POST', '/invocations', '1,2,3']);
      assert.deepEqual(Object.keys(seen?.headers ?? {}).sort(), [
        ...['accept', 'connection', 'content-length', 'content-type', 'host', 'user-agent'],
        ...['x-amzn-sagemaker-custom-attributes', 'x-amzn-sagemaker-inference-id'],
      ]);
      const { host: name, 'user-agent': agent, accept, 'content-type': type } = seen?.headers ?? {};
      assert.deepEqual([name, agent, accept, type], ['container-0.local:8080', 'AHC/2.0', 'application/json', 'text/csv']);
      assert.equal(seen?.headers['x-amzn-sagemaker-custom-attributes'], 'trace=42');
      assert.equal(answer.$metadata.httpStatusCode, 200);
      assert.match(answer.$metadata.requestId ?? '', uuid);
      assert.equal(answer.Body.transformToString(), '{"score":.9}');
      assert.deepEqual(
        [answer.ContentType, answer.InvokedProductionVariant, answer.CustomAttributes],
        ['application/json', 'AllTraffic', 'model=v3'],
      );
    });

    it('drops what the API does not name from the answer', async () => {
      const { url } = await start(
        model((_asked, response) => void response.setHeader('server', 'mine').setHeader('set-cookie', 'a=b').end('ok')),
      );
      const { headers } = await request(`${url}/endpoints/demo/invocations`, { body: 'x' });
      const names = ['connection', 'content-length', 'date', 'x-amzn-invoked-production-variant', 'x-amzn-requestid'];
      assert.deepEqual(Object.keys(headers).sort(), names);
    });

    it('finds the endpoint by its decoded name, whatever the query', async () => {
      const { url } = await start(echo);
      assert.equal((await request(`${url}/endpoints/%64emo/invocations?x=/ping`, { body: 'hello' })).body, 'hello');
    });

    it('needs no body', async () => {
      const { url } = await start(model((asked, response) => void response.end(asked.headers['content-length'])));
      assert.equal((await request(`${url}/endpoints/demo/invocations`)).body, '0');
    });

    it('may be answered with 204, which the client sees as an empty 200', async () => {
      const { url } = await start(model((_asked, response) => void response.writeHead(204).end()));
      const { status, headers, body } = await request(`${url}/endpoints/demo/invocations`, { body: 'x' });
      assert.deepEqual([status, headers['content-length'], body], [200, '0', '']);
    });

    it('is told to go on when it asks first', async () => {
      const { url } = await start(echo);
      const { status, body } = await request(`${url}/invocations`, { headers: { expect: '100-continue' }, body: 'big' });
      assert.deepEqual([status, body], [200, 'big']);
    });

    it('of /invocations goes to the only endpoint', async () => {
      const { url } = await start(echo);
      assert.equal((await request(`${url}/invocations`, { body: 'hello' })).body, 'hello');
    });

    it('of /invocations is refused when there are several endpoints', async () => {
      const { url } = await start(echo, { names: ['one', 'two'] });
      const { status, headers, body } = await request(`${url}/invocations`, { body: 'hello' });
      assert.deepEqual([status, headers['x-amzn-errortype']], [400, 'ValidationError']);
      assert.match(body, /one, two/);
    });

    it('of /invocations passes the container’s answer through as it is when asked to', async () => {
      const { url } = await start(
        model((_asked, response) => void response.writeHead(418, { 'X-Own': 'yes', 'Content-Type': 'text/plain' }).end('short and stout')),
        { isRaw: true },
      );
      const raw = await request(`${url}/invocations`, { body: 'x' });
      assert.deepEqual([raw.status, raw.headers['x-own'], raw.body], [418, 'yes', 'short and stout']);
      assert.equal(raw.headers['x-amzn-requestid'], undefined);
      assert.equal((await request(`${url}/endpoints/demo/invocations`, { body: 'x' })).status, 424);
    });

    // --- refused before the container hears of it -------------------------------------------------

    it('of an unknown endpoint is a ValidationError', async () => {
      const error = await refusal(await start(echo), { EndpointName: 'other' });
      assert.deepEqual([error.name, error.$metadata.httpStatusCode], ['ValidationError', 400]);
      assert.equal(error.message, 'Endpoint other of account 123456789012 not found.');
      assert.equal((error as { ErrorCode?: string }).ErrorCode, 'NO_SUCH_ENDPOINT');
    });

    it('of an endpoint that is not in service yet finds no endpoint', async () => {
      const error = await refusal(
        await start(
          serving(() => {}),
          { isEarly: true },
        ),
      );
      assert.equal((error as { ErrorCode?: string }).ErrorCode, 'NO_SUCH_ENDPOINT');
    });

    it('of an endpoint whose only instance is down is ServiceUnavailable', async () => {
      const hosted = await start(echo);
      await hosted.engine.history[0]?.kill('SIGKILL');
      const error = await refusal(hosted);
      assert.deepEqual([error.name, error.$metadata.httpStatusCode], ['ServiceUnavailable', 503]);
    });

    it('with a header beyond its bounds is a ValidationError', async () => {
      const error = await refusal(await start(echo), { CustomAttributes: 'x'.repeat(1025) });
      assert.equal(error.name, 'ValidationError');
      assert.match(error.message, /Member must have length less than or equal to 1024/);
    });

    it('with a target model, or of an unknown variant, is a ValidationError', async () => {
      const hosted = await start(echo);
      const targeted = await refusal(hosted, { TargetModel: 'a.tar.gz' });
      assert.equal((targeted as { ErrorCode?: string }).ErrorCode, 'TARGET_MODEL_HEADER_NOT_SUPPORTED');
      assert.equal((await refusal(hosted, { TargetVariant: 'green' })).message, 'Variant green not found for endpoint demo.');
      assert.equal((await invoke(hosted, { TargetVariant: 'AllTraffic' })).$metadata.httpStatusCode, 200);
    });

    it('that is too large is refused with 413, whether or not it says so beforehand', async () => {
      const hosted = await start(echo, { limits: { payload: 100_000 } });
      const error = await refusal(hosted, { Body: Buffer.alloc(100_001) });
      assert.equal(error.$metadata.httpStatusCode, 413);
      assert.equal(error.message, 'HTTP content length exceeded 104096 bytes.');
      const chunked = await request(`${hosted.url}/invocations`, {
        headers: { 'transfer-encoding': 'chunked' },
        body: Buffer.alloc(200_000),
      });
      assert.deepEqual([chunked.status, chunked.body], [413, '{"message":"HTTP content length exceeded 104096 bytes."}']);
    });

    // --- the container fails ----------------------------------------------------------------------

    it('that the container refuses is a ModelError with its status and words', async () => {
      const error = await modelError(await start(model((_asked, response) => void response.writeHead(400).end('bad "row"\n'))));
      assert.equal(error.message, `Received client error (400) from primary with message "bad "row"\n". ${see}`);
      assert.deepEqual([error.OriginalStatusCode, error.OriginalMessage], [400, 'bad "row"\n']);
      assert.equal(error.LogStreamArn, 'arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/Endpoints/demo');
      assert.equal((error as { ErrorCode?: string }).ErrorCode, 'CLIENT_ERROR_FROM_MODEL');
      assert.match(error.$metadata.requestId ?? '', uuid);
    });

    it('in which the container fails is a ModelError with its status and words', async () => {
      const error = await modelError(await start(model((_asked, response) => void response.writeHead(503).end('out of memory'))));
      assert.equal(error.message, `Received server error (503) from primary with message "out of memory". ${see}`);
      assert.equal((error as { ErrorCode?: string }).ErrorCode, 'INTERNAL_FAILURE_FROM_MODEL');
    });

    it('whose error is too long to read, or breaks off, is a ModelError that says so', async () => {
      const said = `Received client error (413) from primary and could not load the entire response body. ${see}`;
      const long = await modelError(await start(model((_asked, response) => void response.writeHead(413).end('x'.repeat(100_000)))));
      assert.equal(long.message, said);
      const half = await modelError(
        await start(rawly((socket) => socket.end('HTTP/1.1 413 Payload Too Large\r\nContent-Length: 100\r\n\r\nhalf'))),
      );
      assert.equal(half.message, said);
      assert.equal(half.OriginalStatusCode, 413);
    });

    it('that is not answered in time is a ModelError', async () => {
      const hosted = await start(
        model(() => {}),
        { limits: { invocation: 0.05 } },
      );
      const error = await modelError(hosted);
      const words =
        'Your invocation timed out while waiting for a response from container primary. Review the latency metrics for each container in Amazon CloudWatch, resolve the issue, and try again.';
      assert.equal(error.message, `Received server error (0) from primary with message "${words}". ${see}`);
      assert.deepEqual([error.OriginalStatusCode, error.OriginalMessage], [0, words]);
      assert.equal(hosted.overs[0]?.trouble, 'no whole answer within 0.05 s');
    });

    it('whose answer is not whole in time is a ModelError, if it was to be small', async () => {
      const trickle = model((_asked, response) => void response.writeHead(200, { 'content-length': 10 }).write('slow'));
      assert.equal((await modelError(await start(trickle, { limits: { invocation: 0.05 } }))).OriginalStatusCode, 0);
    });

    const failures = {
      'resets the connection': rawly((socket) => socket.resetAndDestroy()),
      'closes the connection': rawly((socket) => socket.end()),
      'answers half of what it announced': rawly((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf')),
      'resets the connection in mid-body': rawly((socket) =>
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf', () => socket.resetAndDestroy()),
      ),
      'does not speak HTTP': rawly((socket) => socket.end('+PONG\r\n')),
      'announces nonsense': rawly((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n')),
    };
    for (const [what, image] of Object.entries(failures)) {
      it(`whose container ${what} is a ModelError without a status`, async () => {
        const hosted = await start(image);
        const error = await modelError(hosted);
        assert.equal(error.message, `Received server error (0) from model with message "${noAnswer}". ${see}`);
        assert.equal(error.OriginalStatusCode, 0);
        assert.notEqual(hosted.overs[0]?.trouble, undefined);
      });
    }

    it('whose container dies meanwhile is a ModelError without a status', async () => {
      const hosted: Hosted = await start(model(() => void hosted.engine.history[0]?.kill('SIGKILL')));
      assert.equal((await modelError(hosted)).OriginalStatusCode, 0);
    });

    it('whose answer breaks off after its head went out breaks off for the client too', async () => {
      const { url, overs } = await start(
        model((_asked, response) => {
          response.writeHead(200);
          response.write('half', () => response.socket?.destroy());
        }),
      );
      await assert.rejects(request(`${url}/invocations`, { body: 'x' }), /aborted/);
      assert.notEqual(overs[0]?.trouble, undefined);
    });

    it('whose answer is too long is a ModelError, or breaks off if that shows too late', async () => {
      const long = Buffer.alloc(200_000);
      const limits = { payload: 100_000 };
      const announced = await modelError(
        await start(
          model((_asked, response) => void response.end(long)),
          { limits },
        ),
      );
      assert.equal(announced.OriginalStatusCode, 200);
      assert.match(announced.message, /could not load the entire response body/);
      const chunked = await start(
        model((_asked, response) => {
          response.write(long.subarray(0, 50_000), () => response.end(long));
        }),
        { limits },
      );
      await assert.rejects(request(`${chunked.url}/invocations`, { body: 'x' }), /aborted/);
    });

    it('is fine with servers of other habits', async () => {
      const habits = [
        'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok', // no reason phrase
        'HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok',
        'HTTP/1.0 200 OK\r\n\r\nok', // ends with the connection
        'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
      ];
      for (const habit of habits) {
        const { url } = await start(rawly((socket) => socket.end(habit)));
        assert.deepEqual((await request(`${url}/endpoints/demo/invocations`, { body: 'x' })).body, 'ok', habit);
      }
    });
  });

  describe(`the other paths through the ${door}`, () => {
    let scope: Scope;
    beforeEach(() => {
      scope = new Scope();
    });
    afterEach(() => scope[Symbol.asyncDispose]());

    it('/ping asks an instance in rotation and is 503 without one', async () => {
      const { url, engine } = await host(scope, door, echo);
      const { status, headers } = await request(`${url}/ping`, { method: 'GET' });
      assert.equal(status, 200);
      assert.match(String(headers['x-amzn-requestid']), uuid);
      await engine.history[0]?.kill('SIGKILL');
      assert.equal((await request(`${url}/ping`, { method: 'GET' })).status, 503);
    });

    it('say so when there is no such operation', async () => {
      const { url } = await host(scope, door, echo);
      const wrong = [
        ['GET', '/endpoints/demo/invocations'],
        ['GET', '/invocations'],
        ['POST', '/ping'],
        ['POST', '/endpoints/demo/other'],
        ['POST', '/endpoints/a/b/invocations'],
        ['POST', '/endpoints//invocations'],
        ['POST', '/endpoints/invocations'],
        ['GET', '/'],
      ] as const;
      for (const [method, path] of wrong) {
        const { status, headers, body } = await request(url + path, { method });
        assert.deepEqual([status, headers['x-amzn-errortype']], [404, 'UnknownOperationException'], `${method} ${path}`);
        assert.match(JSON.parse(body).Message, /There is no operation/);
      }
    });

    it('/_sm-local/health tells of the endpoints', async () => {
      const { url } = await host(scope, door, echo);
      const { body } = await request(`${url}/_sm-local/health`, { method: 'GET' });
      assert.deepEqual(JSON.parse(body), { status: 'ok', endpoints: [{ name: 'demo', status: 'InService' }] });
    });
  });
}
