import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { openEmulator } from '../../src/emulator.ts';
import { readLog } from '../../src/store/log-file.ts';
import { TrainingJobs } from '../../src/training-jobs/training-jobs.ts';
import { removeUnowned } from '../../src/upkeep/clean.ts';
import { Program } from '../store/commands.ts';
import { withLeftoverCheck } from '../support/leftovers.ts';
import { fixtureImage, fixtureTag, leftOf } from '../support/real-engine.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('training jobs whose service is gone', function () {
  this.timeout(120_000);
  withLeftoverCheck();
  before(() => fixtureImage('counts'));

  /** What the process prints last before it is killed, or told to go. */
  const moments = [
    { name: 'created', after: 'created' },
    { name: 'downloading', after: 'Downloading' },
    { name: 'training', after: 'Training' },
    { name: 'uploading', after: 'Uploading' },
    { name: 'left', after: 'Training', isTold: true },
  ];

  it('end in the next one as they would have, wherever they were', async () => {
    await using place = await temporaryDirectory();
    const [home, output] = [join(place.path, 'home'), join(place.path, 'output')];
    await Promise.all(
      moments.map(async ({ name, after, isTold = false }) => {
        await using service = new Program('../training-jobs/start-service', [home, output, fixtureTag('counts'), name]);
        for (let line = await service.line(); line !== after; line = await service.line()) {
          assert.notEqual(line, undefined, `${name} ended before it was ${after}`);
        }
        if (!isTold) return await service.kill('SIGKILL');
        service.tell('go');
        await service.exited;
      }),
    );

    await using emulator = await openEmulator({ home });
    const warnings: string[] = [];
    const observer = {
      event: (event: { event: string; message?: string }) => void (event.event === 'warning' && warnings.push(event.message ?? '')),
      log() {},
    };
    const jobs = new TrainingJobs(emulator, { options: { stopGrace: 10 }, observer: () => observer });
    await jobs.open();
    for (const { name } of moments) {
      await jobs.settled(name);
      const { TrainingJobStatus, FailureReason } = await jobs.describe({ TrainingJobName: name });
      assert.equal(TrainingJobStatus, 'Completed', `${name}: ${FailureReason} ${warnings.join(' ')}`);
      const record = await emulator.trainingJobs.read(name);
      const lines: string[] = [];
      for await (const { stream, message } of readLog(record?.files.logs['algo-1'] ?? '')) if (stream === 'stderr') lines.push(message);
      assert.deepEqual(
        lines,
        Array.from({ length: 40 }, (_, index) => `err ${index}`),
        name,
      );
      const archive = join(output, name, 'output/model.tar.gz');
      assert.equal(execFileSync('tar', ['xzOf', archive, 'count'], { encoding: 'utf8' }), '40\n');
    }
    await removeUnowned(emulator); // one that was killed while it found out what the engine sees of files has left that container
    assert.deepEqual(await leftOf(home), []);
  });
});
