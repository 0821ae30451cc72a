import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Channel } from '@aws-sdk/client-sagemaker';
import { openEmulator } from '../../../src/emulator.ts';
import { neverStopped } from '../../../src/stop.ts';
import { readLog } from '../../../src/store/log-file.ts';
import { planTraining, train } from '../../../src/training-jobs/train.ts';
import { withLeftoverCheck } from '../../support/leftovers.ts';
import { baseImage, testEngine } from '../../support/real-engine.ts';
import { prefixChannel } from '../fake-job.ts';

describe('the channels of a job, from inside its container', function () {
  this.timeout(60_000);
  withLeftoverCheck();
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'sm-local-channels-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  async function write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(root, name)), { recursive: true });
      await writeFile(join(root, name), content);
    }
  }
  const uri = (path: string): string => pathToFileURL(join(root, path)).href;

  for (const workspace of ['bind', 'archive'] as const) {
    it(`are what each mode promises, through the ${workspace} workspace`, async () => {
      const large = Buffer.alloc(3_000_000, 'pipe ');
      await write({ 'code/train.py': program, 'plain/a': large, 'zip/a.gz': gzipSync('one,'), 'zip/b.gz': gzipSync('two') });
      await write({ 'records/a': 'abc', 'fast/a': '0123456789', 'fast/empty': '' });
      const channels: Channel[] = [
        prefixChannel('code', uri('code')),
        prefixChannel('fast', uri('fast/'), { InputMode: 'FastFile' }),
        prefixChannel('plain', uri('plain'), { InputMode: 'Pipe' }),
        prefixChannel('zip', uri('zip'), { InputMode: 'Pipe', CompressionType: 'Gzip' }),
        prefixChannel('records', uri('records'), { InputMode: 'Pipe', RecordWrapperType: 'RecordIO' }),
      ];
      await using emulator = await openEmulator({ home: join(root, 'home'), engine: testEngine(), workspace });
      const request = {
        TrainingJobName: 'channels',
        AlgorithmSpecification: {
          TrainingImage: baseImage(),
          TrainingInputMode: 'File' as const,
          ContainerEntrypoint: ['python3', '/opt/ml/input/data/code/train.py'],
        },
        RoleArn: 'arn:aws:iam::000000000000:role/sm-local',
        InputDataConfig: channels,
        OutputDataConfig: { S3OutputPath: uri('output') },
        ResourceConfig: { InstanceType: 'ml.m5.large' as const, InstanceCount: 1, VolumeSizeInGB: 1 },
      };
      const image = { kind: 'image', reference: baseImage() } as const;
      const observer = { event() {}, log() {} };
      const plan = await planTraining(emulator, { request, image, options: { stopGrace: 10 } }, observer, neverStopped.stop);
      const record = await train(emulator, plan, observer, neverStopped);
      const lines: string[] = [];
      for await (const { message } of readLog(record.files.logs['algo-1'] ?? '')) lines.push(message);
      assert.equal(record.status, 'Completed', `${record.failureReason}\n${lines.join('\n')}`);
      const sum = createHash('sha256').update(large).digest('hex');
      assert.deepEqual(lines, [
        `plain_0 ${sum}`,
        'plain_1 left',
        `plain_2 ${sum}`,
        'zip_0 one,two',
        'records_0 0a23d7ce0300000061626300',
        'fast 345 [] Read-only file system',
      ]);
    });
  }
});

/** Reads an epoch, leaves the second early, and reads the third; FastFile at random, and in vain for writing. */
const program = `
import hashlib, os, time
data = "/opt/ml/input/data/"

def opened(name):
    while True:
        try:
            return open(data + name, "rb")
        except FileNotFoundError:
            time.sleep(0.002)

def whole(name):
    with opened(name) as pipe:
        return pipe.read()

open("/written", "w").close()  # the root file system takes it
print("plain_0", hashlib.sha256(whole("plain_0")).hexdigest())
with opened("plain_1") as pipe:
    pipe.read(10)
print("plain_1 left")
print("plain_2", hashlib.sha256(whole("plain_2")).hexdigest())
print("zip_0", whole("zip_0").decode())
print("records_0", whole("records_0").hex())
with open(data + "fast/a", "rb") as file:
    file.seek(3)
    part = file.read(3).decode()
try:
    open(data + "fast/b", "w")
except OSError as error:
    print("fast", part, list(open(data + "fast/empty")), error.strerror)
`;
