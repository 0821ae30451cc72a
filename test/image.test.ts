import assert from 'node:assert/strict';
import { openEmulator } from '../src/emulator.ts';
import type { BuildSpec } from '../src/engine/engine.ts';
import { findOrBuildImage, type ImageEvent } from '../src/image.ts';
import { FakeEngine, type FakeEngineOptions } from './support/fake-engine.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';

describe('the image of a request', () => {
  const program = async (): Promise<number> => 0;
  const platform = process.env.DOCKER_DEFAULT_PLATFORM;
  beforeEach(() => {
    delete process.env.DOCKER_DEFAULT_PLATFORM;
  });
  after(() => {
    if (platform !== undefined) process.env.DOCKER_DEFAULT_PLATFORM = platform;
    else delete process.env.DOCKER_DEFAULT_PLATFORM;
  });

  async function told(options: Partial<FakeEngineOptions>, directory?: string): Promise<readonly ImageEvent[]> {
    await using home = await temporaryDirectory();
    await using emulator = await openEmulator({ home: home.path, engine: new FakeEngine({ images: {}, ...options }) });
    const events: ImageEvent[] = [];
    const image = directory
      ? ({ kind: 'directory', path: directory, tag: 'built' } as const)
      : ({ kind: 'image', reference: 'iris' } as const);
    const found = findOrBuildImage(emulator, { image }, { event: (event) => events.push(event) }, new AbortController().signal);
    await found.catch((error: Error) => events.push({ event: 'warning', message: error.message }));
    return events;
  }

  it('that is pulled is told as two progresses, each with its beginning and its end', async () => {
    const events = await told({ registry: { iris: program } });
    assert.deepEqual(
      events.map((event) => event.event === 'progress' && [event.what, event.state, event.done, event.total]),
      [
        ['Pulling iris', 'begun', 0, undefined],
        ['Pulling iris', 'done', 100, 100],
        ['Unpacking iris', 'begun', 0, undefined],
        ['Unpacking iris', 'done', 100, 100],
      ],
    );
  });

  it('that cannot be pulled ends its progress before it fails', async () => {
    const events = await told({});
    assert.deepEqual(
      events.map((event) => (event.event === 'progress' ? event.state : event.message)),
      ['begun', 'failed', 'The image iris is not on this engine and could not be pulled: the test has no such image'],
    );
  });

  it('that is there is told nothing of', async () => {
    assert.deepEqual(await told({ images: { iris: program } }), []);
  });

  it('is told with what is wrong in the docker config, and with its proxies, whose passwords are covered', async () => {
    const variables = { HTTP_PROXY: 'http://me:secret@proxy:1', http_proxy: 'http://me:secret@proxy:1', NO_PROXY: 'n', no_proxy: 'n' };
    const settings = { warnings: ['The docker config is not JSON.'], proxies: { from: 'proxies.default', variables } };
    assert.deepEqual(await told({ images: { iris: program }, settings }), [
      { event: 'warning', message: 'The docker config is not JSON.' },
      {
        event: 'note',
        message: 'Builds and containers get HTTP_PROXY=http://me:***@proxy:1, NO_PROXY=n (proxies.default of the docker config).',
      },
    ]);
  });

  it('is built for the platform of the instances, or for the one that the docker program takes by default', async () => {
    const specs: BuildSpec[] = [];
    const build = (spec: BuildSpec): typeof program => {
      specs.push(spec);
      return program;
    };
    for (const value of [undefined, '', 'linux/arm64']) {
      if (value !== undefined) process.env.DOCKER_DEFAULT_PLATFORM = value;
      await told({ build }, '/projects/iris');
    }
    assert.deepEqual(
      specs.map((spec) => spec.platform),
      ['linux/amd64', 'linux/amd64', 'linux/arm64'],
    );
  });
});
