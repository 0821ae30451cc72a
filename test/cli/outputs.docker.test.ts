import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Place, runCommand, startCommand } from '../support/command.ts';
import { baseImage, fixtureImage, fixtureTag, leftOf } from '../support/real-engine.ts';

describe('what sm-local train leaves', function () {
  this.timeout(60_000);
  let place: Place;
  let bucket: string;
  before(() => fixtureImage('probe'));
  beforeEach(async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'sm-local-outputs-'));
    place = { cwd, home: join(cwd, 'home') };
    bucket = join(place.home, 'buckets/bucket');
    await mkdir(bucket, { recursive: true });
    await mkdir(join(cwd, 'code'));
    await writeFile(join(cwd, 'code/train.py'), program);
  });
  afterEach(async () => {
    assert.deepEqual(await leftOf(place.home), [], 'nothing is left in the engine');
    await rm(place.cwd, { recursive: true, force: true });
  });

  const treeOf = async (path: string): Promise<string[]> =>
    (await readdir(path, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
      .sort();

  for (const workspace of ['bind', 'archive']) {
    it(`goes to s3:// while it runs and file by file at its end: checkpoints, tensors, profiles, TensorBoard, model, through the ${workspace} workspace`, async () => {
      await mkdir(join(bucket, 'ckpt'));
      await writeFile(join(bucket, 'ckpt/old'), 'old');
      const S3OutputPath = 's3://bucket/more';
      const request = {
        CheckpointConfig: { S3Uri: 's3://bucket/ckpt', LocalPath: '/var/checkpoints' },
        DebugHookConfig: { S3OutputPath },
        ProfilerConfig: { S3OutputPath },
        TensorBoardOutputConfig: { S3OutputPath },
      };
      await writeFile(join(place.cwd, 'request.json'), JSON.stringify(request));
      const done = await runCommand(
        [
          ...['train', baseImage(), '-f', 'request.json', '--name', 'job', '--workspace', workspace, '--input', 'code=code'],
          ...['--entrypoint', 'python3,/opt/ml/input/data/code/train.py', '--output', 's3://bucket/out', '--compression', 'none'],
        ],
        place,
      );
      assert.equal(done.code, 0, done.err);
      assert.match(done.err, /beside it when it was there: new\.sagemaker-uploaded\n/);
      assert.deepEqual(await treeOf(bucket), [
        'ckpt/last',
        'ckpt/new',
        'more/job/debug-output/tensor',
        'more/job/profiler-output/profile',
        'more/job/tensorboard-output/run/events',
        'out/job/output/data/report',
        'out/job/output/model/sub/weights',
      ]);
    });
  }

  it('is served from s3:// by the name of the job, as an archive and as single files', async () => {
    for (const compression of ['gzip', 'none']) {
      const args = ['train', fixtureTag('probe'), '--name', compression, '--output', 's3://bucket/out', '--compression', compression];
      const done = await runCommand(args, place);
      assert.equal(done.code, 0, done.err);
      const serving = startCommand(['serve', fixtureTag('probe'), '--model', compression, '--port', '0', '--json'], place);
      await serving.until(/"status":"InService".*"url":"[^"]+"/);
      const url = /"url":"([^"]+)"/.exec(serving.output())?.[1] ?? '';
      const world = (await (await fetch(`${url}/invocations`, { method: 'POST' })).json()) as { tree: object };
      assert.ok('model/world.json' in world.tree, JSON.stringify(Object.keys(world.tree)));
      serving.signal('SIGTERM');
      assert.equal((await serving.ended).code, 0);
    }
  });
});

const program = `
import os, time

def write(path, text=""):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)

checkpoints = "/var/checkpoints/"
assert os.listdir(checkpoints) == ["old"], os.listdir(checkpoints)
os.remove(checkpoints + "old")
write(checkpoints + "new", "new")
write(checkpoints + "scratch.sagemaker-ignore")
write("/opt/ml/output/tensors/tensor")
write("/opt/ml/output/profiler/profile")
write("/opt/ml/output/tensorboard/run/events")
markers = []
while markers != ["new.sagemaker-uploaded"]:
    markers = [name for name in os.listdir(checkpoints) if name.startswith("new.")]
    time.sleep(0.01)
print("beside it when it was there:", *markers, flush=True)
write(checkpoints + "last", "last")
write("/opt/ml/model/sub/weights", "weights")
write("/opt/ml/output/data/report", "report")
`;
