import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { transform } from 'esbuild';
import { irisImage, removeIrisImage } from '../support/iris-image.ts';
import { Page } from '../support/page.ts';
import { leftOf, projectRoot } from '../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('the page about the library', function () {
  this.timeout(60_000);
  let root: TemporaryDirectory;
  before(async () => {
    root = await temporaryDirectory();
  });
  after(async () => {
    await root[Symbol.asyncDispose]();
    await removeIrisImage();
  });

  /** What a program prints. */
  async function linesOf(text: string, image: string): Promise<readonly string[]> {
    const { code } = await transform(text, { loader: 'ts', format: 'esm', target: 'node20' });
    const program = join(projectRoot, `dist/library-page-${process.pid}.mjs`); // where it finds the package by its name
    await writeFile(program, code);
    const env = { ...process.env, IMAGE: image, SM_LOCAL_HOME: join(root.path, 'home') };
    const { stdout } = await promisify(execFile)(process.execPath, [program], { cwd: projectRoot, env }).finally(() => rm(program));
    return stdout.trim().split('\n');
  }

  it('goes the whole way as it stands, and its program ends by itself', async () => {
    const image = await irisImage();
    const page = await Page.read('library.md');
    assert.deepEqual(await linesOf(page.program('ts').replace('./out', join(root.path, 'out')), image), [
      'Completed true',
      'true',
      '"a while" is not a duration (maxRun).',
      'Starting, Downloading, Training, a line, Uploading, Completed',
      'setosa AllTraffic',
      'virginica',
      'ModelError 415',
      'Completed virginica',
      '0 jobs',
    ]);
    assert.deepEqual(await leftOf(join(root.path, 'home')), []);
  });
});
