import assert from 'node:assert/strict';
import { join } from 'node:path';
import { runIn } from '../support/packed.ts';
import { belowHome, projectRoot } from '../support/real-engine.ts';
import { type RunnerProjects, runnerProjects } from '../support/runner-projects.ts';

/** Every runner of examples/testing: two of them take long to install. */
describe('a project with the packed package tests its image', function () {
  this.timeout(600_000);
  const runners = { mocha: /6 passing/, 'node-test': /# pass 5\n# fail 0/, vitest: /Tests +6 passed/, jest: /Tests: +5 passed/ };
  let projects: RunnerProjects;
  before(async () => {
    projects = await runnerProjects(...Object.keys(runners));
  });
  after(() => projects[Symbol.asyncDispose]());

  it('which type-checks, where it is in TypeScript', () => {
    const tsc = join(projectRoot, 'node_modules/typescript/bin/tsc');
    runIn(projects.directory('vitest'), process.execPath, [tsc, '--project', '.']);
  });

  for (const [runner, passed] of Object.entries(runners)) {
    it(`with ${runner}, from nothing and again`, async () => {
      const home = projects.home(runner);
      await projects.forgetImages();
      const seconds: string[] = [];
      for (const _ of ['cold', 'warm']) {
        const startedAt = performance.now();
        assert.match(await projects.test(runner, home), passed);
        seconds.push(((performance.now() - startedAt) / 1000).toFixed(1));
      }
      process.stdout.write(`      ${runner}: ${seconds[0]} s cold, ${seconds[1]} s warm\n`);
      assert.deepEqual(await belowHome(home), []);
    });
  }

  it('with all of them side by side in one home', async () => {
    const home = projects.home('shared');
    const startedAt = performance.now();
    const outputs = await Promise.all(
      Object.entries(runners).map(async ([runner, passed]) => [await projects.test(runner, home), passed] as const),
    );
    process.stdout.write(`      side by side: ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`);
    for (const [output, passed] of outputs) assert.match(output, passed);
    assert.deepEqual(await belowHome(home), []);
  });
});
