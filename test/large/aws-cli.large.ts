import assert from 'node:assert/strict';
import { Scope } from '../../src/scope.ts';
import { awsCommand } from '../support/aws-programs.ts';
import { irisImage, removeIrisImage } from '../support/iris-image.ts';
import { type Desk, desk, Page } from '../support/page.ts';
import { sayNotRun } from '../support/private-engine.ts';
import { leftOf } from '../support/real-engine.ts';
import { startUp, type Up } from '../support/up.ts';

/** Every block of the page, as it stands, from top to bottom. Each call is a process of a second, so that it takes half a minute. */
describe('the page about the AWS CLI', function () {
  this.timeout(240_000);
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

  const command = awsCommand();
  if (!command) sayNotRun('the page about the AWS CLI', 'there is no aws');
  else {
    const [version, aws] = command;
    it(`goes the whole way with ${version}`, async () => {
      const page = await Page.read('clients/aws-cli.md');
      const program = page.program('sh').replaceAll('command aws', `command ${aws}`);
      const output = await at.run(program, { SM_LOCAL_HOME: up.home, IMAGE: image });
      assert.match(output, /validation:accuracy=/);
      assert.ok(output.includes('setosa\nversicolor\nvirginica\n'), output);
      assert.match(output, /"Key": "stage"/);
    });
  }
});
