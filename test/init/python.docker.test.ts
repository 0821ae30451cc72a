import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { runCommand } from '../support/command.ts';
import { uncovered } from '../support/coverage.ts';
import { baseImage, leftOf, projectRoot, testEngine } from '../support/real-engine.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('a project of init', function () {
  this.timeout(60_000);

  it('in plain Python is trained and served by its own tests', async () => {
    await using place = await temporaryDirectory();
    const at = (path: string): string => join(place.path, path);
    const name = `rides-${process.pid}`;
    const home = at('home');
    const made = await runCommand(['init', name, '--template', 'python'], { cwd: place.path, home });
    assert.equal(made.code, 0, made.err);

    // What `npm install` brings: this package and its peer; test/large really installs them.
    const modules = at(`${name}/test/node_modules`);
    mkdirSync(modules);
    symlinkSync(projectRoot, join(modules, 'sm-local'));
    symlinkSync(join(projectRoot, 'node_modules/testcontainers'), join(modules, 'testcontainers'));
    const child = spawn('npm', ['test'], {
      cwd: at(`${name}/test`),
      env: { ...process.env, ...uncovered, SM_LOCAL_HOME: home, BASE_IMAGE: baseImage(), TESTCONTAINERS_RYUK_DISABLED: 'true' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    assert.equal(code, 0, `${out}\n${err}`);
    assert.match(out, /# pass 5\n# fail 0/);

    await testEngine().images.remove(`sm-local/${name}:latest`);
    assert.deepEqual(await leftOf(home), []);
    assert.ok(!readdirSync(at(name)).includes('sm-local-output'), 'what its tests trained is gone');
  });
});
