import assert from 'node:assert/strict';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Scope } from '../../src/scope.ts';
import { Page } from '../support/page.ts';
import { runProgram } from '../support/programs.ts';
import { projectRoot } from '../support/real-engine.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('the page about test aids', () => {
  it('is a file of tests, all of which pass', async function () {
    this.timeout(60_000);
    const scope = new Scope();
    try {
      const at = scope.use(await temporaryDirectory()).path;
      await mkdir(join(at, 'node_modules'));
      await symlink(projectRoot, join(at, 'node_modules/sm-local'));
      await symlink(join(projectRoot, 'node_modules/@aws-sdk'), join(at, 'node_modules/@aws-sdk'));
      const page = await Page.read('test-aids.md');
      await writeFile(join(at, 'test-aids.mjs'), page.program('js'));
      const output = await runProgram('bash', ['-c', `cd ${at} && exec ${process.execPath} --test --test-reporter=tap test-aids.mjs`]);
      assert.match(output, /^# fail 0$/m);
      const passed = Number(/^# pass (\d+)$/m.exec(output)?.[1]);
      assert.ok(passed >= 5, output);
      assert.deepEqual((await readdir(at)).sort(), ['node_modules', 'test-aids.mjs']);
    } finally {
      await scope[Symbol.asyncDispose]();
    }
  });
});
