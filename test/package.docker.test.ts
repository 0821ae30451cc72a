import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { installIn, type Packed, packed, runIn } from './support/packed.ts';
import { baseImage, leftOf, projectRoot, testEngine } from './support/real-engine.ts';

const common = { strict: true, target: 'es2022', lib: ['es2022'], types: ['node'], skipLibCheck: false, exactOptionalPropertyTypes: true };
const commonJsProjects = {
  'module nodenext': { module: 'nodenext' },
  'module commonjs and the resolution of bundlers': { module: 'commonjs', moduleResolution: 'bundler' },
};

/** AWS's types are not `any`: a wrong name would be taken if they were. */
const use = `
import { startEmulator, type TrainOptions, train } from 'sm-local';
import sm = require('sm-local');
export const request: TrainOptions['requestMembers'] = { TrainingJobName: 'iris-1' };
// @ts-expect-error a name is a string
export const wrong: TrainOptions['requestMembers'] = { TrainingJobName: 1 };
export async function reason(): Promise<string | undefined> {
  await using emulator = await startEmulator({ limit: { startup: '30s' } });
  const { describe } = await train({ image: './iris', input: { train: emulator.url } });
  const status: string | undefined = describe.TrainingJobStatus;
  return status;
}
console.log(typeof train, sm.isError(new Error('x')));
`;

const useContainers = `
import { SageMakerEndpointContainer, SageMakerLocal, type StartedSageMakerEndpointContainer } from 'sm-local/testcontainers';
import tc = require('sm-local/testcontainers');
export async function answer(): Promise<string> {
  await using endpoint: StartedSageMakerEndpointContainer = await new SageMakerEndpointContainer('./iris').withModel('./model').start();
  return (await endpoint.invoke('5.1')).text();
}
// @ts-expect-error a path is a string
new SageMakerEndpointContainer('./iris').withModel(1);
console.log(typeof SageMakerLocal, tc.SageMakerLocal === SageMakerLocal);
`;

describe('the packed package, installed where nothing else is', function () {
  this.timeout(180_000);
  let user: Packed;
  before(async () => {
    user = await packed();
    await installIn(user.path, user.tarball, { type: 'commonjs' });
  });
  after(() => user[Symbol.asyncDispose]());

  it('trains the example with its command', async () => {
    const iris = join(user.path, `iris-${process.pid}`); // an image of its own: others build the example at the same time
    await cp(join(projectRoot, 'examples/iris'), iris, { recursive: true });
    const channels = ['train', 'validation'].flatMap((name) => ['--input', `${name}=${iris}/data/${name}`]);
    const base = ['--build-arg', `BASE_IMAGE=${baseImage()}`];
    const train = ['--no-install', 'sm-local', 'train', iris, ...base, '--name', 'packed', ...channels, '--hp', 'epochs=5'];
    assert.match(runIn(user.path, 'npx', train), /packed {2}Completed/);
    await testEngine().images.remove(`sm-local/iris-${process.pid}:latest`);
    assert.deepEqual(await leftOf(join(user.path, 'home')), []);
  });

  it('can be imported, and its version is its own', () => {
    const program =
      "import { startEmulator, train, serve, SmLocalError } from 'sm-local'; console.log(typeof startEmulator, typeof train, typeof serve, typeof SmLocalError);";
    const printed = runIn(user.path, process.execPath, ['--input-type=module', '-e', program]);
    assert.equal(printed.trim(), 'function function function function');
    assert.match(runIn(user.path, 'npx', ['--no-install', 'sm-local', '--version']), /^\d+\.\d+\.\d+\n$/);
  });

  it('holds no tests, no sources and no maps, but templates and examples with theirs', () => {
    const listed = JSON.parse(runIn(projectRoot, 'npm', ['pack', '--dry-run', '--json', '--ignore-scripts'])) as {
      files: { path: string }[];
    }[];
    const paths = (listed[0]?.files ?? []).map(({ path }) => path);
    assert.ok(paths.includes('bin/sm-local.js') && paths.includes('dist/src/index.d.ts') && paths.includes('dist/cli/main.cjs'));
    assert.ok(paths.includes('bin/package.json') && paths.includes('bin/compiled.js') && paths.includes('dist/cli/help/100/train.txt'));
    assert.ok(paths.includes('schema/sm-local.schema.json'));
    assert.ok(paths.includes('docs/README.md') && paths.includes('docs/checks/user.md') && paths.includes('docs/terminal.svg'));
    assert.ok(paths.includes('templates/python/.dockerignore') && paths.includes('templates/python/test/image.test.js'));
    assert.deepEqual(
      paths.filter((path) => !/^(?:templates|examples)\//.test(path) && /(?:^|\/)test\/|\.test\.|\.map$|(?<!\.d)\.ts$/.test(path)),
      [],
    );
  });

  /** One of this project's development dependencies, run where the package is. */
  const program = (name: string, ...args: readonly string[]): string =>
    runIn(user.path, process.execPath, [join(projectRoot, 'node_modules', name), ...args]);

  it('has nothing that publint would say', () => {
    assert.match(program('publint/src/cli.js', 'run', user.tarball, '--strict'), /All good!/);
  });

  it('has types that are right for every way to resolve it', () => {
    // `require` gets an ES module: an error in old Nodes, and what every Node does that the package runs on. Nobody imports the schema.
    const expected = ['--ignore-rules', 'cjs-resolves-to-esm', '--exclude-entrypoints', 'schema.json'];
    assert.match(program('@arethetypeswrong/cli/dist/index.js', user.tarball, '--format', 'ascii', ...expected), /No problems found/);
  });

  it('names no package in its types but Node, and testcontainers where that is asked for', () => {
    for (const [door, types] of doors()) {
      const found = packagesNamedFrom(join(user.path, 'node_modules/sm-local', types));
      const others = [...found].filter((name) => !name.startsWith('node:'));
      assert.deepEqual(others, door === './testcontainers' ? ['testcontainers'] : []);
    }
  });

  /** Which the user has, as much as the package. */
  const withTestcontainers = async (): Promise<void> => {
    const path = join(user.path, 'node_modules/testcontainers');
    if (!existsSync(path)) await symlink(join(projectRoot, 'node_modules/testcontainers'), path);
  };

  for (const [name, options] of Object.entries(commonJsProjects)) {
    it(`type-checks, and runs, from a CommonJS project with ${name}`, async () => {
      const project = join(user.path, name.replaceAll(/\W+/g, '-'));
      await mkdir(project);
      await withTestcontainers();
      await writeFile(join(project, 'use.ts'), use);
      await writeFile(join(project, 'use-containers.ts'), useContainers);
      const files = ['use.ts', 'use-containers.ts'];
      await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: { ...common, ...options }, files }));
      program('typescript/bin/tsc', '--project', project);
      assert.match(readFileSync(join(project, 'use.js'), 'utf8'), /require\("sm-local"\)/);
      assert.equal(runIn(project, process.execPath, ['use.js']), 'function false\n');
      assert.match(readFileSync(join(project, 'use-containers.js'), 'utf8'), /require\("sm-local\/testcontainers"\)/);
      assert.equal(runIn(project, process.execPath, ['use-containers.js']), 'function true\n');
    });
  }
});

/** The declarations of every door of the package. */
function doors(): readonly (readonly [door: string, types: string])[] {
  const { exports } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as {
    exports: Record<string, { types?: string }>;
  };
  return Object.entries(exports).flatMap(([door, { types }]) => (types === undefined ? [] : [[door, types] as const]));
}

/** Every package that these declarations import, and those that they import from their own package. */
function packagesNamedFrom(declarations: string): ReadonlySet<string> {
  const files = new Set([declarations]);
  const packages = new Set<string>();
  for (const file of files) {
    const code = readFileSync(file, 'utf8').replaceAll(/\/\*.*?\*\//gs, '');
    for (const [, name = ''] of code.matchAll(/(?:from |import\()['"]([^'"]+)['"]/g)) {
      if (name.startsWith('.')) files.add(resolve(dirname(file), name.replace(/\.[jt]s$/, '.d.ts')));
      else packages.add(name);
    }
  }
  return packages;
}
