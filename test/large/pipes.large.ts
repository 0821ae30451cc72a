import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../support/command.ts';
import { baseImage } from '../support/real-engine.ts';

describe('a channel of 1 GB in Pipe mode', function () {
  this.timeout(300_000);

  it('gives the program three epochs with the bytes of its objects, in their order', async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'sm-local-pipe-'));
    try {
      const sum = createHash('sha256');
      await mkdir(join(cwd, 'data'));
      await mkdir(join(cwd, 'code'));
      await writeFile(join(cwd, 'code/train.py'), program);
      for (let part = 10; part < 42; part += 1) {
        const content = randomBytes(32 * 1024 * 1024);
        sum.update(content);
        await writeFile(join(cwd, 'data', `${part}`), content);
      }
      const channels = ['--input', 'train=data', '--input-mode', 'train=Pipe', '--input', 'code=code'];
      const started = ['--entrypoint', 'python3,/opt/ml/input/data/code/train.py'];
      const done = await runCommand(['train', baseImage(), ...channels, ...started], { cwd, home: join(cwd, 'home') });
      assert.equal(done.code, 0, done.err);
      const digest = sum.digest('hex');
      for (const epoch of [0, 1, 2]) assert.match(done.err, new RegExp(`epoch ${epoch} 1073741824 ${digest}`));
    } finally {
      await rm(cwd, { recursive: true, force: true });
    }
  });
});

const program = `
import hashlib, os, time
for epoch in range(3):
    path = f"/opt/ml/input/data/train_{epoch}"
    while not os.path.exists(path):
        time.sleep(0.005)
    sum, size = hashlib.sha256(), 0
    with open(path, "rb", buffering=0) as pipe:
        while chunk := pipe.read(1 << 20):
            sum.update(chunk)
            size += len(chunk)
    print("epoch", epoch, size, sum.hexdigest(), flush=True)
`;
