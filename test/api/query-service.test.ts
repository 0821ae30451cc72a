import assert from 'node:assert/strict';
import http from 'node:http';
import { queryService } from '../../src/api/query-service.ts';
import { fail } from '../../src/errors.ts';
import { type ServiceServer, serviceServer } from '../support/service-server.ts';

describe('a query service', () => {
  let server: ServiceServer;
  const failures: string[] = [];

  before(async () => {
    server = await serviceServer(
      queryService({
        title: 'AWS Test',
        version: '2020-01-01',
        namespace: 'https://test.amazonaws.com/doc/2020-01-01/',
        known: ['Echo', 'Nothing', 'Refuse', 'Break', 'Other'],
        types: { Count: 'number', Flag: 'boolean', At: 'time' },
        onFailure: (operation) => failures.push(operation),
        operations: {
          Echo: async (request: object) => ({ Request: JSON.stringify(request), List: ['a', { B: 1 }], At: new Date(0) }),
          Nothing: async () => undefined,
          Refuse: async () => {
            throw fail('QueryInvalid', { message: 'a < b', remedy: '' });
          },
          Break: async () => {
            throw new Error('a defect');
          },
        },
      }),
    );
  });
  after(() => server[Symbol.asyncDispose]());

  const ask = async (query: string, init: RequestInit = {}, path = '/') => {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' };
    const response = await fetch(`${server.url}${path}`, { method: 'POST', headers, body: query, ...init });
    return { status: response.status, headers: response.headers, body: await response.text() };
  };

  it('answers in XML with the id of the request', async () => {
    const { status, headers, body } = await ask('Action=Echo&Version=2020-01-01&Count=2.5&Flag=true&At=1970-01-01T00:01:00Z&N.member.1=x');
    const id = headers.get('x-amzn-requestid');
    assert.equal(status, 200);
    assert.equal(headers.get('content-type'), 'text/xml');
    assert.equal(
      body,
      '<?xml version="1.0" encoding="UTF-8"?>\n<EchoResponse xmlns="https://test.amazonaws.com/doc/2020-01-01/"><EchoResult>' +
        '<Request>{&quot;Count&quot;:2.5,&quot;Flag&quot;:true,&quot;At&quot;:60,&quot;N&quot;:[&quot;x&quot;]}</Request>' +
        '<List><member>a</member><member><B>1</B></member></List><At>1970-01-01T00:00:00.000Z</At></EchoResult>' +
        `<ResponseMetadata><RequestId>${id}</RequestId></ResponseMetadata></EchoResponse>`,
    );
    const nothing = await ask('Action=Nothing&Version=2020-01-01');
    assert.match(nothing.body, /<NothingResponse [^>]*><ResponseMetadata>/);
  });

  it('is asked in the address too, with GET or POST', async () => {
    const inAddress = await ask('', { method: 'GET', body: null }, '/?Action=Echo&Version=2020-01-01&A=%2B+x');
    assert.match(inAddress.body, /&quot;A&quot;:&quot;\+ x&quot;/);
    assert.equal((await ask('Version=2020-01-01', {}, '/?Action=Nothing')).status, 200);
  });

  it('refuses what it does not know, in the form of the protocol', async () => {
    for (const [query, status, code, message] of [
      ['Action=Gone&Version=2020-01-01', 400, 'InvalidAction', /^Could not find operation Gone for version 2020-01-01$/],
      ['Action=Echo&Version=2019-01-01', 400, 'InvalidAction', /^Could not find operation Echo for version 2019-01-01$/],
      ['Action=Echo', 400, 'InvalidAction', /^Could not find operation Echo for version NO_VERSION_SPECIFIED$/],
      ['Action=toString&Version=2020-01-01', 400, 'InvalidAction', /toString/],
      ['Action=Other&Version=2020-01-01', 400, 'NotImplemented', /^AWS Test's Other is not served by sm-local\./],
      ['Version=2020-01-01', 400, 'MissingAction', /Action is missing/],
      ['', 400, 'MissingAction', /Action is missing/],
      ['Action.x=1', 400, 'MissingAction', /Action is missing/],
      ['A=1&A.B=2', 400, 'MalformedInput', /a text and a structure/],
      ['Action=Refuse&Version=2020-01-01', 400, 'ValidationError', /^a &lt; b$/],
      ['Action=Break&Version=2020-01-01', 500, 'InternalFailure', /^a defect$/],
    ] as const) {
      const answer = await ask(query);
      const [, type, found, text = ''] =
        /<ErrorResponse xmlns="[^"]+"><Error><Type>(\w+)<\/Type><Code>(\w+)<\/Code><Message>(.*)<\/Message><\/Error><RequestId>[\w-]{36}<\/RequestId>/.exec(
          answer.body,
        ) ?? [];
      assert.deepEqual([answer.status, type, found], [status, status < 500 ? 'Sender' : 'Receiver', code], query);
      assert.match(text, message);
    }
    assert.deepEqual(failures, ['Break']);
  });

  it('takes neither other documents nor other methods nor bodies without end', async () => {
    assert.equal((await ask('{}', { headers: { 'Content-Type': 'application/json' } })).status, 400);
    assert.equal((await ask('Action=Echo&Version=2020-01-01', { method: 'PUT' })).status, 400);
    const status = await new Promise((resolve, reject) => {
      const request = http.request(server.url, { method: 'POST', headers: { 'Content-Length': 100 * 1024 * 1024 } }, (response) => {
        response.resume();
        resolve(response.statusCode);
        request.destroy();
      });
      request.on('error', reject);
      request.flushHeaders();
    });
    assert.equal(status, 413);
  });
});
