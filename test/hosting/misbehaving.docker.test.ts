import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import {
  InvokeEndpointCommand,
  type InvokeEndpointCommandOutput,
  ModelError,
  SageMakerRuntimeClient,
  SageMakerRuntimeServiceException,
} from '@aws-sdk/client-sagemaker-runtime';
import { startServer } from '../../src/api/server.ts';
import { type LimitOverrides, limitsOf } from '../../src/contract/limits.ts';
import { Endpoint, type EndpointEvent } from '../../src/hosting/endpoint.ts';
import { invocationHandler } from '../../src/hosting/invoke.ts';
import { planVariant } from '../../src/hosting/plan.ts';
import { Scope } from '../../src/scope.ts';
import { instanceLog } from '../support/instance-log.ts';
import { sayNotRun } from '../support/private-engine.ts';
import { pythonWith, runProgram } from '../support/programs.ts';
import { fixtureImage, testEngine, testLabels } from '../support/real-engine.ts';
import { endpointOptions } from './endpoint-options.ts';

const account = { region: 'us-east-1', account: '123456789012' };
const payload = 1_000_000;

/** What a container of the image `serve-misbehaves` is asked to do. */
type Wish = { readonly do: string } & Readonly<Record<string, unknown>>;
const says = (bytes: string, more: object = {}): Wish => ({ do: 'say', bytes, ...more });

const seeOf = (name: string): string =>
  `See https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#logEventViewer:group=/aws/sagemaker/Endpoints/${name} in account 123456789012 for more information.`;
const noAnswerOf = (name: string): string =>
  `Amazon SageMaker could not get a response from the ${name} endpoint. This can occur when CPU or memory utilization is high. To check your utilization, see Amazon CloudWatch. To fix this problem, use an instance type with more CPU capacity or memory.`;
const timedOut =
  'Your invocation timed out while waiting for a response from container primary. Review the latency metrics for each container in Amazon CloudWatch, resolve the issue, and try again.';

/** An endpoint of the image, what it told and what its containers printed. */
interface Watched {
  readonly endpoint: Endpoint;
  readonly events: readonly EndpointEvent[];
  /** Resolves when the instance has told `what` so many times. */
  until(what: string, times?: number): Promise<void>;
  /** Resolves when its containers have printed `text` so many times. */
  printed(text: string, times?: number): Promise<void>;
}

describe('a container that misbehaves', function () {
  this.timeout(60_000);
  const scope = new Scope();
  const all: Record<string, Watched> = {};
  let client: SageMakerRuntimeClient;
  let hurried: SageMakerRuntimeClient;
  let url: string;

  before(async () => {
    const { id } = await fixtureImage('serve-misbehaves');
    const launch = (name: string, limits: LimitOverrides = {}, environment: Readonly<Record<string, string>> = {}): void => {
      all[name] = watch(scope, id, name, limits, environment);
    };
    launch('steady');
    // No grace: when their time is over their program may not even hear signals yet.
    launch('late', { ping: 0.1, startup: 2, 'stop-grace': 0 }, { PING: 'after 0.5' });
    launch('ill', { startup: 2, 'stop-grace': 0 }, { PING: '500' });
    for (const name of ['hangs', 'sickens']) launch(name, { 'ping-interval': 0.02, ping: 0.2 });
    for (const name of ['refuses', 'deaf', 'exits']) launch(name);
    launch('finishes', {}, { PING: 'after 0.3', SIGTERM: 'finish' });
    await Promise.all(Object.values(all).map(({ endpoint }) => endpoint.launched));
    url = await open(scope, {});
    client = clientOf(scope, url);
    hurried = clientOf(scope, await open(scope, { invocation: 0.3 }));
  });
  after(async () => {
    await scope[Symbol.asyncDispose]();
    assert.deepEqual(await testEngine().containers.list(testLabels), []);
  });

  const open = async (owner: Scope, limits: LimitOverrides): Promise<string> => {
    const endpoints = Object.values(all).map(({ endpoint }) => endpoint);
    const invocations = invocationHandler({ ...account, endpoints: () => endpoints, limits: limitsOf('serving', { payload, ...limits }) });
    return owner.use(await startServer({ port: 0, invocations, endpoints: () => endpoints })).url;
  };
  const watched = (name: string): Watched => all[name] ?? assert.fail(`there is no endpoint ${name}`);

  const invoke = (name: string, wish: Wish, by = client): Promise<InvokeEndpointCommandOutput> =>
    by.send(new InvokeEndpointCommand({ EndpointName: name, Body: JSON.stringify(wish), ContentType: 'application/json' }));
  const answer = async (name: string, wish: Wish): Promise<string> => (await invoke(name, wish)).Body.transformToString();
  const modelError = async (name: string, wish: Wish, by?: SageMakerRuntimeClient): Promise<ModelError> => {
    const error = await invoke(name, wish, by).then(
      () => assert.fail(`${JSON.stringify(wish)} was answered`),
      (refused: unknown) => refused,
    );
    assert.ok(error instanceof ModelError, `${JSON.stringify(wish)}: ${error}`);
    assert.deepEqual([error.name, error.$metadata.httpStatusCode], ['ModelError', 424]);
    assert.equal(error.LogStreamArn, `arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/Endpoints/${name}`);
    return error;
  };
  const givesNoAnswer = async (name: string, wish: Wish): Promise<void> => {
    const { OriginalStatusCode, OriginalMessage, message } = await modelError(name, wish);
    assert.deepEqual([OriginalStatusCode, OriginalMessage], [0, noAnswerOf(name)], JSON.stringify(wish));
    assert.equal(message, `Received server error (0) from model with message "${noAnswerOf(name)}". ${seeOf(name)}`);
  };

  // --- /ping --------------------------------------------------------------------------------------

  it('in answering /ping slowly, but in time, serves', () => {
    assert.notEqual(watched('finishes').endpoint.status, 'Failed');
  });

  for (const [name, how] of [
    ['late', 'later than it may'],
    ['ill', 'with 500'],
  ] as const) {
    it(`in answering /ping ${how} fails the endpoint, which nobody can invoke then`, async () => {
      const { endpoint } = watched(name);
      assert.equal(endpoint.status, 'Failed');
      const words = 'The primary container for production variant AllTraffic did not pass the ping health check.';
      assert.ok(endpoint.failure?.reason.startsWith(words), endpoint.failure?.reason);
      const error = await invoke(name, { do: 'wait', seconds: 0 }).catch((refused: unknown) => refused);
      assert.ok(error instanceof SageMakerRuntimeServiceException);
      assert.deepEqual([error.name, error.$metadata.httpStatusCode], ['ValidationError', 400]);
      assert.equal(error.message, `Endpoint ${name} of account 123456789012 not found.`);
    });
  }

  for (const [name, as, why] of [
    ['hangs', 'hang', /^no answer within 200 ms$/],
    ['sickens', '500', /^status 500$/],
  ] as const) {
    it(`in answering /ping ${as === 'hang' ? 'no more' : 'with 500 later'} leaves the rotation and is replaced`, async () => {
      const { endpoint, events, until } = watched(name);
      assert.equal(await answer(name, { do: 'ping', as }), 'ok');
      await until('unhealthy');
      await until('ready', 2);
      const told = events.find((event) => event.event === 'instance' && event.what === 'unhealthy');
      assert.match(told?.event === 'instance' && told.what === 'unhealthy' ? told.why : '', why);
      assert.equal(endpoint.status, 'InService');
      assert.equal(await answer(name, { do: 'wait', seconds: 0 }), 'ok');
    });
  }

  // --- no answer ----------------------------------------------------------------------------------

  it('in hanging is a ModelError of the time', async () => {
    const { OriginalStatusCode, OriginalMessage, message } = await modelError('steady', { do: 'wait', seconds: 5 }, hurried);
    assert.deepEqual([OriginalStatusCode, OriginalMessage], [0, timedOut]);
    assert.equal(message, `Received server error (0) from primary with message "${timedOut}". ${seeOf('steady')}`);
  });

  it('in what it sends in place of an answer is a ModelError without a status', async () => {
    const wishes: readonly Wish[] = [
      { do: 'reset' },
      says(''),
      says('this is not HTTP\r\n\r\n'),
      says('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf'),
      says('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\nok'),
    ];
    await Promise.all(wishes.map((wish) => givesNoAnswer('steady', wish)));
  });

  it('in ending in mid-request is a ModelError for all that it was asked, and is replaced', async () => {
    const { printed, until, events } = watched('exits');
    const other = givesNoAnswer('exits', { do: 'wait', seconds: 60 });
    await printed('invoked');
    await Promise.all([other, givesNoAnswer('exits', { do: 'exit' })]);
    await until('ready', 2);
    assert.ok(events.some((event) => event.event === 'instance' && event.what === 'exited' && event.exit.code === 9));
    assert.equal(await answer('exits', { do: 'wait', seconds: 0 }), 'ok');
  });

  it('in listening no more is a ModelError without a status', async () => {
    assert.equal(await answer('refuses', { do: 'stop listening' }), 'ok');
    await givesNoAnswer('refuses', { do: 'wait', seconds: 0 });
  });

  it('in accepting no more is a ModelError without a status after a quarter of a second', async () => {
    assert.equal(await answer('deaf', { do: 'stop accepting' }), 'ok');
    const { isNative } = await testEngine().describe();
    if (isNative) await givesNoAnswer('deaf', { do: 'wait', seconds: 0 });
    else assert.equal((await modelError('deaf', { do: 'wait', seconds: 0 }, hurried)).OriginalStatusCode, 0); // a port proxy accepts for it
  });

  // --- odd answers --------------------------------------------------------------------------------

  it('in the form of its answers is understood', async () => {
    const forms: readonly (readonly [string, string])[] = [
      ['HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok', 'ok'],
      ['HTTP/1.0 200 OK\r\n\r\nends with the connection', 'ends with the connection'],
      ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n4\r\n too\r\n0\r\n\r\n', 'ok too'],
      ['HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok', 'ok'],
      ['HTTP/1.1 206 Partial Content\r\nContent-Length: 2\r\n\r\nok', 'ok'],
      ['HTTP/1.1 204 No Content\r\n\r\n', ''],
    ];
    await Promise.all(
      forms.map(async ([bytes, body]) => {
        const { $metadata, Body } = await invoke('steady', says(bytes));
        // The SDK has no Body where it is empty.
        assert.deepEqual([$metadata.httpStatusCode, (Body as typeof Body | null)?.transformToString() ?? ''], [200, body], bytes);
      }),
    );
  });

  it('in sending more than it announced harms neither its answer nor the next one', async () => {
    for (let times = 0; times < 3; times += 1) {
      assert.equal(await answer('steady', says('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more', { keep: true })), 'ok');
    }
  });

  it('in sending its answer byte by byte, more than is gathered, is heard to the end', async () => {
    assert.equal((await answer('steady', { do: 'send', size: 66_000, piece: 1 })).length, 66_000);
  });

  it('in sending more than the payload may be is a ModelError that says so', async () => {
    const error = await modelError('steady', { do: 'send', size: payload + 1, piece: payload + 1 });
    assert.equal(error.OriginalStatusCode, 200);
    assert.match(error.message, /and could not load the entire response body\. See /);
    assert.equal((await answer('steady', { do: 'send', size: payload, piece: payload })).length, payload);
  });

  it('in its own errors is quoted, unless they are too long or break off', async () => {
    const status = (line: string, body: string, length = body.length): Wish =>
      says(`HTTP/1.1 ${line}\r\nContent-Type: text/plain\r\nContent-Length: ${length}\r\n\r\n${body}`);
    const cases: readonly (readonly [Wish, number, string, string])[] = [
      [status('400 Bad Request', 'bad "row"\n'), 400, 'bad "row"\n', 'client error (400) from primary with message "bad "row"\n".'],
      [status('503 Busy', 'later'), 503, 'later', 'server error (503) from primary with message "later".'],
      [status('500 Oh', ''), 500, '', 'server error (500) from primary with message "".'],
      [status('302 Found', 'away'), 302, 'away', 'client error (302) from primary with message "away".'],
      [status('500 Oh', 'half', 100), 500, '', 'server error (500) from primary and could not load the entire response body.'],
      [status('413 Big', 'x'.repeat(100_000)), 413, '', 'client error (413) from primary and could not load the entire response body.'],
    ];
    await Promise.all(
      cases.map(async ([wish, code, original, words]) => {
        const error = await modelError('steady', wish);
        assert.deepEqual([error.OriginalStatusCode, error.OriginalMessage], [code, original]);
        assert.equal(error.message, `Received ${words} ${seeOf('steady')}`);
        const expected = code < 500 ? 'CLIENT_ERROR_FROM_MODEL' : 'INTERNAL_FAILURE_FROM_MODEL';
        assert.equal((error as { ErrorCode?: string }).ErrorCode, expected);
      }),
    );
  });

  it('hears and is heard in the headers of the API alone', async () => {
    const sent = http.request(`${url}/endpoints/steady/invocations`, {
      method: 'POST',
      agent: false,
      headers: {
        ...{ 'Content-Type': 'application/json', Accept: 'text/csv', 'X-Amzn-SageMaker-Custom-Attributes': 'trace=42' },
        ...{ Cookie: 'a=b', Authorization: 'AWS4-HMAC-SHA256 …'.slice(0, 16), 'X-Amz-Date': '20260131T120000Z', 'X-Own': 'mine' },
        ...{ 'X-Amzn-SageMaker-Target-Variant': 'AllTraffic', 'X-Forwarded-For': '10.0.0.1', Expect: '100-continue' },
      },
    });
    const headers = { 'Content-Type': 'text/csv', 'X-Amzn-SageMaker-Custom-Attributes': 'model=v3', Server: 'mine', 'Set-Cookie': 'a=b' };
    sent.end(JSON.stringify({ do: 'head', headers }));
    const [response] = (await once(sent, 'response')) as [http.IncomingMessage];
    let head = '';
    for await (const chunk of response) head += chunk;
    const heard = head.trim().replace(/^host/m, 'Host').split('\r\n').sort();
    const framing = /^(connection: keep-alive|content-length: .*|transfer-encoding: chunked)$/i;
    assert.deepEqual(
      heard.filter((line) => !framing.test(line)),
      [
        ...['Accept: text/csv', 'Content-Type: application/json', 'Host: container-0.local:8080', 'User-Agent: AHC/2.0'],
        'X-Amzn-SageMaker-Custom-Attributes: trace=42',
      ],
    );
    const names = ['connection', 'content-length', 'content-type', 'date', 'x-amzn-invoked-production-variant', 'x-amzn-requestid'];
    assert.deepEqual(Object.keys(response.headers).sort(), [...names, 'x-amzn-sagemaker-custom-attributes']);
    assert.equal(response.headers['x-amzn-sagemaker-custom-attributes'], 'model=v3');
  });

  // --- the end ------------------------------------------------------------------------------------

  it('that needs its time after SIGTERM may finish what it was asked', async () => {
    const { endpoint, printed } = watched('finishes');
    const asked = answer('finishes', { do: 'wait', seconds: 0.5 });
    await printed('invoked');
    const stopped = endpoint.stop();
    assert.equal(await asked, 'ok');
    await stopped;
  });

  // --- the other client ---------------------------------------------------------------------------

  const python = pythonWith('botocore');
  if (python === undefined) sayNotRun('botocore against containers that misbehave', 'no python3 has botocore');
  else {
    it('is told of by botocore in the same errors', async () => {
      const wishes: readonly Wish[] = [
        says('HTTP/1.1 400 Bad Request\r\nContent-Length: 7\r\n\r\nbad row'),
        { do: 'reset' },
        { do: 'send', size: payload + 1, piece: payload + 1 },
        { do: 'send', size: 66_000, piece: 66_000 },
        says('HTTP/1.1 204 No Content\r\n\r\n'),
      ];
      const seen = JSON.parse(await runProgram(python, ['-c', byBotocore, url, JSON.stringify(wishes)])) as unknown[];
      const of = (status: number, original: string, words: string, code?: string) => ({
        ...{ code: 'ModelError', http: 424, status, original, message: `Received ${words} ${seeOf('steady')}` },
        ...{ arn: 'arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/Endpoints/steady', ...(code && { code }) },
      });
      assert.deepEqual(seen, [
        of(400, 'bad row', 'client error (400) from primary with message "bad row".'),
        of(0, noAnswerOf('steady'), `server error (0) from model with message "${noAnswerOf('steady')}".`),
        of(200, '', 'client error (200) from primary and could not load the entire response body.'),
        { length: 66_000 },
        { length: 0 },
      ]);
    });
  }
});

const byBotocore = `
import json, sys
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError
session = botocore.session.Session()
session.set_credentials("any", "any")
client = session.create_client("sagemaker-runtime", "us-east-1", endpoint_url=sys.argv[1], config=Config(retries={"max_attempts": 0}))
def outcome(wish):
    try:
        answer = client.invoke_endpoint(EndpointName="steady", Body=json.dumps(wish))
        return {"length": len(answer["Body"].read())}
    except ClientError as error:
        said = error.response
        return {"code": said["Error"]["Code"], "http": said["ResponseMetadata"]["HTTPStatusCode"], "status": said["OriginalStatusCode"],
                "original": said["OriginalMessage"], "message": said["Error"]["Message"], "arn": said["LogStreamArn"]}
print(json.dumps([outcome(wish) for wish in json.loads(sys.argv[2])]))
`;

function clientOf(owner: Scope, endpoint: string): SageMakerRuntimeClient {
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  const client = new SageMakerRuntimeClient({ endpoint, region: account.region, credentials, maxAttempts: 1 });
  owner.defer(() => client.destroy());
  return client;
}

function watch(owner: Scope, image: string, name: string, limits: LimitOverrides, environment: Readonly<Record<string, string>>): Watched {
  const changed = new EventTarget();
  const news = (): void => void changed.dispatchEvent(new Event('news'));
  const events: EndpointEvent[] = [];
  let lines = '';
  const parts = { image, environment, region: account.region, isNetworkIsolated: false, mounts: [], labels: testLabels };
  const variant = planVariant({ ...parts, limits: limitsOf('serving', limits) });
  const endpoint = new Endpoint(testEngine(), name, async () => ({ configName: name, variants: [variant] }), {
    ...endpointOptions,
    onEvent: (event) => {
      events.push(event);
      news();
    },
    openLog: async () =>
      instanceLog((text) => {
        lines += text;
        news();
      }),
  });
  owner.defer(() => endpoint.stop(AbortSignal.abort()));
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await once(changed, 'news');
  };
  const count = (what: string): number => events.filter((event) => event.event === 'instance' && event.what === what).length;
  return {
    endpoint,
    events,
    until: (what, times = 1) => until(() => count(what) >= times),
    printed: (text, times = 1) => until(() => lines.split(text).length > times),
  };
}
