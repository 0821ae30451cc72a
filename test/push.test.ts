import assert from 'node:assert/strict';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { isError } from '../src/errors.ts';
import type { ImageEvent } from '../src/image.ts';
import { type PushRequest, pushAddress, pushImage } from '../src/push.ts';
import { FakeEngine, type FakeEngineOptions } from './support/fake-engine.ts';

describe('the address of a push', () => {
  for (const [text, image, expected] of [
    ['me/iris', 'iris:3', 'me/iris:3'],
    ['me/iris', 'iris', 'me/iris:latest'],
    ['me/iris:1', 'iris:3', 'me/iris:1'],
    ['host:5000/iris', 'registry:1/team/iris:2', 'host:5000/iris:2'],
    ['localhost/iris', 'sha256:aaaa', 'localhost/iris:latest'],
    ['localhost/iris', 'aaaa', 'localhost/iris:latest'],
    ['123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/iris', 'iris:1', '123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/iris:1'],
  ] as const) {
    it(`${text} is ${expected} for ${image}`, () => assert.equal(pushAddress(text, image, { id: `sha256:${'a'.repeat(64)}` }), expected));
  }

  for (const [text, why] of [
    ['https://host/iris', /no URL/],
    ['host:5000', /no repository/],
    ['123456789012.dkr.ecr.eu-west-1.amazonaws.com', /no repository/],
    ['iris', /no user, and no registry/],
    ['me/Iris', /lowercase/],
    [`me/iris@sha256:${'b'.repeat(64)}`, /digest/],
    ['me/iris:', /invalid/],
  ] as const) {
    it(`is not ${text}`, () => {
      assert.throws(
        () => pushAddress(text, 'iris'),
        (error) => isError(error, 'WrongUsage') && why.test(error.message),
      );
    });
  }
});

describe('a push', () => {
  const program = async (): Promise<number> => 0;

  async function push(options: Partial<FakeEngineOptions>, request: Partial<PushRequest> = {}) {
    const events: ImageEvent[] = [];
    const engine = new FakeEngine({ images: { 'iris:1': program }, ...options });
    const observer = { event: (event: ImageEvent) => void events.push(event) };
    const asked = { image: 'iris:1', address: 'me/iris', ...request };
    const pushed = await pushImage(engine, asked, observer, new AbortController().signal).catch((error: unknown) => error);
    return { events, pushed };
  }

  it('says that it is tried again, when, and where the reason will be', async () => {
    const digest = `sha256:${'c'.repeat(64)}`;
    const { events } = await push({
      async push(_, __, { onRetry } = {}) {
        onRetry?.({ seconds: 5, count: 1 });
        return { digest, reference: `me/iris@${digest}` };
      },
    });
    const notes = events.filter(({ event }) => event === 'note');
    assert.deepEqual(notes, [
      {
        event: 'note',
        message:
          'The registry did not take a layer of me/iris:1; the engine tries again in 5 s (retry 1). It says why only when it gives up.',
      },
    ]);
  });

  it('is told as one progress in bytes, and how many layers were there', async () => {
    const digest = `sha256:${'c'.repeat(64)}`;
    const { events, pushed } = await push({
      async push(image, address, { onProgress } = {}) {
        assert.deepEqual([image, address], ['iris:1', 'me/iris:1']);
        onProgress?.({ done: 0, total: 50, present: 2, layers: 3 });
        onProgress?.({ done: 50, total: 50, present: 2, layers: 3 });
        return { digest, reference: `me/iris@${digest}` };
      },
    });
    assert.deepEqual(pushed, { digest, reference: `me/iris@${digest}` });
    assert.deepEqual(
      events.map((event) => (event.event === 'progress' ? [event.what, event.state, event.done, event.total] : event)),
      [
        ['Pushing me/iris:1', 'begun', 0, undefined],
        ['Pushing me/iris:1', 'done', 50, 50],
        { event: 'note', message: 'The registry had 2 of the 3 layers already.' },
      ],
    );
  });

  it('of an image that is not there names the one that was meant', async () => {
    const { pushed } = await push({}, { image: 'irsi:1' });
    assert.ok(isError(pushed, 'ImageMissing'));
    assert.equal(pushed.remedy, 'Did you mean iris:1?');
    const other = (await push({}, { image: 'something-else' })).pushed;
    assert.ok(isError(other, 'ImageMissing') && /docker images/.test(other.remedy));
  });

  it('of an image for another platform is warned of and goes on', async () => {
    const pushed = { digest: 'd', reference: 'r' };
    const told = await push({ images: { 'iris:1': { program, architecture: 'arm64' } as never }, push: async () => pushed });
    assert.deepEqual(told.pushed, pushed);
    const [first] = told.events;
    assert.match(first?.event === 'warning' ? first.message : '', /iris:1 is for linux\/arm64.*exec format error/);
  });

  it('is interrupted while ECR is asked for a token', async () => {
    const asked = new AbortController();
    const silent = http.createServer(() => asked.abort(new Error('interrupted'))); // it never answers
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const settings = { AWS_ENDPOINT_URL_ECR: `http://127.0.0.1:${port}`, AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' };
    const before = { ...process.env };
    Object.assign(process.env, settings);
    try {
      const engine = new FakeEngine({ images: { 'iris:1': program } });
      const request = { image: 'iris:1', address: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/iris', ecrLogin: {} };
      const told: string[] = [];
      const observer = { event: (event: ImageEvent) => void (event.event === 'note' && told.push(event.message)) };
      await assert.rejects(pushImage(engine, request, observer, asked.signal), /^Error: interrupted$/);
      assert.deepEqual(told, ['Asking ECR in eu-west-1 for a token.']);
    } finally {
      for (const name of Object.keys(settings)) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
      silent.closeAllConnections();
      silent.close();
    }
  });

  it('with a token of ECR goes to ECR only', async () => {
    const { pushed } = await push({}, { ecrLogin: {} });
    assert.ok(isError(pushed, 'WrongUsage') && /docker\.io is none/.test(pushed.message));
  });
});
