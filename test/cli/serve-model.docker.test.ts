import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { plant } from '../store/tree.ts';
import { type Command, type Place, runCommand, startCommand } from '../support/command.ts';
import { fixtureImage, fixtureTag, leftOf } from '../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

interface World {
  readonly env: Readonly<Record<string, string>>;
  readonly writable: boolean;
  readonly tree: Readonly<Record<string, { readonly base64?: string }>>;
}

describe('sm-local serve with model data', function () {
  this.timeout(30_000);
  let root: TemporaryDirectory;
  let place: Place;
  let running: Command | undefined;
  before(() => fixtureImage('probe'));
  beforeEach(async () => {
    root = await temporaryDirectory();
    place = { cwd: root.path, home: join(root.path, 'home') };
    running = undefined;
  });
  afterEach(async () => {
    running?.signal('SIGINT');
    await running?.ended;
    assert.deepEqual(await leftOf(place.home), [], 'nothing is left in the engine');
    await root[Symbol.asyncDispose]();
  });

  /** What the container finds. */
  const world = (...args: readonly string[]): Promise<World> => worldOf(fixtureTag('probe'), '--name', 'demo', ...args);
  async function worldOf(...args: readonly string[]): Promise<World> {
    running = startCommand(['serve', ...args, '--port', '0', '--json'], place);
    await running.until(/"status":"InService".*"url":"[^"]+"/);
    const url = /"url":"([^"]+)"/.exec(running.output())?.[1] ?? '';
    const response = await fetch(`${url}/invocations`, { method: 'POST', body: 'x' });
    return (await response.json()) as World;
  }
  const filesOf = ({ tree }: World): Record<string, string> =>
    Object.fromEntries(
      Object.entries(tree).flatMap(([path, { base64 }]) =>
        base64 === undefined ? [] : [[path, Buffer.from(base64, 'base64').toString()]],
      ),
    );
  const bucket = (): string => join(place.home, 'buckets/models');

  it('puts source code into the model, and says so as the SageMaker Python SDK does', async () => {
    await plant(root.path, { 'model/w.bin': 'weights', 'model/code/old.py': 'old', 'src/inference.py': 'new' });
    const found = await world(
      '--model',
      'model',
      '--source-dir',
      'src',
      '--entry-point',
      'inference.py',
      '--env',
      'SAGEMAKER_REGION=eu-west-1',
    );
    assert.deepEqual(filesOf(found), { 'model/code/inference.py': 'new', 'model/w.bin': 'weights' });
    const { SAGEMAKER_PROGRAM, SAGEMAKER_SUBMIT_DIRECTORY, SAGEMAKER_REGION, SAGEMAKER_CONTAINER_LOG_LEVEL } = found.env;
    assert.deepEqual(
      [SAGEMAKER_PROGRAM, SAGEMAKER_SUBMIT_DIRECTORY, SAGEMAKER_REGION, SAGEMAKER_CONTAINER_LOG_LEVEL, found.writable],
      ['inference.py', '/opt/ml/model/code', 'eu-west-1', '20', false],
    );
    assert.equal(await readFile(join(root.path, 'model/code/old.py'), 'utf8'), 'old');
  });

  it('takes archives and prefixes of a bucket', async () => {
    await mkdir(bucket(), { recursive: true });
    await plant(root.path, { 'model/w.bin': 'packed' });
    execFileSync('tar', ['czf', join(bucket(), 'm.tar.gz'), '-C', join(root.path, 'model'), '.']);
    assert.deepEqual(filesOf(await world('--model', 's3://models/m.tar.gz')), { 'model/w.bin': 'packed' });
    running?.signal('SIGINT');
    await running?.ended;
    await plant(bucket(), { 'p/sub/w.bin': 'loose' });
    assert.deepEqual(filesOf(await world('--model', 's3://models/p/')), { 'model/sub/w.bin': 'loose' });
  });

  it('takes what a request says, with additional sources', async () => {
    await plant(root.path, { 'draft/d.bin': 'draft' });
    await plant(bucket(), { 'p/w.bin': 'loose', 'lone.bin': 'lone' });
    const source = (S3Uri: string, S3DataType: string) => ({ S3DataSource: { S3Uri, S3DataType, CompressionType: 'None' } });
    const PrimaryContainer = {
      Image: fixtureTag('probe'),
      ModelDataSource: source('s3://models/p/', 'S3Prefix'),
      AdditionalModelDataSources: [
        { ChannelName: 'draft', ...source('draft/', 'S3Prefix') },
        { ChannelName: 'lone', ...source('s3://models/lone.bin', 'S3Object') },
      ],
    };
    await writeFile(join(root.path, 'requests.json'), JSON.stringify({ CreateModel: { ModelName: 'demo', PrimaryContainer } }));
    assert.deepEqual(filesOf(await worldOf('-f', 'requests.json')), {
      'additional-model-data-sources/draft/d.bin': 'draft',
      'additional-model-data-sources/lone/lone.bin': 'lone',
      'model/w.bin': 'loose',
    });
  });

  it('lets the container write into a copy', async () => {
    await plant(root.path, { 'model/w.bin': 'weights' });
    const found = await world('--model', 'model', '--writable-model');
    assert.deepEqual([filesOf(found), found.writable], [{ 'model/w.bin': 'weights' }, true]);
  });

  it('says that there is no model, or which file is to be run, and starts nothing', async () => {
    const missing = await runCommand(['serve', fixtureTag('probe'), '--model', 's3://models/m.tar.gz'], place);
    assert.equal(missing.code, 2, missing.err);
    assert.match(missing.err, /Could not find model data at s3:\/\/models\/m\.tar\.gz\./);
    await mkdir(bucket(), { recursive: true });
    await writeFile(join(bucket(), 'm.tar.gz'), 'no archive');
    const broken = await runCommand(['serve', fixtureTag('probe'), '--model', 's3://models/m.tar.gz'], place);
    assert.equal(broken.code, 2, broken.err);
    assert.match(broken.err, /Failed to extract model data archive from URL "s3:\/\/models\/m\.tar\.gz"\./);
    const told = await runCommand(['serve', fixtureTag('probe'), '--model', 's3://models/m.tar.gz', '--port', '0', '--json'], place);
    const events = told.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { status?: string; failureReason?: string });
    assert.equal(
      events.find(({ status }) => status === 'Failed')?.failureReason,
      'Failed to extract model data archive from URL "s3://models/m.tar.gz". Please ensure that the object located at the URL is a valid tar.gz archive.',
    );
    const unclear = await runCommand(['serve', fixtureTag('probe'), '--source-dir', 'src'], place);
    assert.equal(unclear.code, 2, unclear.err);
    assert.match(unclear.err, /Add --entry-point inference\.py/);
  });
});
