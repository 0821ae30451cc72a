import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Emulator, openEmulator } from '../../src/emulator.ts';
import type { ServeValues } from '../../src/options/serve-options.ts';
import { serveRequest } from '../../src/options/serve-request.ts';
import { Scope } from '../../src/scope.ts';
import { failure } from '../support/failure.ts';
import { FakeEngine } from '../support/fake-engine.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('a request to serve a file of requests', () => {
  let scope: Scope;
  let cwd: string;
  let emulator: Emulator;
  beforeEach(async () => {
    scope = new Scope();
    cwd = scope.use(await temporaryDirectory()).path;
    const engine = scope.use(new FakeEngine({ images: {} }));
    emulator = scope.use(await openEmulator({ home: join(cwd, 'home'), engine, credentials: { source: 'environment' } }));
    for (const path of ['iris', 'other', 'below/iris']) {
      await mkdir(join(cwd, path), { recursive: true });
      await writeFile(join(cwd, path, 'Dockerfile'), 'FROM scratch\n');
    }
  });
  afterEach(() => scope[Symbol.asyncDispose]());

  const request = async (images: readonly string[], image?: string) => {
    const names = images.map((_, index) => `m${index}`);
    const file = {
      models: names.map((ModelName, index) => ({ ModelName, PrimaryContainer: { Image: images[index] } })),
      endpointConfigs: [{ EndpointConfigName: 'c', ProductionVariants: names.map((name) => ({ VariantName: name, ModelName: name })) }],
      endpoints: [{ EndpointName: 'e', EndpointConfigName: 'c' }],
    };
    const values = { env: [], 'build-arg': ['A=1'] } as Partial<ServeValues> as ServeValues;
    const asked = await serveRequest(image, values, { cwd, env: {}, now: () => new Date() }, emulator, file);
    return {
      images: asked.models.map(({ PrimaryContainer }) => PrimaryContainer?.Image),
      built: Object.entries(asked.images ?? {}).map(([name, { image, buildArguments }]) => [
        name,
        image.kind === 'directory' ? image.path : image.reference,
        buildArguments,
      ]),
    };
  };
  const iris = () => ['sm-local/iris:latest', join(cwd, 'iris'), { A: '1' }];

  it('builds the directories that models name as their image', async () => {
    assert.deepEqual(await request(['./iris', 'plain:1', './iris', './other']), {
      images: ['sm-local/iris:latest', 'plain:1', 'sm-local/iris:latest', 'sm-local/other:latest'],
      built: [iris(), ['sm-local/other:latest', join(cwd, 'other'), { A: '1' }]],
    });
  });

  it('has the directory of the command line for all models where they have one image', async () => {
    const images = ['sm-local/iris:latest', 'sm-local/iris:latest'];
    assert.deepEqual(await request(['any', 'any'], 'iris'), { images, built: [iris()] });
  });

  it('has it for those that call it by its name where others have another', async () => {
    const images = ['sm-local/iris:latest', 'iris'];
    assert.deepEqual(await request(['sm-local/iris', 'iris'], 'iris'), { images, built: [iris()] });
  });

  it('is refused where nobody can tell which is meant', async () => {
    await assert.rejects(request(['a', 'b'], './iris'), failure('WrongUsage', /any of a, b .*none of these is sm-local\/iris/));
    await assert.rejects(request(['./iris', './below/iris']), failure('WrongUsage', /both be built as sm-local\/iris:latest/));
  });
});
