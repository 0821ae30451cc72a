import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openEmulator } from '../../src/emulator.ts';
import { startEmulator } from '../../src/library/emulator.ts';
import { repliesEngine } from '../../src/replies/engine.ts';
import { reset } from '../../src/up/reset.ts';
import { clean } from '../../src/upkeep/clean.ts';
import { failure } from '../support/failure.ts';
import { withLeftoverCheck } from '../support/leftovers.ts';
import { belowHome, fixtureImage, fixtureTag, testEngine } from '../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('a program with startEmulator() that is killed', function () {
  this.timeout(60_000);
  withLeftoverCheck();
  let root: TemporaryDirectory;
  let child: ChildProcess | undefined;
  before(() => fixtureImage('probe'));
  beforeEach(async () => {
    root = await temporaryDirectory();
  });
  afterEach(async () => {
    child?.kill('SIGKILL');
    await root[Symbol.asyncDispose]();
  });

  it('leaves nothing behind the next start with its engine, and is left alone by all others, before and after', async () => {
    const home = join(root.path, `home${'-long'.repeat(20)}`);
    child = start(home);
    await running(child);
    const things = await belowHome(home);
    assert.ok(things.length >= 1, 'the container of its job');
    {
      await using emulator = await openEmulator({ home, engine: testEngine() });
      assert.equal((await clean(emulator)).directories, 0);
      await assert.rejects(reset(emulator), failure('HomeInUse', /process \d+ has tmp/));
    }
    child.kill('SIGKILL');
    await once(child, 'close');
    await next(home, repliesEngine('x'));
    assert.deepEqual(await belowHome(home), things);
    assert.equal((await readdir(join(home, 'tmp'))).length, 1);
    await next(home, testEngine());
    assert.deepEqual(await belowHome(home), []);
    assert.deepEqual(await readdir(join(home, 'tmp')), []);
  });

  function start(home: string): ChildProcess {
    const program = fileURLToPath(import.meta.resolve('./killed-process.js'));
    return spawn(process.execPath, [program, home, fixtureTag('probe')], { stdio: ['pipe', 'pipe', 'inherit'] });
  }

  async function running({ stdout }: ChildProcess): Promise<void> {
    assert.ok(stdout);
    for await (const line of createInterface(stdout)) if (line === 'runs') return;
    assert.fail('the process has ended');
  }

  const next = async (home: string, engine: ReturnType<typeof testEngine>): Promise<void> => {
    await using _emulator = await startEmulator({ home, ephemeral: true, engine, callback: 'off', credentials: 'environment' });
  };
});
