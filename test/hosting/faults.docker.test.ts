import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvokeEndpointCommand, SageMakerRuntimeClient, type SageMakerRuntimeClientConfig } from '@aws-sdk/client-sagemaker-runtime';
import { type Command, type Place, startCommand } from '../support/command.ts';
import { fixtureImage, fixtureTag, leftOf } from '../support/real-engine.ts';

describe('a fault on demand', function () {
  this.timeout(30_000);
  let place: Place;
  let command: Command;
  beforeEach(async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'sm-local-faults-'));
    place = { cwd, home: join(cwd, 'home') };
  });
  afterEach(async () => {
    command.signal('SIGINT');
    await command.ended;
    assert.deepEqual(await leftOf(place.home), []);
    await rm(place.cwd, { recursive: true, force: true });
  });

  async function serve(...faults: string[]): Promise<string> {
    await fixtureImage('serve-echo');
    const flags = faults.flatMap((fault) => ['--fault', fault]);
    command = startCommand(['serve', fixtureTag('serve-echo'), '--name', 'demo', '--port', '0', '--json', ...flags], place);
    await command.until(/"status":"InService".*"url":"[^"]+"/);
    assert.ok(command.output().includes(`"Faults on demand: ${faults.join(', ')}."`), command.output());
    return /"url":"([^"]+)"/.exec(command.output())?.[1] ?? '';
  }
  const clientOf = (endpoint: string, config: SageMakerRuntimeClientConfig = {}): SageMakerRuntimeClient =>
    new SageMakerRuntimeClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'any', secretAccessKey: 'any' }, ...config });
  const invoke = (client: SageMakerRuntimeClient) => client.send(new InvokeEndpointCommand({ EndpointName: 'demo', Body: 'x' }));

  it('is hidden from callers by the retries of the AWS SDK', async () => {
    const client = clientOf(await serve('error=30%', 'seed=3'));
    let attempts = 0;
    for (let times = 0; times < 20; times += 1) attempts += (await invoke(client)).$metadata.attempts ?? 0;
    assert.equal(attempts, 28); // as the seed says: six requests failed at first, two of them twice
  });

  it('kills an instance, and the endpoint answers again', async () => {
    const client = clientOf(await serve('kill-instance-every=2requests'), { maxAttempts: 1 });
    await invoke(client);
    await invoke(client).catch(() => {}); // the killed one may have got it
    await command.until(/"what":"killed"/);
    await command.until(/"what":"exited","exit":\{"code":137/);
    await command.until(/"what":"ready"[\s\S]*"what":"ready"/);
    assert.equal((await invoke(client)).$metadata.httpStatusCode, 200);
  });
});
