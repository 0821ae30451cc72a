import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { TrainingRecord } from '../../src/jobs/record.ts';
import { openHome } from '../../src/store/home.ts';
import { Records } from '../../src/store/records.ts';
import { eventually } from '../support/containers.ts';
import { withLeftoverCheck } from '../support/leftovers.ts';
import { sayNotRun } from '../support/private-engine.ts';
import { isInstalled } from '../support/programs.ts';
import { fixtureImage, fixtureTag, leftOf, projectRoot } from '../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

/** A terminal of the test's own, with a command in it. */
interface Terminal {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  /** Resolves when this is to be seen. */
  until(text: string): Promise<void>;
}

// Its options are those of Linux; elsewhere it takes others.
if (process.platform !== 'linux' || !isInstalled('script')) sayNotRun('commands in a terminal', 'it takes the program script on Linux');
else {
  describe('in a terminal', function () {
    this.timeout(60_000);
    withLeftoverCheck();
    let directory: TemporaryDirectory;
    beforeEach(async () => {
      directory = await temporaryDirectory();
    });
    afterEach(() => directory[Symbol.asyncDispose]());

    async function train(fixture: string, ...args: string[]): Promise<Terminal> {
      await fixtureImage(fixture);
      const words = [process.execPath, join(projectRoot, 'bin/sm-local.js'), 'train', fixtureTag(fixture), '--name', 'it', ...args];
      const child = spawn('script', ['--quiet', '--return', '--command', words.join(' '), '/dev/null'], {
        cwd: directory.path,
        env: { ...process.env, TERM: 'xterm', SM_LOCAL_HOME: join(directory.path, 'home') },
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      let seen = '';
      const changed = new EventTarget();
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        seen += chunk;
        changed.dispatchEvent(new Event('change'));
      });
      const until = (text: string): Promise<void> =>
        new Promise((resolve, reject) => {
          const look = (): void => {
            if (seen.includes(text)) resolve();
          };
          changed.addEventListener('change', look);
          child.once('close', () => reject(new Error(`It ended without ${text}:\n${seen}`)));
          look();
        });
      return { child, until };
    }
    const record = async (): Promise<TrainingRecord | undefined> =>
      await new Records<TrainingRecord>(await openHome(join(directory.path, 'home')), 'training-job').read('it');

    it('Ctrl-C shows the seconds that are left in one line, which goes when they are over', async () => {
      const { child, until } = await train('train-ignores-sigterm', '--limit', 'stop-grace=2s');
      await until('ready');
      child.stdin.write('\x03');
      const erase = '\r\x1b[K';
      await until(`${erase}SIGKILL in 1 s (Ctrl-C again: now)${erase}`);
      assert.deepEqual(await once(child, 'close'), [130, null]);
      await until('SIGKILL in 2 s');
      assert.equal((await record())?.status, 'Stopped');
    });

    it('that is closed the program gets its grace, and its model is kept', async () => {
      const { child, until } = await train('train-handles-sigterm');
      await until('ready');
      child.kill('SIGKILL');
      await eventually(async () => (await record())?.status === 'Stopped', 'the job goes on');
      assert.ok((await record())?.files.model);
      await eventually(async () => (await leftOf(join(directory.path, 'home'))).length === 0, 'something is left');
    });
  });
}
