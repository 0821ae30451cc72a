import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Ended, runCommand } from './support/command.ts';
import { fixtureImage, fixtureTag, leftOf, projectRoot, readFixture } from './support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from './support/temporary-directory.ts';

/** What a program finds that a training toolkit has started. */
interface Seen {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly code: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** In an image with a stand-in for AWS's toolkit, which is compared with what the toolkit itself was seen to do. */
describe('A script that a job brings along', function () {
  this.timeout(60_000);
  let root: TemporaryDirectory;
  before(() => fixtureImage('script-mode'));
  beforeEach(async () => {
    root = await temporaryDirectory();
  });
  afterEach(async () => {
    assert.deepEqual(await leftOf(join(root.path, 'home')), [], 'nothing is left in the engine');
    await root[Symbol.asyncDispose]();
  });

  const train = (...args: readonly string[]): Promise<Ended> =>
    runCommand(['train', fixtureTag('script-mode'), ...args, '--output', 'output', '--json'], {
      home: join(root.path, 'home'),
      cwd: root.path,
    });
  const eventsOf = ({ out }: Ended): { event: string; host: string; message: string; describe: { FailureReason: string } }[] =>
    out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));

  it('finds on two hosts of two groups what the toolkit of AWS was seen to derive', async () => {
    const fixture = join(projectRoot, 'fixtures/script-mode');
    const observed = JSON.parse(readFixture('script-mode/observed.json')) as { readonly hosts: Readonly<Record<string, Seen>> };
    const hyperparameters = [
      'epochs=10',
      'rate=0.10',
      'name=resnet',
      'layers=[64, 32]',
      'zip="08001"',
      'shuffle=true',
      'title=zwölf Monde',
    ];
    const done = await train(
      ...['-f', join(fixture, 'request.json'), '--name', 'script-mode'],
      ...['--source-dir', join(fixture, 'source'), '--entry-point', 'train.py'],
      ...hyperparameters.flatMap((text) => ['--hp', text]),
      ...['--input', `train=${fixture}/source/pkg`, '--content-type', 'train=text/csv', '--input', `validation=${fixture}/request.json`],
    );
    assert.equal(done.code, 0, done.out + done.err);
    const lines = eventsOf(done).filter(({ event, message }) => event === 'log' && message.startsWith('SEEN '));
    const seen = lines.map(({ host, message }) => [host, withoutMachine(JSON.parse(message.slice('SEEN '.length)))] as const);
    assert.deepEqual(Object.fromEntries(seen), observed.hosts);
  });

  it('is told of by a dry run, which packs nothing', async () => {
    const source = join(projectRoot, 'examples/script-mode/source');
    const dry = await train('--source-dir', source, '--entry-point', 'train.py', '--name', 'job', '--instance-limits', '--dry-run');
    assert.equal(dry.code, 0, dry.err);
    const plan = JSON.parse(dry.out) as { source: object; hosts: { limits: { cpus: number }; channels: object[] }[] };
    const archive = 's3://sagemaker-us-east-1-000000000000/job/source/sourcedir.tar.gz';
    const bytes = ['train.py', 'centres.py'].reduce((sum, name) => sum + statSync(join(source, name)).size, 0);
    assert.deepEqual(plan.source, { files: 2, bytes, program: 'train.py', archive });
    assert.ok((plan.hosts[0]?.limits.cpus ?? 0) >= 1);
    assert.equal(existsSync(join(root.path, 'home/buckets/sagemaker-us-east-1-000000000000')), false);
  });

  it('needs to be named', async () => {
    const refused = await train('--source-dir', '.');
    assert.equal(refused.code, 2);
    assert.match(refused.out + refused.err, /nothing says which file of it is the program/);
  });

  describe('as examples/script-mode', () => {
    const example = (...args: readonly string[]): Promise<Ended> => {
      const channels = ['train', 'validation'].flatMap((name) => ['--input', `${name}=${projectRoot}/examples/iris/data/${name}`]);
      const source = ['--source-dir', join(projectRoot, 'examples/script-mode/source'), '--entry-point', 'train.py'];
      return train(...source, ...channels, ...args);
    };

    it('learns with its module and its hyperparameters', async () => {
      const done = await example('--hp', 'scale=2', '--metric', 'validation:accuracy=validation:accuracy=([0-9.]+)');
      assert.equal(done.code, 0, done.out + done.err);
      assert.match(done.out, /"MetricName":"validation:accuracy","Value":0\.9/);
    });

    it('fails with the words of the toolkit', async () => {
      const done = await example('--hp', 'target=colour');
      assert.equal(done.code, 1);
      assert.match(done.out, /has no column colour/);
      assert.match(
        eventsOf(done).at(-1)?.describe.FailureReason ?? '',
        /^AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage ""\nCommand "\S*python3\S* train\.py --target colour", exit code: 1$/,
      );
    });
  });
});

const withoutMachine = ({ environment: { SM_NUM_CPUS: _, ...environment }, ...seen }: Seen): Seen => ({ ...seen, environment });
