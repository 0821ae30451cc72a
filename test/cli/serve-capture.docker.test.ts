import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand, startCommand } from '../support/command.ts';
import { fixtureImage, fixtureTag, leftOf } from '../support/real-engine.ts';

describe('sm-local serve --capture', function () {
  this.timeout(30_000);
  const tag = fixtureTag('serve-echo');
  let cwd: string;
  let place: { readonly cwd: string; readonly home: string };
  beforeEach(async () => {
    await fixtureImage('serve-echo');
    cwd = await mkdtemp(join(tmpdir(), 'sm-local-capture-'));
    place = { cwd, home: join(cwd, 'home') };
  });
  afterEach(async () => {
    assert.deepEqual(await leftOf(place.home), [], 'nothing is left in the engine');
    assert.deepEqual(await readdir(join(place.home, 'tmp')), [], 'nothing temporary is left');
    await rm(cwd, { recursive: true, force: true });
  });

  const captured = async (directory: string): Promise<readonly string[]> => {
    const found = await readdir(directory, { recursive: true, withFileTypes: true });
    return found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  };

  for (const destination of ['captured', 's3://bucket/captured']) {
    it(`leaves every invocation in ${destination} when it has ended, and describe tells of it`, async () => {
      const directory = destination.startsWith('s3:') ? join(place.home, 'buckets/bucket/captured') : join(cwd, destination);
      await runCommand(['ls'], place); // makes the home
      if (destination.startsWith('s3:')) await mkdir(join(place.home, 'buckets/bucket'), { recursive: true });
      const serving = startCommand(['serve', tag, '--name', 'demo', '--port', '0', '--json', '--capture', destination], place);
      await serving.until(/"status":"InService"/);
      const invoked = await runCommand(['invoke', '--body', '1,2', '--content-type', 'text/csv'], place);
      const described = await runCommand(['describe', 'demo'], place);
      serving.signal('SIGINT');
      assert.equal((await serving.ended).code, 0);
      assert.equal(JSON.parse(described.out).DataCaptureConfig.CaptureStatus, 'Started');
      const [file = '', ...others] = await captured(directory);
      assert.deepEqual(others, []);
      assert.match(file, /\/captured\/demo\/AllTraffic\/\d{4}\/\d\d\/\d\d\/\d\d\/\d\d-\d\d-\d{3}-[0-9a-f-]{36}\.jsonl$/);
      const { captureData } = JSON.parse(await readFile(file, 'utf8'));
      assert.deepEqual([captureData.endpointInput.data, captureData.endpointOutput.data], ['1,2', invoked.out]);
    });
  }

  it('is what a DataCaptureConfig says in a file of requests, with its own paths', async () => {
    const requests = {
      CreateModel: { ModelName: 'demo', PrimaryContainer: { Image: tag } },
      CreateEndpointConfig: {
        EndpointConfigName: 'demo',
        ProductionVariants: [{ VariantName: 'blue', ModelName: 'demo', InstanceType: 'ml.m5.large', InitialInstanceCount: 1 }],
        DataCaptureConfig: { InitialSamplingPercentage: 100, DestinationS3Uri: 'mine', CaptureOptions: [{ CaptureMode: 'Input' }] },
      },
      CreateEndpoint: { EndpointName: 'demo', EndpointConfigName: 'demo' },
    };
    await writeFile(join(cwd, 'endpoint.json'), JSON.stringify(requests));
    const serving = startCommand(['serve', '-f', 'endpoint.json', '--port', '0', '--json'], place);
    await serving.until(/"status":"InService"/);
    await runCommand(['invoke', '--body', '1,2', '--content-type', 'text/csv'], place);
    serving.signal('SIGINT');
    assert.equal((await serving.ended).code, 0);
    const [file = ''] = await captured(join(cwd, 'mine/demo/blue'));
    const { captureData } = JSON.parse(await readFile(file, 'utf8'));
    assert.deepEqual(captureData, {
      endpointInput: { observedContentType: 'text/csv', mode: 'INPUT', data: 'MSwy', encoding: 'BASE64' },
    });
  });

  it('refuses a bucket that is not there, before anything is started', async () => {
    const refused = await runCommand(['serve', tag, '--name', 'demo', '--port', '0', '--capture', 's3://nobody/x'], place);
    assert.equal(refused.code, 2);
    assert.match(refused.err, /DataCaptureConfig\.DestinationS3Uri: The specified bucket does not exist: nobody\./);
  });
});
