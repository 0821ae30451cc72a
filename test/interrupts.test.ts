import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from './support/real-engine.ts';

const interrupts = pathToFileURL(join(projectRoot, 'scripts/interrupts.mjs')).href;

/** Says a line whenever the other side asks for one on stdin, and on stdout at last what was cleaned up. */
const script = `
  import { once } from 'node:events';
  import { Interrupted, untilInterrupted } from '${interrupts}';
  const work = async (signal) => {
    process.stderr.write('ready\\n');
    process.stdin.on('data', () => process.stderr.write('line\\n'));
    try {
      await once(signal, 'abort');
      signal.throwIfAborted();
    } finally {
      process.stderr.write('cleaning up\\n');
      process.stdout.write('clean\\n');
    }
  };
  process.exitCode = await untilInterrupted(work).catch((error) => error instanceof Interrupted ? error.exitCode : 1);
  process.exit();
`;

describe('a script that is interrupted', () => {
  for (const [what, exitCode, interrupt] of [
    ['by a signal', 130, (child: ReturnType<typeof spawn>) => child.kill('SIGINT')],
    [
      'by a reader that is gone',
      141,
      (child: ReturnType<typeof spawn>) => {
        child.stderr?.destroy();
        child.stderr?.once('close', () => child.stdin?.write('?'));
      },
    ],
  ] as const) {
    it(`${what} cleans up and says so by its exit code`, async () => {
      const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'pipe' });
      let printed = '';
      child.stdout.on('data', (data) => (printed += data));
      const over = once(child, 'close');
      await once(child.stderr, 'data');
      interrupt(child);
      const [code] = await over;
      assert.deepEqual({ code, printed }, { code: exitCode, printed: 'clean\n' });
    });
  }
});
