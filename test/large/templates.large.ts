import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TemplateName, templateNames } from '../../src/init/templates.ts';
import { uncovered } from '../support/coverage.ts';
import { installIn, type Packed, packed, runIn } from '../support/packed.ts';
import { baseImage, baseImageWith, leftOf, testEngine } from '../support/real-engine.ts';

/** Images that hold what the Dockerfiles install, where no registry answers. */
const bases: Readonly<Record<TemplateName, () => string>> = {
  python: baseImage,
  'scikit-learn': () => baseImageWith('python3-sklearn', 'python3-pandas', 'python3-flask', 'gunicorn', 'nginx'), // that of examples/scikit-learn
  node: () => baseImageWith('nodejs'),
  r: () => baseImageWith('r-base-core', 'r-cran-httpuv', 'r-cran-jsonlite'),
};

/** As a user has them: from the packed package, with what npm installs. */
describe('a project of init', function () {
  this.timeout(900_000);
  let user: Packed;
  before(async () => {
    user = await packed();
    await installIn(user.path, user.tarball, { type: 'module' });
  });
  after(() => user[Symbol.asyncDispose]());

  for (const template of templateNames) {
    describe(`with the template ${template}`, () => {
      const name = `${template}-${process.pid}`;
      const project = (): string => join(user.path, name);
      const home = (): string => join(user.path, `home-${template}`);
      const run = (directory: string, program: string, ...args: readonly string[]): string =>
        execFileSync(program, args, {
          cwd: directory,
          encoding: 'utf8',
          env: { ...process.env, ...uncovered, SM_LOCAL_HOME: home(), BASE_IMAGE: bases[template](), TESTCONTAINERS_RYUK_DISABLED: 'true' },
          stdio: ['ignore', 'pipe', 'pipe'],
        });
      const smLocal = (...args: readonly string[]): string =>
        run(project(), process.execPath, join(user.path, 'node_modules/sm-local/bin/sm-local.js'), ...args);

      before('make it', () => {
        runIn(user.path, 'npx', ['--no-install', 'sm-local', 'init', name, '--template', template]);
      });
      after('remove its image', async () => {
        await testEngine().images.remove(`sm-local/${name}:latest`);
        assert.deepEqual(await leftOf(home()), []);
      });

      it('passes its own tests', async () => {
        const directory = join(project(), 'test');
        const description = join(directory, 'package.json');
        const wanted = await readFile(description, 'utf8');
        await writeFile(description, wanted.replace(/"sm-local": "[^"]+"/, `"sm-local": "file:${user.tarball}"`));
        runIn(directory, 'npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline']);
        assert.match(run(directory, 'npm', 'test'), /# pass 5\n# fail 0/);
      });

      it('passes every check of sm-local check', () => {
        assert.match(smLocal('check'), /^No finding: /m);
      });
    });
  }
});
