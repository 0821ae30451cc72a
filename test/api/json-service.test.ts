import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { jsonService } from '../../src/api/json-service.ts';
import { fail } from '../../src/errors.ts';

describe('an AWS JSON service', () => {
  let server: http.Server;
  let url: string;
  const failures: unknown[] = [];
  before(async () => {
    const service = jsonService({
      title: 'Amazon Test',
      target: 'Test',
      version: '1.1',
      known: ['Greet', 'NotHere'],
      onFailure: (_operation, error) => failures.push(error),
      operations: {
        Greet: async ({ Name }: { Name?: string }) => ({
          Greeting: `Hello ${Name}`,
          When: new Date(1_700_000_000_250),
          Nothing: undefined,
        }),
        Stop: async () => undefined,
        Refuse: async () => {
          throw fail('InvalidRequest', { message: 'Requested resource not found.', remedy: 'x' });
        },
        Break: async () => {
          throw new Error('a defect');
        },
      },
    });
    const caller = { account: '000000000000', region: 'us-east-1' };
    server = http.createServer((request, response) => void service({ request, response, caller, requestId: 'id-1' }));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  async function call(target: string | undefined, body: string | Buffer = '{}', type = 'application/x-amz-json-1.1', method = 'POST') {
    const headers = { ...(target !== undefined && { 'x-amz-target': target }), 'content-type': type };
    const request = http.request(url, { method, headers, agent: false });
    const answered = once(request, 'response');
    request.on('error', () => {}); // of what is still being sent when the answer is there
    request.end(method === 'POST' ? body : undefined);
    const [response] = (await answered) as [http.IncomingMessage];
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += chunk;
    return { status: response.statusCode, headers: response.headers, text, json: text === '' ? undefined : JSON.parse(text) };
  }

  it('answers with JSON whose times are seconds, and with its request id', async () => {
    const { status, headers, json } = await call('Test.Greet', '{"Name":"you"}');
    assert.equal(status, 200);
    assert.deepEqual(json, { Greeting: 'Hello you', When: 1_700_000_000.25 });
    assert.equal(headers['content-type'], 'application/x-amz-json-1.1');
    assert.equal(headers['x-amzn-requestid'], 'id-1');
  });

  it('answers an operation without an output with nothing', async () => {
    const { status, text } = await call('Test.Stop');
    assert.equal(status, 200);
    assert.equal(text, '');
  });

  it('words errors of the catalogue as AWS does, with their type where each client looks', async () => {
    const { status, headers, json } = await call('Test.Refuse');
    assert.equal(status, 400);
    assert.equal(json.__type, 'ValidationException');
    assert.equal(json.message, 'Requested resource not found.');
    assert.equal(headers['x-amzn-errortype'], 'ValidationException');
  });

  it('answers a defect of ours with 500 and tells of it', async () => {
    const { status, json } = await call('Test.Break');
    assert.equal(status, 500);
    assert.equal(json.__type, 'InternalFailure');
    assert.equal(failures.length, 1);
  });

  it('tells what it does not serve from what nobody has, and never with a status that is tried again', async () => {
    const notServed = await call('Test.NotHere');
    assert.equal(notServed.status, 400);
    assert.equal(notServed.json.__type, 'NotImplementedException');
    assert.match(notServed.json.message, /NotHere/);
    for (const target of ['Test.Greeet', 'Test.', 'Test.toString', 'Other.Greet', undefined]) {
      const { status, json } = await call(target);
      assert.equal(status, 400);
      assert.equal(json.__type, 'UnknownOperationException');
    }
  });

  it('refuses what is no JSON object, in another media type, or not posted', async () => {
    const bodies = ['{', '[]', '1', 'null', '"x"', Buffer.from([0x7b, 0xff, 0x7d])];
    for (const body of bodies) {
      const { status, json } = await call('Test.Greet', body);
      assert.equal(status, 400);
      assert.equal(json.__type, 'SerializationException');
    }
    const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    assert.equal((await call('Test.Greet', deep)).json.__type, 'SerializationException');
    assert.equal((await call('Test.Greet', '{}', 'text/plain')).json.__type, 'SerializationException');
    assert.equal((await call('Test.Greet', '', undefined, 'GET')).json.__type, 'SerializationException');
  });

  it('refuses a body beyond its bounds, announced or not', async () => {
    const { status, json } = await call('Test.Greet', Buffer.alloc(100 * 1024 * 1024, 0x20));
    assert.equal(status, 413);
    assert.equal(json.__type, 'RequestEntityTooLargeException');
    const headers = { 'x-amz-target': 'Test.Greet', 'content-type': 'application/x-amz-json-1.1', 'transfer-encoding': 'chunked' };
    const request = http.request(url, { method: 'POST', headers, agent: false });
    request.on('error', () => {});
    const answered = once(request, 'response');
    for (let sent = 0; sent < 9; sent += 1) request.write(Buffer.alloc(1024 * 1024, 0x20));
    const [response] = (await answered) as [http.IncomingMessage];
    assert.equal(response.statusCode, 413);
    response.resume();
    request.destroy();
  });

  it('goes on when a client leaves in the middle of its body', async () => {
    const { port } = server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    socket.write(
      'POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: Test.Greet\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: 100\r\n\r\n{',
    );
    await once(socket, 'connect');
    socket.destroy();
    assert.equal((await call('Test.Greet')).status, 200);
  });
});
