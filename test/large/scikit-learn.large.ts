import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { DescribeTrainingJobResponse } from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, ModelError, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import type { StartedContainer } from '../../src/engine/engine.ts';
import { type Command, type Ended, type Place, runCommand, startCommand } from '../support/command.ts';
import { eventually, testContainers } from '../support/containers.ts';
import { baseImageWith, leftOf, projectRoot, testEngine } from '../support/real-engine.ts';

const example = join(projectRoot, 'examples/scikit-learn');
const tag = 'sm-local/scikit-learn:latest';

/** The image of its Dockerfile, trained once; every test serves or trains with it in its own way. */
describe('examples/scikit-learn', function () {
  this.timeout(120_000);
  let place: Place;
  let trained: Ended;

  before('build and train', async function () {
    this.timeout(900_000); // making the base image, where no registry answers and it is not there yet
    const cwd = await mkdtemp(join(tmpdir(), 'sm-local-wine-'));
    place = { cwd, home: join(cwd, 'home') };
    const base = baseImageWith('python3-sklearn', 'python3-pandas', 'python3-flask', 'gunicorn', 'nginx');
    const metric = ['--metric', 'validation:accuracy=validation:accuracy=([0-9.]+)'];
    const build = ['--build-arg', `BASE_IMAGE=${base}`];
    trained = await runCommand(
      ['train', example, ...build, '--name', 'wine', ...channels(), ...metric, '--hp', 'trees=60', '--json'],
      place,
    );
  });
  after('remove', async () => {
    await testEngine().images.remove(tag);
    assert.deepEqual(await leftOf(place.home), [], 'nothing is left in the engine');
    await rm(place.cwd, { recursive: true, force: true });
  });

  const channels = (train = `${example}/data/train`): string[] => [
    ...['--input', `train=${train}`],
    ...['--input', `validation=${example}/data/validation`],
  ];

  describe('as train', () => {
    it('completes with its metric, its report and a model in the archive', () => {
      assert.equal(trained.code, 0, trained.err);
      const { describe, files } = lastEvent(trained) as { describe: DescribeTrainingJobResponse; files: { model: string; output: string } };
      assert.equal(describe.TrainingJobStatus, 'Completed');
      assert.deepEqual(describe.HyperParameters, { trees: '60' });
      const [metric] = describe.FinalMetricDataList ?? [];
      assert.equal(metric?.MetricName, 'validation:accuracy');
      assert.ok((metric?.Value ?? 0) >= 0.9, `${metric?.Value}`);
      assert.deepEqual(membersOf(files.model), ['model.joblib']);
      assert.deepEqual(membersOf(files.output), ['report.json']);
    });

    it('fails with exit code 255 and what its failure file says first', async () => {
      const train = join(place.cwd, 'unlabelled');
      await cp(`${example}/data/train`, train, { recursive: true });
      const wines = await readFile(join(train, 'wine.csv'), 'utf8');
      await writeFile(join(train, 'wine.csv'), wines.replace('cultivar', 'producer'));
      const failed = await runCommand(['train', tag, '--name', 'unlabelled', ...channels(train), '--json'], place);
      assert.equal(failed.code, 1);
      const { FailureReason = '' } = (lastEvent(failed) as { describe: DescribeTrainingJobResponse }).describe;
      assert.match(
        FailureReason,
        /^AlgorithmError: ValueError: channel "train" has no column "cultivar", only alcohol, .*, exit code: 255$/s,
      );
      assert.match(FailureReason, /Traceback \(most recent call last\)/);
    });
  });

  /** Its endpoint on a free port, InService. */
  async function serve(): Promise<{ readonly serving: Command; readonly url: string }> {
    const serving = startCommand(['serve', tag, '--model', 'wine', '--name', 'wine', '--port', '0', '--json'], place);
    await serving.until(/"status":"InService".*"url":"[^"]+"/);
    return { serving, url: /"url":"([^"]+)"/.exec(serving.output())?.[1] ?? '' };
  }
  const samples = readFileSync(join(example, 'samples.csv'), 'utf8');

  describe('as serve', () => {
    let serving: Command;
    let url: string;
    before(async () => {
      ({ serving, url } = await serve());
    });
    after(async () => {
      serving?.signal('SIGTERM');
      await serving?.ended;
    });

    it('answers one row and many, from CSV and JSON, in CSV and JSON', async () => {
      const client = runtimeClient(url);
      const rows = samples.trim().split('\n');
      const ask = async (body: string, type: string, accept?: string): Promise<string> => {
        const command = new InvokeEndpointCommand({
          EndpointName: 'wine',
          Body: Buffer.from(body),
          ContentType: type,
          ...(accept && { Accept: accept }),
        });
        return (await client.send(command)).Body.transformToString();
      };
      const names = ['class_0', 'class_1', 'class_2'];
      assert.equal(await ask(samples, 'text/csv', 'text/csv'), `${names.join('\n')}\n`);
      assert.equal(await ask(rows[2] ?? '', 'text/csv; charset=utf-8', 'text/csv'), 'class_2\n');
      assert.equal(await ask(`${rows[0]}\n`.repeat(1000), 'text/csv', 'text/csv'), 'class_0\n'.repeat(1000));

      const instances = await readFile(join(example, 'samples.json'), 'utf8');
      assert.equal(await ask(instances, 'application/json', 'text/csv'), `${names.join('\n')}\n`);
      for (const accept of [undefined, 'application/json', 'text/*;q=0.1, application/json']) {
        const { predictions } = JSON.parse(await ask(samples, 'text/csv', accept)) as {
          predictions: { label: string; probability: number }[];
        };
        assert.deepEqual(
          predictions.map(({ label }) => label),
          names,
        );
        assert.ok(predictions.every(({ probability }) => probability > 0.5 && probability <= 1));
      }
    });

    it('refuses what it cannot read; the client sees a ModelError with status and words', async () => {
      const client = runtimeClient(url);
      const refusal = async (Body: string, ContentType: string, Accept = 'text/csv'): Promise<[number | undefined, string | undefined]> => {
        const command = new InvokeEndpointCommand({ EndpointName: 'wine', Body: Buffer.from(Body), ContentType, Accept });
        const error = await client.send(command).then(
          () => assert.fail(`${Body} was answered`),
          (thrown: unknown) => thrown,
        );
        assert.ok(error instanceof ModelError, String(error));
        assert.equal(error.$metadata.httpStatusCode, 424);
        return [error.OriginalStatusCode, error.OriginalMessage];
      };
      const cases = [
        [await refusal('', 'text/csv'), 400, /the body is not CSV/],
        [await refusal('1,2,3', 'text/csv'), 400, /a row has 3 values, not 13 \(alcohol, /],
        [await refusal(`alcohol${',1'.repeat(12)}`, 'text/csv'), 400, /a value is not a number: .*'alcohol'/],
        [await refusal(`${samples}1${','.repeat(12)}`, 'text/csv'), 400, /row 4: a value is missing or not finite/],
        [await refusal('{"instances": [[', 'application/json'), 400, /not JSON of the form/],
        [await refusal('{"instances": [{"alcohol": 13}]}', 'application/json'), 400, /instance 1 has no malic_acid, /],
        [await refusal('<wine/>', 'application/xml'), 415, /send text\/csv or application\/json/],
        [await refusal(samples, 'text/csv', 'image/png'), 406, /not \\?"image\/png/],
      ] as const;
      for (const [[status, words], expectedStatus, expectedWords] of cases) {
        assert.equal(status, expectedStatus, words);
        assert.match(words ?? '', expectedWords);
      }
    });

    it('answers 500 requests, 32 at a time, each with its own rows', async () => {
      const rows = samples.trim().split('\n');
      using agent = pool(32);
      const answers = Array.from({ length: 500 }, async (_, n) => {
        // The n-th request asks for its own series of wines, which no other answer would fit by chance.
        const series = [...n.toString(3)].map(Number);
        const answer = await post(`${url}/invocations`, series.map((row) => rows[row]).join('\n'), agent);
        assert.deepEqual(answer, { status: 200, body: series.map((row) => `class_${row}\n`).join('') }, `request ${n}`);
      });
      await Promise.all(answers);
    });
  });

  describe('as serve, asked to stop', () => {
    let started: Command | undefined;
    afterEach(async () => {
      started?.signal('SIGTERM'); // once more does no harm
      await started?.ended;
    });

    it('ends with all its processes, within the grace of SIGTERM and after answering what it has taken in', async () => {
      const { serving, url } = await serve();
      started = serving;
      const id = /"container":"([0-9a-f]+)"/.exec(serving.output())?.[1] ?? '';
      const container = await testEngine().containers.open(id);
      assert.ok(container);
      const body = samples.repeat(4000);
      using agent = pool(8);
      const answers = Array.from({ length: 8 }, () => post(`${url}/invocations`, body, agent));
      await Promise.race(answers); // the first is answered: the others were sent at the same time and are under way
      serving.signal('SIGTERM');

      for (const { status, body } of await Promise.all(answers))
        assert.deepEqual([status, body.length], [200, 12_000 * 'class_0\n'.length]);
      assert.equal((await container.exited).code, 0); // 137 when the grace was over
      const { code, out } = await serving.ended;
      assert.equal(code, 0);
      assert.match(out, /nginx ended with 0, gunicorn with 0/);
    });
  });

  describe('its container', () => {
    const bench = testContainers();

    async function served(): Promise<StartedContainer> {
      const { id } = await bench.engine.images.ensure(tag);
      return await bench.start('', { image: id, command: ['serve'] });
    }

    for (const name of ['nginx', 'gunicorn']) {
      it(`ends with exit code 1 when ${name} is killed`, async () => {
        const container = await served();
        const kill = ['sh', '-c', `test -s /tmp/gunicorn.pid && test -s /tmp/nginx.pid && kill -9 $(cat /tmp/${name}.pid)`];
        await eventually(async () => (await container.exec(kill)).code === 0, `${name} has not started`);
        assert.equal((await container.exited).code, 1);
      });
    }

    it('without a model answers /ping with 503 and says why', async () => {
      const container = await served();
      const ask = [
        'python3',
        '-c',
        'import http.client as h; c = h.HTTPConnection("localhost", 8080); c.request("GET", "/ping"); print(c.getresponse().status)',
      ];
      await eventually(async () => (await container.exec(ask)).output.includes('503'), 'it never answers 503');
      const printed: Buffer[] = [];
      const log = await container.logs(({ bytes }) => printed.push(bytes));
      await log.ended;
      assert.match(Buffer.concat(printed).toString(), /cannot load the model from \/opt\/ml\/model\/model\.joblib/);
    });
  });
});

const lastEvent = ({ out }: Ended): unknown => JSON.parse(out.trim().split('\n').at(-1) ?? '');

const membersOf = (archive: string): string[] => execFileSync('tar', ['tzf', archive], { encoding: 'utf8' }).trim().split('\n');

const runtimeClient = (endpoint: string): SageMakerRuntimeClient =>
  new SageMakerRuntimeClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    maxAttempts: 1,
  });

/** As many connections at once, kept open between requests. */
function pool(size: number): Agent & Disposable {
  const agent = new Agent({ keepAlive: true, maxSockets: size });
  return Object.assign(agent, { [Symbol.dispose]: () => agent.destroy() });
}

async function post(url: string, body: string, agent: Agent): Promise<{ readonly status: number | undefined; readonly body: string }> {
  const outgoing = request(url, { method: 'POST', headers: { 'content-type': 'text/csv', accept: 'text/csv' }, agent });
  const responded = once(outgoing, 'response');
  outgoing.end(body);
  const [response] = await responded;
  return { status: response.statusCode, body: await text(response) };
}
