import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeLeftovers } from '../../src/engine/leftovers.ts';
import type { Ended } from '../support/command.ts';
import { withLeftoverCheck } from '../support/leftovers.ts';
import { makeOrdinaryUser, type OrdinaryUser, whyNoOrdinaryUser } from '../support/ordinary-user.ts';
import { sayNotRun } from '../support/private-engine.ts';
import { runProgram } from '../support/programs.ts';
import { fixtureImage, fixtureTag, leftOf, projectRoot, testEngine } from '../support/real-engine.ts';

const why = whyNoOrdinaryUser();
if (why) sayNotRun('quickstart of an ordinary user', why);
else {
  describe('an ordinary user on an engine that is root', function () {
    this.timeout(150_000);
    withLeftoverCheck();
    let user: OrdinaryUser;
    let project: string;
    before(async () => {
      user = await makeOrdinaryUser();
      project = join(user.home, 'sm-local');
      await copyProject(project, user.name);
    });
    after(async () => {
      if (!user) return;
      const labels = { 'sm-local.home': join(user.home, '.sm-local') };
      await user[Symbol.asyncDispose]();
      await removeLeftovers(testEngine(), labels, async () => true); // there are some only when the test has failed
      await testEngine().images.remove('sm-local/iris:latest');
    });

    /** What belongs to somebody else; the packages stay root's, because they are links to this project's own. */
    const foreign = (): Promise<string> =>
      runProgram('find', [user.home, '-path', join(project, 'node_modules'), '-prune', '-o', '!', '-user', user.name, '-print']);
    const run = async (...command: string[]): Promise<Ended> => {
      const done = await user.run(command, project);
      assert.equal(done.code, 0, `${done.err}${done.out}`);
      return done;
    };

    it('runs the whole of quickstart, owns every file afterwards, and can delete everything', async () => {
      const { err } = await run('npm', 'run', 'quickstart');
      assert.deepEqual(
        [...err.matchAll(/^ {2}\S+ {2}-> {2}(\w+)$/gm)].map(([, species]) => species),
        ['setosa', 'versicolor', 'virginica'],
      );
      const [known = ''] = await readdir(join(user.home, '.sm-local/engines'));
      const { obstacles } = JSON.parse(await readFile(join(user.home, '.sm-local/engines', known), 'utf8')) as { obstacles: unknown };
      assert.deepEqual(obstacles, ['foreign-root', 'foreign-user']);
      assert.equal(await foreign(), '');

      // An image that does its best to leave what nobody else can touch.
      await fixtureImage('train-odd-model');
      await run('node', 'bin/sm-local.js', 'train', fixtureTag('train-odd-model'), '--name', 'odd', '--input', 'train=examples/iris/data');
      assert.equal(await foreign(), '');
      assert.deepEqual(await readdir(join(user.home, '.sm-local/tmp')), []);
      assert.deepEqual(await leftOf(join(user.home, '.sm-local')), [], 'nothing is left in the engine');

      await user.run(['rm', '-rf', 'sm-local', '.sm-local'], user.home);
      const left = await readdir(user.home);
      for (const name of ['sm-local', '.sm-local']) assert.ok(!left.includes(name), `${name} is gone`);
    });
  });
}

/** The project as somebody has it who has cloned it and installed its packages. */
async function copyProject(to: string, user: string): Promise<void> {
  const made = new Set(['.git', 'coverage', 'dist', 'node_modules', 'sm-local-output']);
  const parts = (await readdir(projectRoot)).filter((name) => !made.has(name)).map((name) => join(projectRoot, name));
  await runProgram('mkdir', [to]);
  await runProgram('cp', ['-a', '--', ...parts, to]);
  await runProgram('chown', ['-R', user, to]);
  const packages = join(projectRoot, 'node_modules');
  // Links, where the file system can: the packages are a quarter of a gigabyte.
  await runProgram('cp', ['-al', packages, to]).catch(() => runProgram('cp', ['-a', packages, to]));
  await runProgram('find', [join(to, 'node_modules'), '-type', 'd', '-exec', 'chown', user, '{}', '+']);
}
