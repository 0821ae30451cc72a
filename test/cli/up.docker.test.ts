import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import http from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  CreateTrainingJobCommand,
  DeleteEndpointCommand,
  DescribeTrainingJobCommand,
  ListTrainingJobsCommand,
  SageMakerClient,
  StopTrainingJobCommand,
} from '@aws-sdk/client-sagemaker';
import { dockerEngine } from '../../src/engine/docker/engine.ts';
import { findEngine } from '../../src/engine/find.ts';
import { type Command, type Place, runCommand, startCommand } from '../support/command.ts';
import { fixtureImage, fixtureTag, leftOf } from '../support/real-engine.ts';

interface Up {
  readonly command: Command;
  readonly url: string;
  readonly client: SageMakerClient;
}

describe('sm-local up', function () {
  this.timeout(60_000);
  let place: Place;
  let running: Command[];
  beforeEach(async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'sm-local-up-'));
    place = { cwd, home: join(cwd, 'home'), env: { SM_LOCAL_CREDENTIALS: 'environment' } };
    running = [];
  });
  afterEach(async () => {
    for (const command of running) command.signal('SIGINT');
    await Promise.all(running.map(({ ended }) => ended));
    assert.deepEqual(await leftOf(place.home), [], 'nothing is left in the engine');
    await rm(place.cwd, { recursive: true, force: true });
  });

  async function up(...args: string[]): Promise<Up> {
    const command = startCommand(['up', '--port', '0', '--json', '--limit', 'stop-grace=1s', ...args], place);
    running.push(command);
    await command.until(/"event":"ready".*\n/);
    const ready = command
      .output()
      .split('\n')
      .find((line) => line.includes('"event":"ready"'));
    const { url } = JSON.parse(ready ?? '{}');
    const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
    return { command, url, client: new SageMakerClient({ endpoint: url, region: 'us-east-1', credentials, maxAttempts: 1 }) };
  }

  const role = 'arn:aws:iam::000000000000:role/sm-local';
  const request = (name: string, image: string) => ({
    TrainingJobName: name,
    AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'File' as const },
    RoleArn: role,
    OutputDataConfig: { S3OutputPath: `file://${place.cwd}/output` },
    ResourceConfig: { InstanceType: 'ml.m5.large' as const, InstanceCount: 1, VolumeSizeInGB: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 600 },
  });
  const status = async ({ client }: Up, name: string): Promise<string | undefined> =>
    (await client.send(new DescribeTrainingJobCommand({ TrainingJobName: name }))).TrainingJobStatus;
  /** Until the job is where it is wanted; what says so is the output of `up`. */
  const until = ({ command }: Up, name: string, secondary: string): Promise<void> =>
    command.until(new RegExp(`"secondaryStatus":"${secondary}"[^\n]*"job":"${name}"`));

  /** Until its program runs. */
  const untilItSpeaks = async (name: string): Promise<void> => {
    const lines = startCommand(['logs', name, '-f'], place);
    await lines.until(/ready/);
    lines.signal('SIGTERM');
    await lines.ended;
  };

  it('serves, tells others where it is, and ends with down', async () => {
    const { command, url } = await up();
    const status = await runCommand(['status', '--json'], place);
    assert.equal(status.code, 0);
    assert.deepEqual((({ isRunning, url: at, pid, trainingJobs }) => ({ isRunning, url: at, pid, trainingJobs }))(JSON.parse(status.out)), {
      isRunning: true,
      url,
      pid: command.pid,
      trainingJobs: 0,
    });
    const health = (await (await fetch(`${url}/_sm-local/health`)).json()) as { status: string; home: string };
    assert.equal(health.status, 'ok');
    assert.equal(health.home, place.home);
    const second = await runCommand(['up', '--port', '0'], place);
    assert.equal(second.code, 2);
    assert.ok(second.err.includes(url), second.err);
    assert.equal((await runCommand(['down'], place)).code, 0);
    assert.equal((await command.ended).code, 0);
    assert.equal((await runCommand(['status'], place)).code, 1);
    assert.equal((await runCommand(['down'], place)).code, 2);
  });

  it('prints settings that lead clients there, in every format', async () => {
    const { url } = await up('--region', 'eu-west-1', '--account', '123456789012');
    const { code, out } = await runCommand(['env', '--format', 'json'], place);
    assert.equal(code, 0);
    const settings = JSON.parse(out);
    assert.equal(settings.AWS_ENDPOINT_URL, url);
    assert.equal(settings.AWS_ACCESS_KEY_ID, '123456789012');
    assert.equal(settings.AWS_REGION, 'eu-west-1');
    assert.match(await readFile(settings.SAGEMAKER_USER_CONFIG_OVERRIDE, 'utf8'), /DefaultS3Bucket: sagemaker-eu-west-1-123456789012/);
    assert.match((await runCommand(['env', '--format', 'docker'], place)).out, /^AWS_ENDPOINT_URL=http:/m);
    assert.equal((await runCommand(['env', '--format', 'cobol'], place)).code, 2);
  });

  it('goes on in the background until down', async () => {
    const started = await runCommand(['up', '--detach', '--port', '0', '--json'], place);
    assert.equal(started.code, 0, started.err);
    const { url, log } = JSON.parse(started.out);
    try {
      assert.equal((await fetch(`${url}/_sm-local/health`)).status, 200);
      assert.ok(existsSync(log));
      assert.equal(JSON.parse((await runCommand(['status', '--json'], place)).out).log, log);
    } finally {
      assert.equal((await runCommand(['down'], place)).code, 0);
    }
    await assert.rejects(fetch(`${url}/_sm-local/health`));
  });

  it('says why it cannot begin, in the background too', async () => {
    const { url } = await up();
    const other = { ...place, home: join(place.cwd, 'other') };
    for (const args of [['up'], ['up', '--detach']]) {
      const { code, err } = await runCommand([...args, '--port', new URL(url).port], other);
      assert.equal(code, 3, err);
      assert.match(err, /Port \d+ on 127\.0\.0\.1 is taken/);
    }
    const none = await runCommand(['up', '--port', '0', '--engine', 'unix:///nowhere.sock'], other);
    assert.equal(none.code, 3);
    assert.match(none.err, /No container engine answers/);
    for (const args of [['--port', 'x'], ['--keep', '--ephemeral'], ['--detach', '--ephemeral'], ['--home='], ['--callback', 'maybe']])
      assert.equal((await runCommand(['up', ...args], other)).code, 2, args.join(' '));
  });

  it('runs a job to its end and tells of it', async () => {
    await fixtureImage('train-ok');
    const api = await up();
    await api.client.send(new CreateTrainingJobCommand(request('job', fixtureTag('train-ok'))));
    await until(api, 'job', 'Completed');
    assert.equal(await status(api, 'job'), 'Completed');
    assert.ok(existsSync(join(place.cwd, 'output/job/output/model.tar.gz')));
    const { TrainingJobSummaries } = await api.client.send(new ListTrainingJobsCommand({}));
    assert.deepEqual(
      TrainingJobSummaries?.map(({ TrainingJobName }) => TrainingJobName),
      ['job'],
    );
  });

  it('stops its jobs when it ends', async () => {
    await fixtureImage('train-handles-sigterm');
    const first = await up();
    await first.client.send(new CreateTrainingJobCommand(request('job', fixtureTag('train-handles-sigterm'))));
    await until(first, 'job', 'Training');
    first.command.signal('SIGTERM');
    assert.equal((await first.command.ended).code, 0);
    const second = await up();
    assert.equal(await status(second, 'job'), 'Stopped');
  });

  for (const [how, args, signal] of [
    ['is killed', [], 'SIGKILL'],
    ['keeps them', ['--keep'], 'SIGTERM'],
  ] as const) {
    it(`has its jobs go on when it ${how}, and the next one goes on with them`, async () => {
      await fixtureImage('train-handles-sigterm');
      const first = await up(...args);
      await first.client.send(new CreateTrainingJobCommand(request('job', fixtureTag('train-handles-sigterm'))));
      await until(first, 'job', 'Training');
      await untilItSpeaks('job');
      first.command.signal(signal);
      await first.command.ended;
      const [before = ''] = await leftOf(place.home);
      assert.match(before, /container/);
      const second = await up();
      assert.equal(await status(second, 'job'), 'InProgress');
      assert.deepEqual(await leftOf(place.home), [before]);
      await second.client.send(new StopTrainingJobCommand({ TrainingJobName: 'job' }));
      await until(second, 'job', 'Stopped');
    });
  }

  it('that is ephemeral leaves nothing, not even when it is killed and cleaned up after', async () => {
    await fixtureImage('train-handles-sigterm');
    const first = await up('--ephemeral');
    await first.client.send(new CreateTrainingJobCommand(request('job', fixtureTag('train-handles-sigterm'))));
    await until(first, 'job', 'Training');
    first.command.signal('SIGTERM');
    await first.command.ended;
    assert.deepEqual(await readdir(join(place.home, 'tmp')), []);
    const second = await up('--ephemeral');
    await second.client.send(new CreateTrainingJobCommand(request('job', fixtureTag('train-handles-sigterm'))));
    await until(second, 'job', 'Training');
    second.command.signal('SIGKILL');
    await second.command.ended;
    const { code, err } = await runCommand(['clean'], place);
    assert.equal(code, 0, err);
    assert.deepEqual(await readdir(join(place.home, 'tmp')), []);
    const { containers } = dockerEngine(findEngine());
    const left = (await containers.list({})).filter(({ labels }) => labels['sm-local.home']?.startsWith(place.home));
    assert.deepEqual(left, []);
  });

  it('answers whoever comes while it takes over what was there, and is not brought down', async () => {
    await fixtureImage('serve-echo');
    const first = await up();
    const { client } = first;
    await client.send(
      new CreateModelCommand({ ModelName: 'm', PrimaryContainer: { Image: fixtureTag('serve-echo') }, ExecutionRoleArn: role }),
    );
    const variant = { VariantName: 'v', ModelName: 'm', InstanceType: 'ml.m5.large' as const, InitialInstanceCount: 1 };
    await client.send(new CreateEndpointConfigCommand({ EndpointConfigName: 'c', ProductionVariants: [variant] }));
    await client.send(new CreateEndpointCommand({ EndpointName: 'e', EndpointConfigName: 'c' }));
    await first.command.until(/"status":"InService"/);
    const invoked = await runCommand(['invoke', 'e', '--body', 'x'], place);
    assert.equal(invoked.code, 0, invoked.err);
    first.command.signal('SIGKILL');
    await first.command.ended;
    const { port } = new URL(first.url);
    const command = startCommand(['up', '--port', port, '--json', '--limit', 'stop-grace=1s'], place);
    running.push(command);
    const statuses: number[] = [];
    while (!statuses.includes(200)) {
      const answer = await fetch(`${first.url}/endpoints/e/invocations`, { method: 'POST', body: 'x' }).catch(() => undefined); // not there yet
      if (answer) statuses.push(answer.status);
    }
    assert.deepEqual(statuses, [200]);
    await client.send(new DeleteEndpointCommand({ EndpointName: 'e' }));
  });

  it('is in the way of a reset, which else empties home and the engine', async () => {
    await fixtureImage('train-handles-sigterm');
    const api = await up('--keep');
    await api.client.send(new CreateTrainingJobCommand(request('job', fixtureTag('train-handles-sigterm'))));
    await until(api, 'job', 'Training');
    assert.equal((await runCommand(['reset'], place)).code, 2, 'nobody said yes');
    const refused = await runCommand(['reset', '--yes'], place);
    assert.equal(refused.code, 2);
    assert.match(refused.err, /sm-local up runs/);
    await runCommand(['down'], place);
    const { code, out } = await runCommand(['reset', '--yes'], place);
    assert.equal(code, 0);
    assert.match(out, /1 container/);
    assert.deepEqual(await leftOf(place.home), []);
    assert.equal((await runCommand(['ls', '--json'], place)).out.includes('"resources":[]'), true);
  });

  describe('faced with', () => {
    const send = async (url: string, options: http.RequestOptions, body = ''): Promise<{ status: number; body: string }> => {
      const sent = http.request(url, { ...options, agent: false }).end(body);
      const response = await new Promise<http.IncomingMessage>((resolve, reject) => sent.on('response', resolve).on('error', reject));
      return { status: response.statusCode ?? 0, body: await text(response) };
    };

    it('other sites, odd targets, bodies and addresses answers with a 4xx of AWS, and lives', async () => {
      const { url } = await up();
      const json = { method: 'POST', headers: { 'content-type': 'application/x-amz-json-1.1' } };
      const target = (name: string) => ({ ...json, headers: { ...json.headers, 'x-amz-target': name } });
      const asked: readonly (readonly [http.RequestOptions, string?])[] = [
        [{ headers: { host: 'evil.example' } }],
        [{ path: 'http://evil.example/_sm-local/health' }],
        [{ headers: { origin: 'https://evil.example' } }],
        [target('SageMaker.Nothing'), '{}'],
        [target('SageMaker.CreateApp'), '{}'],
        [target('SageMaker.ListModels'), '{'],
        [target('SageMaker.CreateModel'), '{"ModelName": 1}'],
        [target('SageMaker.CreateModel'), '{"ModelName": "../../etc/passwd"}'],
        [target('Nobody.Knows'), '{}'],
        [target('SageMaker.ListModels'), ' '.repeat(9 * 1024 * 1024)],
        [{ method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 'Action=Nothing&Version=2011-06-15'],
        [{ method: 'PUT', path: '/bucket/%00' }, 'x'],
        [{ method: 'PUT', path: `/bucket-1/${'a'.repeat(1100)}` }, 'x'],
        [{ method: 'PUT', path: '/..%2f..%2fetc/passwd' }, 'x'],
        [{ method: 'PATCH', path: '/bucket-1/key' }, 'x'],
      ];
      for (const [options, body] of asked) {
        const { status } = await send(url, options, body);
        assert.ok(status >= 400 && status < 500, `${JSON.stringify(options)}: ${status}`);
      }
      assert.equal((await fetch(`${url}/_sm-local/health`)).status, 200);
    });

    it('a client that sends no more than half a head answers the others', async () => {
      const { url } = await up();
      const { port } = new URL(url);
      const slow = Array.from({ length: 20 }, () => connect(Number(port), '127.0.0.1').on('error', () => {}));
      for (const socket of slow) socket.write('POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Amz-Target: SageMa');
      try {
        assert.equal((await fetch(`${url}/_sm-local/health`)).status, 200);
      } finally {
        for (const socket of slow) socket.destroy();
      }
    });
  });
});
