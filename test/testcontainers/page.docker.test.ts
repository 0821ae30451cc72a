import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { transform } from 'esbuild';
import { irisImage, removeIrisImage } from '../support/iris-image.ts';
import { withLeftoverCheck } from '../support/leftovers.ts';
import { Page } from '../support/page.ts';
import { projectRoot } from '../support/real-engine.ts';
import { withoutReaper } from '../support/testcontainers.ts';

describe('the page about testcontainers', function () {
  this.timeout(60_000);
  withLeftoverCheck();
  withoutReaper();
  after(removeIrisImage);

  it('goes the whole way as it stands', async () => {
    const image = await irisImage();
    const page = await Page.read('testcontainers.md');
    const { code } = await transform(page.program('ts'), { loader: 'ts', format: 'esm', target: 'node20' });
    const program = join(projectRoot, `dist/testcontainers-page-${process.pid}.mjs`); // where it finds the package by its name
    await writeFile(program, code);
    const env = { ...process.env, IMAGE: image };
    const { stdout } = await promisify(execFile)(process.execPath, [program], { cwd: projectRoot, env }).finally(() => rm(program));
    const expected = [
      'setosa',
      'virginica',
      'the database is there',
      'ping 200',
      'Completed undefined',
      'true',
      "[ 'model.json' ]",
      'setosa',
      '0 jobs',
    ];
    assert.deepEqual(
      stdout.split('\n').filter((line) => line !== ''),
      expected,
    );
  });
});
