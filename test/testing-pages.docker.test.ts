import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { pythonsWithBoto } from './support/aws-programs.ts';
import { freePort } from './support/free-port.ts';
import { type Desk, desk, Page } from './support/page.ts';
import { sayNotRun } from './support/private-engine.ts';
import { baseImage, belowHome, projectRoot, testEngine } from './support/real-engine.ts';

/** Every command of the pages that can be run here, as it stands; what installs the package is done already. */
describe('the page about', function () {
  this.timeout(120_000);
  let at: Desk;
  let home: string;
  before(async () => {
    at = await desk();
    home = join(at.path, 'home');
  });
  after(async () => {
    await at[Symbol.asyncDispose]();
    assert.deepEqual(await belowHome(home), [], 'nothing is left in the engine');
  });
  const run = (program: string, environment: Readonly<Record<string, string>> = {}): Promise<string> =>
    at.run(program, { SM_LOCAL_HOME: home, BASE_IMAGE: baseImage(), ...environment });

  const python = pythonsWithBoto()
    .map(([, program]) => program)
    .find(hasPytest);
  if (!python) sayNotRun('the page about pytest', 'no python3 has boto3 and pytest');
  else {
    it('pytest tests the example', async () => {
      await cp(join(projectRoot, 'examples/testing/pytest'), join(at.path, 'examples/testing/pytest'), { recursive: true });
      const image = join(at.path, `iris-pytest-${process.pid}`); // under a name of its own: others build the example at the same time
      await cp(join(projectRoot, 'examples/iris'), image, { recursive: true });
      const page = await Page.read('testing/pytest.md');
      const output = await run(page.program('sh').replace('python3', python), { IMAGE: image, PYTHONDONTWRITEBYTECODE: '1' });
      assert.match(output, /4 passed/);
      await testEngine().images.remove(`sm-local/iris-pytest-${process.pid}:latest`);
    });
  }

  it('GitHub Actions trains, serves and asks', async () => {
    const page = await readFile(join(projectRoot, 'docs/ci/github-actions.md'), 'utf8');
    const steps = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].flatMap(([, text = '']) => {
      const { jobs } = parse(text) as { jobs: Record<string, { steps: { run?: string }[] }> };
      return Object.values(jobs).flatMap((job) => job.steps.flatMap((step) => step.run ?? []));
    });
    const commands = steps.filter((command) => !/^npm |^npx sm-local doctor/.test(command));
    assert.equal(commands.length, 2);
    const name = `iris-ci-${process.pid}`;
    await cp(join(projectRoot, 'examples/iris'), join(at.path, 'examples', name), { recursive: true });
    const port = await freePort();
    const program = commands
      .join('\n')
      .replaceAll(/(sm-local (?:train|serve)) examples\/iris/g, `$1 examples/${name} --build-arg BASE_IMAGE`)
      .replace('sm-local serve', `sm-local serve --port ${port}`)
      .replace('127.0.0.1:8080', `127.0.0.1:${port}`);
    const output = await run(program);
    assert.match(output, /iris {2}Completed/);
    assert.match(output, /setosa\nversicolor\nvirginica\n/);
    await testEngine().images.remove(`sm-local/${name}:latest`);
  });
});

function hasPytest(python: string): boolean {
  try {
    execFileSync(python, ['-c', 'import pytest'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
