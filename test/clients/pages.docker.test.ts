import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Scope } from '../../src/scope.ts';
import { pythonsWithBoto } from '../support/aws-programs.ts';
import { irisImage, removeIrisImage } from '../support/iris-image.ts';
import { type Desk, desk, Page } from '../support/page.ts';
import { sayNotRun } from '../support/private-engine.ts';
import { leftOf } from '../support/real-engine.ts';
import { startUp, type Up } from '../support/up.ts';

/** Every block of the pages about clients, as it stands, from top to bottom. */
describe('the page about', function () {
  this.timeout(240_000); // every call of a command line or of a restart is a process of its own
  const scope = new Scope();
  let image: string;
  let up: Up;
  let at: Desk;
  before(async () => {
    image = await irisImage();
    scope.defer(removeIrisImage);
    up = scope.use(await startUp('--limit', 'stop-grace=1s'));
    at = scope.use(await desk());
  });
  after(async () => {
    await scope[Symbol.asyncDispose]();
    assert.deepEqual(await leftOf(up.home), [], 'nothing is left in the engine');
  });

  const run = (program: string): Promise<string> => at.run(program, { SM_LOCAL_HOME: up.home, IMAGE: image });
  const species = 'setosa\nversicolor\nvirginica\n';
  /** How often an answer stands in an output. */
  const count = (output: string, part: string): number => output.split(part).length - 1;

  it('curl goes the whole way without a signature', async () => {
    const page = await Page.read('clients/curl.md');
    const output = await run(page.program('sh'));
    assert.match(output, /"TrainingJobStatus":"Completed"/);
    assert.match(output, /validation:accuracy=/);
    assert.ok(output.includes(species), output);
    assert.match(output, /setosa\s*\n/);
    assert.match(output, /"Key":"stage"/);
  });

  it('the JavaScript SDK goes the whole way by environment alone', async () => {
    const page = await Page.read('clients/javascript.md');
    await writeFile(join(at.path, 'iris.mjs'), page.program('js'));
    const output = await run(`${page.program('sh')}\nnode iris.mjs`);
    assert.match(output, /Completed \[/);
    assert.match(output, /Z epoch=50;/);
    assert.equal(count(output, species), 2, output);
    assert.match(output, /iris-js-1 Completed/);
  });

  const pythons = pythonsWithBoto();
  if (pythons.length === 0) sayNotRun('the page about boto3', 'no python3 has boto3');
  for (const [version, python] of pythons) {
    it(`boto3 ${version} goes the whole way`, async () => {
      const page = await Page.read('clients/boto3.md');
      // Names of its own, as the other version has its own.
      const program = page.program('python').replaceAll('iris-boto3', `iris-boto3-${version.replaceAll('.', '-')}`);
      await writeFile(join(at.path, 'iris.py'), program);
      const output = await run(`${page.program('sh')}\n${python} iris.py`);
      assert.match(output, /Completed \[/);
      assert.match(output, /\d{13} epoch=50;/);
      assert.equal(count(output, species), version.startsWith('1.26') ? 1 : 2, output);
      assert.match(output, /-1 Completed/);
    });
  }
});
