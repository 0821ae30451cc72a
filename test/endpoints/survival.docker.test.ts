import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { removeLeftovers } from '../../src/engine/leftovers.ts';
import type { EndpointRecord } from '../../src/hosting/record.ts';
import { openHome } from '../../src/store/home.ts';
import { readLog } from '../../src/store/log-file.ts';
import { Records } from '../../src/store/records.ts';
import { withLeftoverCheck } from '../support/leftovers.ts';
import { fixtureImage, fixtureTag, leftOf, testEngine } from '../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

const ExecutionRoleArn = 'arn:aws:iam::000000000000:role/r';
const config = (name: string, count: number) => ({
  EndpointConfigName: name,
  ProductionVariants: [{ VariantName: 'a', ModelName: 'm', InstanceType: 'ml.m5.large', InitialInstanceCount: count }],
});

describe('endpoints that outlive their process, on a real engine', function () {
  this.timeout(120_000);
  withLeftoverCheck();
  let place: TemporaryDirectory;
  let home: string;
  const processes: Up[] = [];
  before(() => fixtureImage('counts'));
  beforeEach(async () => {
    place = await temporaryDirectory();
    home = join(place.path, 'home');
  });
  afterEach(async () => {
    for (const each of processes.splice(0)) await each.kill();
    await removeLeftovers(testEngine(), { 'sm-local.home': home }, async () => true); // of a test that failed
    await place[Symbol.asyncDispose]();
  });

  interface Up {
    readonly url: string;
    /** Those told so far. */
    readonly statuses: readonly string[];
    do(what: string, request?: object): Promise<void>;
    until(status: string): Promise<void>;
    kill(): Promise<void>;
    readonly ended: Promise<unknown>;
  }

  async function up(...args: readonly string[]): Promise<Up> {
    const script = fileURLToPath(new URL('./lasting-process.js', import.meta.url));
    const child: ChildProcess = spawn(process.execPath, [script, home, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(child, 'close');
    const { stdin, stdout } = child;
    assert.ok(stdin && stdout);
    const lines = createInterface({ input: stdout });
    const told: Record<string, string>[] = [];
    lines.on('line', (line) => told.push(JSON.parse(line)));
    const find = async (isIt: (line: Record<string, string>) => boolean): Promise<Record<string, string>> => {
      const known = told.find(isIt);
      if (known) return known;
      for await (const [line] of on(lines, 'line', { close: ['close'] })) {
        const parsed = JSON.parse(line);
        if (isIt(parsed)) return parsed;
      }
      throw new Error(`the process ended: ${JSON.stringify(told)}`);
    };
    const started: Up = {
      url: (await find(({ url }) => url !== undefined)).url ?? '',
      get statuses() {
        return told.flatMap(({ status }) => status ?? []);
      },
      async do(what, request) {
        const before = told.length;
        stdin.write(`${JSON.stringify({ do: what, with: request })}\n`);
        while (!told.slice(before).some(({ done }) => done === what)) await turn(5);
        const { error } = told.slice(before).find(({ done }) => done === what) ?? {};
        assert.equal(error, undefined);
      },
      until: async (status) => void (await find((line) => line.status === status)),
      async kill() {
        child.kill('SIGKILL');
        await ended;
      },
      ended,
    };
    processes.push(started);
    return started;
  }

  async function create(process: Up, count: number): Promise<void> {
    await process.do('createModel', { ModelName: 'm', PrimaryContainer: { Image: fixtureTag('counts') }, ExecutionRoleArn });
    await process.do('createEndpointConfig', config('c', count));
    await process.do('createEndpoint', { EndpointName: 'demo', EndpointConfigName: 'c' });
    await process.until('InService');
  }

  const containers = async (): Promise<readonly string[]> =>
    (await testEngine().containers.list({ 'sm-local.home': home, 'sm-local.kind': 'endpoint' })).map(({ id }) => id).sort();
  const record = async (): Promise<EndpointRecord | undefined> =>
    await new Records<EndpointRecord>(await openHome(home), 'endpoint').read('demo');
  const invoke = async ({ url }: Up): Promise<number> =>
    (await fetch(`${url}/endpoints/demo/invocations`, { method: 'POST', body: '1' })).status;

  /** How many lines each log has; they are all there, once, in their order. */
  async function countLines(): Promise<number[]> {
    const counts: number[] = [];
    for (const path of Object.values((await record())?.run.logs ?? {})) {
      const lines: string[] = [];
      for await (const { message } of readLog(path)) lines.push(message);
      const counted = lines.filter((line) => line !== 'bye');
      assert.deepEqual(
        counted,
        counted.map((_, index) => `out ${index}`),
      );
      counts.push(counted.length);
    }
    return counts;
  }

  it('are adopted after kill -9: the same containers, in service at once, every line once; then they update and go', async () => {
    const first = await up();
    await create(first, 2);
    const ids = await containers();
    assert.equal(ids.length, 2);
    await turn(300); // lines come all the time
    await first.kill();
    const before = await record();
    await turn(300);

    const second = await up();
    assert.equal(await invoke(second), 200);
    assert.deepEqual(await containers(), ids);
    assert.ok(!second.statuses.includes('SystemUpdating'), second.statuses.join());
    const after = await record();
    assert.deepEqual(
      [after?.status, after?.creationTime, after?.lastModifiedTime],
      ['InService', before?.creationTime, before?.lastModifiedTime],
    );
    await second.kill();
    const third = await up();
    assert.equal(await invoke(third), 200);
    assert.deepEqual(await containers(), ids);
    const counts = await countLines();
    assert.ok(counts.length === 2 && counts.every((count) => count > 20), counts.join());

    await third.do('createEndpointConfig', config('d', 1));
    await third.do('updateEndpoint', { EndpointName: 'demo', EndpointConfigName: 'd' });
    const now = await containers();
    assert.ok(now.length === 1 && !ids.includes(now[0] ?? ''), now.join());
    assert.equal(await invoke(third), 200);
    await third.do('deleteEndpoint', { EndpointName: 'demo' });
    assert.equal(await record(), undefined);
    assert.deepEqual(await leftOf(home), []);
  });

  it('are left running, and then ended and started again', async () => {
    const first = await up();
    await create(first, 1);
    const ids = await containers();
    await first.do('leave');
    await first.ended;
    assert.deepEqual(await containers(), ids);
    const second = await up();
    assert.equal(await invoke(second), 200);
    assert.deepEqual(await containers(), ids);
    await second.do('rest');
    await second.ended;
    assert.deepEqual(await leftOf(home), []);
    assert.equal((await record())?.status, 'SystemUpdating');

    const third = await up();
    await third.until('InService');
    assert.deepEqual(third.statuses, ['SystemUpdating', 'InService']);
    assert.equal(await invoke(third), 200);
    await countLines();
    await third.do('stop');
    assert.deepEqual(await leftOf(home), []);
  });

  it('keep their volumes and their network, and get new ones when they are started again', async () => {
    const model = join(place.path, 'model');
    await mkdir(model);
    await writeFile(join(model, 'weights'), '1');
    const first = await up('archive');
    const ModelDataSource = { S3DataSource: { S3Uri: `${model}/`, S3DataType: 'S3Prefix', CompressionType: 'None' } };
    await first.do('createModel', {
      ...{ ModelName: 'm', ExecutionRoleArn, EnableNetworkIsolation: true },
      PrimaryContainer: { Image: fixtureTag('counts'), ModelDataSource },
    });
    await first.do('createEndpointConfig', config('c', 1));
    await first.do('createEndpoint', { EndpointName: 'demo', EndpointConfigName: 'c' });
    await first.until('InService');
    await first.kill();
    const left = await leftOf(home);
    assert.deepEqual(left.map((each) => each.split(' ')[0]).sort(), ['container', 'network', 'volume']);
    const second = await up('archive');
    assert.equal(await invoke(second), 200);
    assert.deepEqual(await leftOf(home), left);
    await second.do('rest');
    await second.ended;
    assert.deepEqual(await leftOf(home), []);
    const third = await up('archive');
    await third.until('InService');
    assert.equal(await invoke(third), 200);
    assert.equal((await leftOf(home)).length, 3);
    await third.do('deleteEndpoint', { EndpointName: 'demo' });
    assert.deepEqual(await leftOf(home), []);
  });
});
