import assert from 'node:assert/strict';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import type { DataCaptureConfig } from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, InvokeEndpointWithResponseStreamCommand } from '@aws-sdk/client-sagemaker-runtime';
import { captureAll } from '../../../src/contract/data-capture.ts';
import { deploymentOf } from '../../../src/contract/deployment.ts';
import { type DataCapture, type DataCaptureOptions, openDataCapture } from '../../../src/hosting/capture/data-capture.ts';
import type { VariantPlan } from '../../../src/hosting/fleet.ts';
import { Scope } from '../../../src/scope.ts';
import { type Program, serving } from '../../support/fake-engine.ts';
import { doors, type Hosted, type Hosting, host, rawly, request } from '../doors.ts';
import { type CaptureStore, captureStore } from './capture-store.ts';

/** A server that pings well. */
const model = (invocations: http.RequestListener): Program =>
  serving((asked, response) => (asked.url === '/ping' ? void response.end() : invocations(asked, response)));

const echo = model((asked, response) => {
  const type = asked.headers['content-type'];
  if (type !== undefined) response.setHeader('content-type', type);
  asked.pipe(response);
});

interface Line {
  readonly captureData: Readonly<Record<'endpointInput' | 'endpointOutput', Readonly<Record<string, string>> | undefined>>;
  readonly eventMetadata: Readonly<Record<string, unknown>>;
}

const csv = { 'content-type': 'text/csv' };

for (const door of doors) {
  describe(`captured invocations through the ${door}`, () => {
    let scope: Scope;
    let place: CaptureStore;
    let warnings: string[];
    beforeEach(async () => {
      scope = new Scope();
      place = scope.use(await captureStore());
      warnings = [];
    });
    afterEach(() => scope[Symbol.asyncDispose]());

    const open = async (config: Partial<DataCaptureConfig> = {}, options: Partial<DataCaptureOptions> = {}): Promise<DataCapture> => {
      const capture = await openDataCapture({ ...captureAll('s3://bucket/captured'), ...config }, place, {
        ...{ endpoint: 'demo', flushAfter: 3600, flushSize: 2 ** 30, onWarning: (message: string) => warnings.push(message) },
        ...options,
      });
      assert.ok(capture);
      return capture;
    };
    const start = (image: Program, capture: DataCapture, hosting: Hosting = {}): Promise<Hosted> =>
      host(scope, door, image, { ...hosting, plan: (variant) => ({ capture, ...hosting.plan?.(variant) }) });
    /** All lines, with their variants. */
    const lines = async (capture: DataCapture): Promise<readonly (Line & { readonly variant: string })[]> => {
      await capture.close();
      return Object.entries(await place.objectsBelow('captured')).flatMap(([name, content]) =>
        content
          .trimEnd()
          .split('\n')
          .map((line) => ({ ...(JSON.parse(line) as Line), variant: name.split('/')[1] ?? '' })),
      );
    };
    const data = async (capture: DataCapture): Promise<readonly (readonly (string | undefined)[])[]> =>
      (await lines(capture)).map(({ captureData: { endpointInput, endpointOutput } }) => [endpointInput?.data, endpointOutput?.data]);

    it('have what AWS’s client sent and got', async () => {
      const capture = await open({}, { now: () => new Date('2026-01-31T12:00:00.5Z'), newId: () => 'id' });
      const { client } = await start(
        model((asked, response) => {
          asked.resume();
          response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end('{"score": 0.93}');
        }),
        capture,
      );
      await client.send(
        new InvokeEndpointCommand({
          ...{ EndpointName: 'demo', Body: '1,2,3', ContentType: 'text/csv', InferenceId: 'order-17', CustomAttributes: 'trace=42' },
        }),
      );
      await capture.close();
      assert.deepEqual(await place.objectsBelow('captured'), {
        'demo/AllTraffic/2026/01/31/12/00-00-500-id.jsonl':
          '{"captureData":{"endpointInput":{"observedContentType":"text/csv","mode":"INPUT","data":"1,2,3","encoding":"CSV"},' +
          '"endpointOutput":{"observedContentType":"application/json; charset=utf-8","mode":"OUTPUT","data":"{\\"score\\": 0.93}","encoding":"JSON"}},' +
          '"eventMetadata":{"eventId":"id","inferenceId":"order-17","customAttributes":["trace=42"],"inferenceTime":"2026-01-31T12:00:00Z"},"eventVersion":"0"}\n',
      });
    });

    it('are all of them, whichever path and framing they take', async () => {
      const capture = await open();
      const { url } = await start(echo, capture);
      const large = Buffer.alloc(300_000, '1,2,3\n').toString();
      await request(`${url}/invocations`, { headers: csv, body: 'small' });
      await request(`${url}/endpoints/demo/invocations`, { headers: csv, body: large });
      await request(`${url}/invocations`, { headers: { ...csv, 'transfer-encoding': 'chunked' }, body: 'chunked' });
      await request(`${url}/invocations`, { headers: { ...csv, 'transfer-encoding': 'chunked' }, body: large });
      await request(`${url}/invocations`, { headers: csv });
      assert.deepEqual(
        await data(capture),
        ['small', large, 'chunked', large, ''].map((body) => [body, body]),
      );
    });

    it('are a share of them when that is asked for, chosen anew for each', async () => {
      for (const [percent, wanted] of [
        [0, []],
        [50, ['0', '3']],
        [100, ['0', '1', '2', '3']],
      ] as const) {
        const dice = [0.49, 0.5, 0.99, 0];
        const capture = await open(
          { InitialSamplingPercentage: percent, DestinationS3Uri: `s3://bucket/captured/${percent}` },
          { random: () => dice.shift() ?? 0 },
        );
        const { url } = await start(echo, capture);
        for (const body of ['0', '1', '2', '3']) await request(`${url}/invocations`, { headers: csv, body });
        await capture.close();
        const content = Object.values(await place.objectsBelow(`captured/${percent}`)).join('');
        const seen = [...content.matchAll(/"mode":"INPUT","data":"(\d)"/g)].map(([, body]) => body);
        assert.deepEqual(seen, wanted);
      }
    });

    for (const [option, sides] of Object.entries({ Input: ['in', undefined], Output: [undefined, 'out'], InputAndOutput: ['in', 'out'] })) {
      it(`have the sides of ${option}`, async () => {
        const capture = await open({ CaptureOptions: [{ CaptureMode: option as 'Input' }] });
        const { url } = await start(
          model(async (asked, response) => {
            await text(asked);
            response.writeHead(200, csv).end('out');
          }),
          capture,
        );
        await request(`${url}/invocations`, { headers: csv, body: 'in' });
        assert.deepEqual(await data(capture), [sides]);
      });
    }

    it('have data as text for the types in either list, and as base64 for others', async () => {
      const capture = await open({
        CaptureContentTypeHeader: { CsvContentTypes: ['text/tsv'], JsonContentTypes: ['application/jsonlines'] },
      });
      const { url } = await start(echo, capture);
      for (const type of ['text/tsv; header=absent', 'Application/JSONLines', 'text/csv']) {
        await request(`${url}/invocations`, { headers: { 'content-type': type }, body: '[1]' });
      }
      assert.deepEqual(
        (await lines(capture)).map(({ captureData: { endpointInput: side } }) => [side?.observedContentType, side?.encoding, side?.data]),
        [
          ['text/tsv; header=absent', 'CSV', '[1]'],
          ['Application/JSONLines', 'JSON', '[1]'],
          ['text/csv', 'BASE64', 'WzFd'],
        ],
      );
    });

    it('are those that were answered with 200: failed, broken, oversize and refused ones are not among them', async () => {
      const capture = await open();
      const limits = { payload: 100_000, invocation: 0.05 };
      const failing = [
        model((_asked, response) => void response.writeHead(400).end('no')),
        model((_asked, response) => void response.writeHead(302).end('elsewhere')),
        model(() => {}),
        rawly((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf')),
        model((_asked, response) => void response.end(Buffer.alloc(200_000))),
      ];
      for (const image of failing) {
        const { url } = await start(image, capture, { limits });
        assert.equal((await request(`${url}/invocations`, { headers: csv, body: 'x' })).status, 424);
      }
      const hosted = await start(
        model((asked) => void asked.resume()),
        capture,
        { limits },
      );
      const headers = { ...csv, 'transfer-encoding': 'chunked' };
      assert.equal((await request(`${hosted.url}/invocations`, { headers, body: Buffer.alloc(200_000) })).status, 413);
      assert.equal((await request(`${hosted.url}/endpoints/other/invocations`, { headers: csv, body: 'x' })).status, 400);
      const { url } = await start(
        model((_asked, response) => void response.writeHead(418).end('as it is')),
        capture,
        { isRaw: true },
      );
      assert.equal((await request(`${url}/invocations`, { body: 'x' })).status, 418);
      assert.deepEqual(await data(capture), []);
      assert.deepEqual(warnings, []);
    });

    it('are not those whose client left', async () => {
      const capture = await open();
      let began = (): void => {};
      const begun = new Promise<void>((resolve) => {
        began = resolve;
      });
      const { url } = await start(
        model(() => began()),
        capture,
      );
      const halfSent = http.request(`${url}/invocations`, { method: 'POST', headers: { 'content-length': 10 }, agent: false });
      const left = new Promise<void>((resolve) => void halfSent.on('close', resolve));
      halfSent.on('error', () => {}).write('half', () => halfSent.destroy());
      const unanswered = http.request(`${url}/invocations`, { method: 'POST', agent: false });
      unanswered.on('error', () => {}).end('whole');
      await Promise.all([begun, left]);
      unanswered.destroy();
      assert.deepEqual(await data(capture), []);
    });

    it('do not hold up the end when a client does not go on', async () => {
      const capture = await open();
      const { url, endpoints } = await start(echo, capture);
      const stuck = http.request(`${url}/invocations`, { method: 'POST', headers: { 'content-length': 10 }, agent: false });
      scope.defer(() => stuck.destroy());
      stuck.on('error', () => {}).write('half');
      const choice = endpoints[0]?.choose(undefined);
      assert.ok(choice?.kind === 'slot');
      while (choice.upstream.running === 0) await new Promise(setImmediate);
      assert.deepEqual(await data(capture), []);
    });

    it('of a stream have its payload, if it was whole', async () => {
      const capture = await open();
      let count = 0;
      const { client } = await start(
        model((_asked, response) => {
          count += 1;
          response.writeHead(200, csv);
          if (count === 1) response.write('1,2\n', () => response.end('3,4\n'));
          else response.write('half', () => response.destroy());
        }),
        capture,
      );
      const stream = async (): Promise<void> => {
        const command = new InvokeEndpointWithResponseStreamCommand({
          EndpointName: 'demo',
          Body: Buffer.from('in'),
          ContentType: 'text/csv',
        });
        for await (const _part of (await client.send(command)).Body ?? []);
      };
      await stream();
      await assert.rejects(stream);
      assert.deepEqual(await data(capture), [['in', '1,2\n3,4\n']]);
    });

    it('are answered though there is no room for them', async () => {
      const capture = await open({}, { memory: 100_000 });
      const { url } = await start(echo, capture);
      const body = 'x'.repeat(200_000);
      assert.equal((await request(`${url}/invocations`, { headers: csv, body })).body, body);
      await request(`${url}/invocations`, { headers: csv, body: 'small' });
      assert.deepEqual(await data(capture), [['small', 'small']]);
      assert.equal(warnings.at(-1), 'Data capture of demo: 1 call was not captured, since too much waited to be written.');
    });

    it('are answered though their bucket has gone, and written when it is back', async () => {
      const capture = await open({}, { flushAfter: 0.005 });
      const { url } = await start(echo, capture);
      await place.store.removeBucket('bucket');
      while (warnings.length === 0) assert.equal((await request(`${url}/invocations`, { headers: csv, body: 'x' })).status, 200);
      assert.match(warnings[0] ?? '', /The specified bucket does not exist: bucket\.$/);
      await place.store.createBucket('bucket');
      await request(`${url}/invocations`, { headers: csv, body: 'last' });
      const bodies = (await data(capture)).map(([input]) => input);
      assert.ok(bodies.includes('x') && bodies.includes('last'));
      assert.equal(warnings.length, 1);
    });

    it('are kept by variant', async () => {
      const capture = await open();
      const { url } = await start(echo, capture, {
        plan: (variant) => ({ variants: ['blue', 'green'].map((name) => ({ ...variant, name })) }),
      });
      for (const name of ['blue', 'green', 'blue']) {
        await request(`${url}/invocations`, { headers: { ...csv, 'x-amzn-sagemaker-target-variant': name }, body: name });
      }
      const all = (await lines(capture)).map(({ variant, captureData }) => `${variant} ${captureData.endpointInput?.data}`);
      assert.deepEqual(all.sort(), ['blue blue', 'blue blue', 'green green']);
    });

    it('of an endpoint that is updated go where its configuration says, the old one’s before the update is over', async () => {
      const [old, next] = [await open({ DestinationS3Uri: 's3://bucket/captured/old' }), await open()];
      let variant: VariantPlan | undefined;
      const { url, endpoints } = await start(echo, old, {
        plan: (planned) => {
          variant = planned;
          return { release: () => old.close() };
        },
      });
      await request(`${url}/invocations`, { headers: csv, body: 'before' });
      assert.ok(variant);
      const variants = [variant];
      await endpoints[0]?.update(async () => ({ configName: 'next', variants, capture: next }), deploymentOf(undefined, 1));
      assert.match(Object.values(await place.objectsBelow('captured/old')).join(''), /"data":"before"/);
      await request(`${url}/invocations`, { headers: csv, body: 'after' });
      await next.close();
      assert.match(Object.values(await place.objectsBelow('captured/demo')).join(''), /^[^\n]*"data":"after"[^\n]*\n$/);
    });

    it('are not those that a shadow variant got, though it gets all that the other got', async () => {
      const capture = await open();
      let copied = (): void => {};
      const twice = new Promise<void>((resolve) => {
        copied = resolve;
      });
      const bodies: string[] = [];
      const image = model(async (asked, response) => {
        bodies.push(await text(asked));
        if (bodies.length === 2) copied();
        response.writeHead(200, csv).end(bodies.at(-1));
      });
      const { url } = await start(image, capture, { plan: (variant) => ({ shadow: { ...variant, name: 'shadow' } }) });
      await request(`${url}/invocations`, { headers: { ...csv, 'transfer-encoding': 'chunked' }, body: '1,2' });
      await twice;
      assert.deepEqual(bodies, ['1,2', '1,2']);
      const seen = (await lines(capture)).map(({ variant, captureData }) => [variant, captureData.endpointInput?.data]);
      assert.deepEqual(seen, [['AllTraffic', '1,2']]);
    });
  });
}
