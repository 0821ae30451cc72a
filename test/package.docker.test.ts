import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { uncovered } from './support/coverage.ts';
import { baseImage, leftOf, projectRoot, testEngine } from './support/real-engine.ts';

describe('the packed package, installed where nothing else is', function () {
  this.timeout(180_000);
  let prefix: string;
  const run = (program: string, args: readonly string[], cwd: string): string =>
    execFileSync(program, args, {
      cwd,
      encoding: 'utf8',
      env: { ...process.env, ...uncovered, SM_LOCAL_HOME: join(prefix, 'home') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });

  before(async () => {
    prefix = await mkdtemp(join(tmpdir(), 'sm-local-package-'));
    run('npm', ['pack', '--ignore-scripts', '--pack-destination', prefix], projectRoot);
    const tarball = readdirSync(prefix).find((name) => name.endsWith('.tgz')) ?? '';
    await writeFile(join(prefix, 'package.json'), '{"name":"user","private":true,"type":"module"}');
    run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline', join(prefix, tarball)], prefix);
  });
  after(() => rm(prefix, { recursive: true, force: true }));

  it('trains the example with its command', async () => {
    const iris = join(prefix, `iris-${process.pid}`); // an image of its own: others build the example at the same time
    await cp(join(projectRoot, 'examples/iris'), iris, { recursive: true });
    const channels = ['train', 'validation'].flatMap((name) => ['--input', `${name}=${iris}/data/${name}`]);
    const out = run(
      'npx',
      [
        '--no-install',
        'sm-local',
        'train',
        iris,
        '--build-arg',
        `BASE_IMAGE=${baseImage()}`,
        '--name',
        'packed',
        ...channels,
        '--hp',
        'epochs=5',
      ],
      prefix,
    );
    assert.match(out, /packed {2}Completed/);
    await testEngine().images.remove(`sm-local/iris-${process.pid}:latest`);
    assert.deepEqual(await leftOf(join(prefix, 'home')), []);
  });

  it('can be imported, and its version is its own', () => {
    const program =
      "import { openEmulator, train, serve, SmLocalError } from 'sm-local'; console.log(typeof openEmulator, typeof train, typeof serve, typeof SmLocalError);";
    assert.equal(run(process.execPath, ['--input-type=module', '-e', program], prefix).trim(), 'function function function function');
    assert.match(run('npx', ['--no-install', 'sm-local', '--version'], prefix), /^\d+\.\d+\.\d+\n$/);
  });

  it('holds no tests, no sources and no maps', () => {
    const listed = JSON.parse(run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], projectRoot)) as {
      files: { path: string }[];
    }[];
    const paths = (listed[0]?.files ?? []).map(({ path }) => path);
    assert.ok(paths.includes('bin/sm-local.js') && paths.includes('dist/src/index.d.ts') && paths.includes('dist/cli/main.js'));
    assert.ok(paths.includes('schema/sm-local.schema.json'));
    assert.deepEqual(
      paths.filter((path) => /test|\.map$|(?<!\.d)\.ts$/.test(path)),
      [],
    );
  });
});
