import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { main } from '../../src/cli/main.ts';
import { readyAnswer } from '../../src/cli/ready-answer.ts';
import { version } from '../../src/cli/version.ts';
import { runCommand } from '../support/command.ts';
import { testIo } from '../support/io.ts';
import { projectRoot } from '../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('what the command line answers at once', () => {
  let directory: TemporaryDirectory;
  beforeEach(async () => {
    directory = await temporaryDirectory();
  });
  afterEach(() => directory[Symbol.asyncDispose]());

  const shipped = (...args: readonly string[]) => runCommand(args, { home: directory.path, cwd: directory.path });

  for (const argv of [['--help'], ['help'], ['-h'], ['train', '--help'], ['train', '-h'], ['help', 'serve'], ['completion', '--help']]) {
    it(`is the same for ${argv.join(' ')} as what the parser says`, async () => {
      const io = testIo({ cwd: directory.path });
      assert.equal(await main(argv, io), 0);
      assert.deepEqual(await shipped(...argv), { code: 0, out: io.printed().out, err: '' });
    });
  }

  it('is the version', async () => {
    for (const word of ['--version', 'version']) assert.deepEqual(await shipped(word), { code: 0, out: `${version()}\n`, err: '' });
  });

  it('is nothing for anything else', () => {
    for (const argv of [[], ['train'], ['train', 'x', '--help'], ['help', '../x'], ['--version', '--json'], ['help', 'help']]) {
      assert.equal(readyAnswer(argv, 100), undefined, argv.join(' '));
    }
  });

  it('says that it cannot be written', () => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(process.execPath, [join(projectRoot, 'bin/sm-local.js'), '--help'], {
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    });
    assert.equal(status, 3);
    assert.match(stderr, /standard output/);
  });
});
