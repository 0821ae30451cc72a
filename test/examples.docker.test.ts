import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { GenericContainer, type StartedTestContainer, Wait } from 'testcontainers';
import { type Place, runCommand, startCommand } from './support/command.ts';
import { baseImage, leftOf, projectRoot, testEngine } from './support/real-engine.ts';

/**
 * The example through two runners: plain testcontainers, which knows nothing of SageMaker and gets the contract's files by hand, and
 * sm-local. The same image must say the same in both.
 */
describe('examples/iris', function () {
  this.timeout(120_000);
  /** What sm-local calls the image that it builds: one of its own, since others build the example at the same time. */
  const built = `sm-local/iris-examples-${process.pid}`;
  let iris: string;
  const image = `sm-local-test/iris:${process.pid}`;
  let place: Place;
  let samples: string;

  beforeEach(async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'sm-local-iris-'));
    place = { cwd, home: join(cwd, 'home') };
    iris = join(cwd, `iris-examples-${process.pid}`);
    await cp(join(projectRoot, 'examples/iris'), iris, { recursive: true });
    samples = await readFile(join(iris, 'samples.csv'), 'utf8');
  });
  afterEach(async () => {
    assert.deepEqual(await leftOf(place.home), [], 'nothing is left in the engine');
    await rm(place.cwd, { recursive: true, force: true });
  });
  after(() => testEngine().images.remove(image));

  async function trained(): Promise<string> {
    const channels = ['train', 'validation'].flatMap((name) => ['--input', `${name}=${iris}/data/${name}`]);
    const metric = ['--metric', 'validation:accuracy=validation:accuracy=([0-9.]+)'];
    const build = ['--build-arg', `BASE_IMAGE=${baseImage()}`];
    const done = await runCommand(
      ['train', iris, ...build, '--name', 'iris', ...channels, ...metric, '--hp', 'epochs=100', '--json'],
      place,
    );
    assert.equal(done.code, 0, done.err);
    const result = JSON.parse(done.out.trim().split('\n').at(-1) ?? '') as {
      describe: { FinalMetricDataList: { Value: number }[] };
      files: { model: string; output: string };
    };
    assert.ok((result.describe.FinalMetricDataList[0]?.Value ?? 0) >= 0.93);
    assert.ok(result.files.output.endsWith('/iris/output/output.tar.gz'));
    return result.files.model;
  }

  async function servedByTestcontainers(model: string): Promise<StartedTestContainer> {
    const directory = join(place.cwd, 'unpacked');
    const { unpackArchive } = await import('../src/store/unpack.ts');
    await unpackArchive(model, directory, {});
    // Its reaper is an image that a machine without a registry cannot get; this suite stops what it starts.
    process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';
    const built = await GenericContainer.fromDockerfile(iris)
      .withBuildArgs({ BASE_IMAGE: baseImage() })
      .build(image, { deleteOnExit: false });
    return await built
      .withCommand(['serve'])
      .withCopyDirectoriesToContainer([{ source: directory, target: '/opt/ml/model' }])
      .withExposedPorts(8080)
      .withWaitStrategy(Wait.forHttp('/ping', 8080).forStatusCode(200))
      .start();
  }

  it('trained by sm-local predicts the same under testcontainers and under sm-local, one of each species', async () => {
    const model = await trained();
    const container = await servedByTestcontainers(model);
    let direct: string;
    try {
      const url = `http://${container.getHost()}:${container.getMappedPort(8080)}/invocations`;
      const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'text/csv', accept: 'text/csv' }, body: samples });
      assert.equal(response.status, 200);
      direct = await response.text();
    } finally {
      await container.stop();
    }
    assert.deepEqual(direct.trim().split(/\r?\n/), ['setosa', 'versicolor', 'virginica']);

    const serving = startCommand(['serve', image, '--model', 'iris', '--name', 'iris', '--port', '0'], place);
    try {
      await serving.until(/InService at/);
      const invoked = await runCommand(
        ['invoke', 'iris', '--content-type', 'text/csv', '--accept', 'text/csv', '--body', `@${iris}/samples.csv`],
        place,
      );
      assert.equal(invoked.out, direct);
      const wrong = await runCommand(['invoke', 'iris', '--content-type', 'text/csv', '--body', 'not,a,flower'], place);
      assert.equal(wrong.code, 1);
      assert.match(wrong.err, /^ModelError: Received client error \(400\) from primary/);
    } finally {
      serving.signal('SIGINT');
      await serving.ended;
    }
    await testEngine().images.remove(`${built}:latest`);
  });

  it('is served from the requests of examples/endpoints, each variant captured, and updated with the library', async () => {
    const model = await trained();
    const requests = await readFile(join(projectRoot, 'examples/endpoints/endpoints.yaml'), 'utf8');
    await writeFile(
      join(place.cwd, 'endpoints.yaml'),
      requests.replaceAll('sm-local/iris', built).replaceAll(/sm-local-output\/iris-\w+\/output\/model.tar.gz/g, model),
    );
    const serving = startCommand(['serve', '-f', 'endpoints.yaml', '--port', '0'], place);
    try {
      await serving.until(/InService at/);
      for (const variant of ['short', 'long']) {
        const csv = ['--content-type', 'text/csv', '--accept', 'text/csv', '--body', `@${iris}/samples.csv`];
        const invoked = await runCommand(['invoke', 'iris', ...csv, '--target-variant', variant, '--json'], place);
        const answer = JSON.parse(invoked.out) as { invokedProductionVariant: string; body: string };
        assert.deepEqual(
          [answer.invokedProductionVariant, answer.body.trim().split(/\r?\n/)],
          [variant, ['setosa', 'versicolor', 'virginica']],
        );
      }
    } finally {
      serving.signal('SIGINT');
      await serving.ended;
    }
    const captured = await readdir(join(place.cwd, 'captured/iris'), { recursive: true });
    assert.deepEqual(
      captured
        .filter((name) => name.endsWith('.jsonl'))
        .map((name) => name.split('/')[0])
        .sort(),
      ['long', 'short'],
    );
    const { stdout } = await promisify(execFile)(process.execPath, ['examples/endpoints/update.mjs', built, model, model], {
      cwd: projectRoot,
      env: { ...process.env, SM_LOCAL_HOME: place.home },
    });
    assert.match(stdout, /"share":0\.5[\s\S]*"share":1[\s\S]*answers by status: \{ '200': \d+ \}/);
    await testEngine().images.remove(`${built}:latest`);
  });
});
