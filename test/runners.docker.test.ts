import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { belowHome } from './support/real-engine.ts';
import { type RunnerProjects, runnerProjects } from './support/runner-projects.ts';

/** The runners of examples/testing that are quick to install; test/large has the others. */
describe('a project with the packed package tests its image', function () {
  this.timeout(240_000);
  let projects: RunnerProjects;
  before(async () => {
    projects = await runnerProjects('mocha', 'node-test');
  });
  after(() => projects[Symbol.asyncDispose]());

  it('in mocha', async () => {
    const home = projects.home('mocha');
    assert.match(await projects.test('mocha', home), /6 passing/);
    await assertNothingLeft(home);
  });

  it('in node:test', async () => {
    const home = projects.home('node-test');
    const output = await projects.test('node-test', home);
    assert.match(output, /# pass 5\n# fail 0/);
    await assertNothingLeft(home);
  });

  it('and a run that was killed leaves nothing after the next one', async () => {
    const home = projects.home('killed');
    const child = projects.start('mocha', home);
    while ((await belowHome(home)).length === 0) {
      assert.equal(child.exitCode, null, 'it ended before it made anything');
      await sleep(20);
    }
    process.kill(-(child.pid ?? 0), 'SIGKILL');
    assert.notDeepEqual(await belowHome(home), [], 'it left something');
    assert.match(await projects.test('mocha', home), /6 passing/);
    await assertNothingLeft(home);
  });
});

/** Neither in the engine nor among the files of the run. */
async function assertNothingLeft(home: string): Promise<void> {
  assert.deepEqual(await belowHome(home), []);
  assert.deepEqual(readdirSync(`${home}/tmp`), []);
}
