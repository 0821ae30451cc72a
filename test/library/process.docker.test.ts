import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { uncovered } from '../support/coverage.ts';
import { baseImage, fixtureImage, fixtureTag, leftOf, projectRoot } from '../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('a program that uses the library', function () {
  this.timeout(60_000);
  let root: TemporaryDirectory;
  before(async () => {
    root = await temporaryDirectory();
    await fixtureImage('train-ok');
    await fixtureImage('serve-echo');
  });
  after(() => root[Symbol.asyncDispose]());

  /** Runs a program with the library; what it printed, and its exit code. */
  async function run(program: string): Promise<{ readonly output: string; readonly code: number | null }> {
    const path = join(root.path, 'program.mjs');
    const library = pathToFileURL(join(projectRoot, 'dist/src/index.js')).href;
    await writeFile(path, `import { train, serve, startEmulator } from '${library}';\n${program}`);
    const env = { ...process.env, ...uncovered, SM_LOCAL_HOME: join(root.path, 'home'), NODE_NO_WARNINGS: '1' };
    const child = spawn(process.execPath, [path], { cwd: root.path, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const output: string[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => output.push(text));
    const [code] = (await once(child, 'close')) as [number | null];
    return { output: output.join(''), code };
  }

  it('prints nothing that it does not print itself, ends by itself, and leaves nothing', async () => {
    assert.ok(baseImage());
    const { output, code } = await run(`
      const job = train({ image: '${fixtureTag('train-ok')}', ephemeral: true });
      const endpoint = await serve({ image: '${fixtureTag('serve-echo')}', ephemeral: true });
      const emulator = await startEmulator();
      await endpoint.invoke('x');
      console.log((await job).status);
      await Promise.all([job[Symbol.asyncDispose](), endpoint.stop(), emulator.stop()]);
    `);
    assert.deepEqual({ output, code }, { output: 'Completed\n', code: 0 });
    assert.deepEqual(await leftOf(join(root.path, 'home')), []);
  });
});
