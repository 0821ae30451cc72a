import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type ServedS3, serveS3 } from './api/s3/serving.ts';
import { request } from './hosting/doors.ts';
import { chunks } from './store/bytes.ts';
import { type Command, type Place, runCommand, startCommand } from './support/command.ts';
import { withLeftoverCheck } from './support/leftovers.ts';
import { fixtureImage, fixtureTag } from './support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from './support/temporary-directory.ts';

/** Sums up its channels; what it finds of an earlier run comes first. */
const sumUp = `
import pathlib
inputs = pathlib.Path("/opt/ml/input/data")
checkpoints = pathlib.Path("/opt/ml/checkpoints")
before = (checkpoints / "epoch-1").read_text() if (checkpoints / "epoch-1").exists() else ""
found = [before] + [(inputs / path).read_text() for path in ("train/a/one.txt", "train/two.txt", "slow/b.txt")]
with open(inputs / "stream_0") as pipe: found.append(pipe.read())
pathlib.Path("/opt/ml/model/sum.txt").write_text("|".join(found))
pathlib.Path("/opt/ml/output/data/more.txt").write_text("more")
(checkpoints / "epoch-2").write_text("second")
`;

const dataUrl = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;

const staying = `
import pathlib, time
print("running", flush=True)
time.sleep(2)
pathlib.Path("/opt/ml/model/m").write_text("m")
`;

describe('with an S3 elsewhere', function () {
  this.timeout(90_000);
  withLeftoverCheck();
  const bucket = 'bucket-1';
  let root: TemporaryDirectory;
  let served: ServedS3;
  let place: Place;
  before(() => fixtureImage('probe'));
  beforeEach(async () => {
    root = await temporaryDirectory();
    served = await serveS3();
    await served.objects.createBucket(bucket);
    const env = { SM_LOCAL_S3_ENDPOINT: served.url, SM_LOCAL_S3_ACCESS_KEY_ID: 'any', SM_LOCAL_S3_SECRET_ACCESS_KEY: 'any' };
    place = { home: join(root.path, 'home'), cwd: root.path, env };
  });
  afterEach(async () => {
    await served[Symbol.asyncDispose]();
    await root[Symbol.asyncDispose]();
  });

  const put = (key: string, content: string) => served.objects.put({ bucket, key }, chunks(content));
  const content = async (key: string): Promise<Buffer> => buffer((await served.objects.get({ bucket, key })).body);
  const keys = async (prefix: string): Promise<string[]> => {
    const found: string[] = [];
    for await (const each of served.objects.list(bucket, { prefix })) if (each.kind === 'object') found.push(each.key);
    return found;
  };

  for (const workspace of ['bind', 'archive'] as const) {
    it(`a job reads all its inputs there and writes all it leaves there (${workspace})`, async () => {
      await put('code/job.py', sumUp);
      await put('in/a/one.txt', '1');
      await put('in/two.txt', '2');
      await put('slow/b.txt', '3');
      await put('stream/c.txt', '4');
      await put('ckpt/epoch-1', 'first');
      const channels = ['code=s3://bucket-1/code/', 'train=s3://bucket-1/in', 'slow=s3://bucket-1/slow/', 'stream=s3://bucket-1/stream/'];
      const done = await runCommand(
        [
          ...['train', fixtureTag('probe'), '--name', 'job', '--entrypoint', 'python3,/opt/ml/input/data/code/job.py'],
          ...channels.flatMap((channel) => ['--input', channel]),
          ...['--input-mode', 'slow=FastFile', '--input-mode', 'stream=Pipe', '--checkpoints', 's3://bucket-1/ckpt'],
          ...['--output', 's3://bucket-1/out', '--workspace', workspace],
        ],
        place,
      );
      assert.equal(done.code, 0, done.err + done.out);
      assert.match(done.out, /Model +s3:\/\/bucket-1\/out\/job\/output\/model\.tar\.gz\n/);
      assert.match(done.out, /Output +s3:\/\/bucket-1\/out\/job\/output\/output\.tar\.gz\n/);
      assert.doesNotMatch(done.err, /NodeVersionSupportWarning|no longer support/);
      const model = join(root.path, 'model.tar.gz');
      await writeFile(model, await content('out/job/output/model.tar.gz'));
      assert.equal(execFileSync('tar', ['xzOf', model, 'sum.txt'], { encoding: 'utf8' }), 'first|1|2|3|4');
      assert.deepEqual(await keys('ckpt/'), ['ckpt/epoch-1', 'ckpt/epoch-2']);
      assert.equal((await content('ckpt/epoch-2')).toString(), 'second');
    });
  }

  it('an endpoint gets its model from there, also by the name of the job that made it, and its captures go there', async () => {
    const trained = await runCommand(['train', fixtureTag('probe'), '--name', 'job', '--output', 's3://bucket-1/out'], place);
    assert.equal(trained.code, 0, trained.err);
    const command: Command = startCommand(
      ['serve', fixtureTag('probe'), '--model', 'job', '--capture', 's3://bucket-1/captured', '--name', 'demo', '--port', '0', '--json'],
      place,
    );
    try {
      await command.until(/"status":"InService".*"url":"[^"]+"/);
      const url = /"url":"([^"]+)"/.exec(command.output())?.[1] ?? '';
      const { body } = await request(`${url}/endpoints/demo/invocations`, { body: 'asked' });
      assert.ok(JSON.parse(body).tree['model/world.json'], 'what the job has left is in /opt/ml/model');
    } finally {
      command.signal('SIGINT');
      await command.ended;
    }
    const [captured = '', ...more] = await keys('captured/');
    assert.deepEqual(more, []);
    assert.match((await content(captured)).toString(), /"data":"asked"|YXNrZWQ=/);
  });

  it('a job goes on with it when it is adopted without being told', async () => {
    await put('code/job.py', staying);
    const killed = startCommand(
      [
        ...['train', fixtureTag('probe'), '--name', 'job', '--entrypoint', 'python3,/opt/ml/input/data/code/job.py'],
        ...['--input', 'code=s3://bucket-1/code/', '--output', 's3://bucket-1/out'],
      ],
      place,
    );
    await killed.until(/running/);
    killed.signal('SIGKILL');
    await killed.ended;
    const { SM_LOCAL_S3_ENDPOINT: _none, ...env } = place.env ?? {};
    const cleaned = await runCommand(['clean'], { ...place, env });
    assert.equal(cleaned.code, 0, cleaned.err);
    assert.deepEqual(await keys('out/'), ['out/job/output/model.tar.gz']);
  });

  it('it needs a package, and who has none is told how to get it', async () => {
    const hook = `import Module from 'node:module';
      const resolve = Module._resolveFilename;
      Module._resolveFilename = (name, ...more) => {
        if (name === '@aws-sdk/client-s3') throw new Error('Cannot find it');
        return resolve(name, ...more);
      };`;
    const env = { ...place.env, NODE_OPTIONS: `--import ${dataUrl(hook)}` };
    const refused = await runCommand(['train', fixtureTag('probe'), '--input', 'train=s3://bucket-1/in/'], { ...place, env });
    assert.equal(refused.code, 3, refused.err);
    assert.match(refused.err, /needs the package @aws-sdk\/client-s3, .*Cannot find it.*\n.*npm install @aws-sdk\/client-s3/);
  });

  it('that is not there is one sentence and a way out', async () => {
    await served[Symbol.asyncDispose]();
    const refused = await runCommand(['train', fixtureTag('probe'), '--input', 'train=s3://bucket-1/in/'], place);
    served = await serveS3();
    assert.equal(refused.code, 3, refused.err);
    assert.match(refused.err, /No S3 answers at http:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED.*\n.*--s3-endpoint/);
  });
});
