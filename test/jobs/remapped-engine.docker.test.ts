import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openEmulator } from '../../src/emulator.ts';
import type { JobEvent } from '../../src/jobs/events.ts';
import { neverStopped } from '../../src/stop.ts';
import { unpackArchive } from '../../src/store/unpack.ts';
import { planTraining, train } from '../../src/training-jobs/train.ts';
import { sharingOf } from '../../src/workspace-choice.ts';
import { withLeftoverCheck } from '../support/leftovers.ts';
import { canStartEngines, type PrivateEngine, sayNotRun, startPrivateEngine } from '../support/private-engine.ts';
import { buildFixture } from '../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

if (canStartEngines) {
  describe('an engine whose users are others on this machine, root too', function () {
    this.timeout(60_000);
    let machine: PrivateEngine;
    let hidden: TemporaryDirectory;
    let directory: TemporaryDirectory;
    before(async () => {
      [hidden, directory] = [await temporaryDirectory(), await temporaryDirectory()];
      machine = await startPrivateEngine({ remapsUsers: true, hide: [hidden.path] });
    });
    withLeftoverCheck(() => machine.engine());
    after(async () => {
      await machine?.[Symbol.asyncDispose]();
      for (const each of [hidden, directory]) await each?.[Symbol.asyncDispose]();
    });

    it('is found out to be one, and what it does not see at all', async () => {
      for (const [root, obstacle] of [
        [hidden.path, 'unseen'],
        [directory.path, 'remapped'],
      ] as const) {
        await using emulator = await openEmulator({ home: join(root, 'home'), engine: machine.engine() });
        assert.deepEqual(await sharingOf(emulator), { obstacles: [obstacle], showsFiles: false, takesFiles: false });
        assert.deepEqual(await readdir(emulator.home.tmp), []);
      }
    });

    it('trains with a channel that only its owner may read, and the model is the user’s', async () => {
      const data = join(directory.path, 'data');
      await mkdir(data);
      await writeFile(join(data, 'private.csv'), 'for my eyes only\n');
      await chmod(join(data, 'private.csv'), 0o600);
      const image = { kind: 'image', reference: `sm-local-test/nonroot:${process.pid}` } as const;
      await buildFixture('train-nonroot', image.reference, machine.engine());
      const events: JobEvent[] = [];
      const observer = { event: (event: JobEvent) => void events.push(event), log() {} };

      await using emulator = await openEmulator({ home: join(directory.path, 'home'), engine: machine.engine() });
      const request = {
        TrainingJobName: 'job',
        AlgorithmSpecification: { TrainingImage: image.reference, TrainingInputMode: 'File' as const },
        RoleArn: 'arn:aws:iam::000000000000:role/sm-local',
        OutputDataConfig: { S3OutputPath: pathToFileURL(join(directory.path, 'output')).href },
        ResourceConfig: { InstanceType: 'ml.m5.large' as const, InstanceCount: 1, VolumeSizeInGB: 1 },
        StoppingCondition: { MaxRuntimeInSeconds: 60 },
        InputDataConfig: [
          { ChannelName: 'train', DataSource: { S3DataSource: { S3DataType: 'S3Prefix' as const, S3Uri: pathToFileURL(data).href } } },
        ],
      };
      const plan = await planTraining(emulator, { request, image, options: { stopGrace: 10 } }, observer, neverStopped.stop);
      const record = await train(emulator, plan, observer, neverStopped);
      assert.deepEqual([record.status, record.failureReason, record.run.workspace], ['Completed', undefined, 'archive']);
      assert.match(await readFile(record.files.logs['algo-1'] ?? '', 'utf8'), /for my eyes only/);
      assert.ok(!events.some((event) => event.event === 'warning' && event.message.startsWith('Channel')), 'nothing was tried in vain');
      const model = join(directory.path, 'model');
      await unpackArchive(record.files.model ?? '', model);
      assert.equal((await stat(join(model, 'model.txt'))).uid, process.getuid?.());
    });
  });
} else {
  sayNotRun('engines whose users are others on this machine');
}
