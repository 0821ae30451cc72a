import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Place, runCommand } from '../support/command.ts';
import { withLeftoverCheck } from '../support/leftovers.ts';
import { fixtureImage, fixtureTag } from '../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('how much a job prints', function () {
  this.timeout(60_000);
  withLeftoverCheck();
  let directory: TemporaryDirectory;
  let place: Place;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    place = { home: join(directory.path, 'home'), cwd: join(directory.path, 'project') };
    await mkdir(place.cwd);
  });
  afterEach(() => directory[Symbol.asyncDispose]());

  it('quiet: the summary alone, and of a job that failed its last lines', async () => {
    await fixtureImage('train-exit-3');
    const { code, out, err } = await runCommand(['train', fixtureTag('train-exit-3'), '--quiet', '--name', 'it'], place);
    assert.equal(code, 1);
    assert.equal(err, '');
    assert.match(out, /it {2}Failed[\s\S]*exit code: 3[\s\S]*Last lines of algo-1:/);
  });

  it('verbose: the engine and its rule, the workspace, the image, the containers, each with the time', async () => {
    await fixtureImage('train-ok');
    const { code, err } = await runCommand(['train', fixtureTag('train-ok'), '-v'], place);
    assert.equal(code, 0);
    for (const told of [
      /engine \S+, found by: /,
      /workspace: (bind|archive)/,
      /image sha256:/,
      /container \w{12} created/,
      /ended with exit code 0/,
    ])
      assert.match(err, told);
    for (const line of err.split('\n').filter((each) => each.includes(' · '))) assert.match(line, /^ *[\d.]+ (ms|s|min) · /);
  });
});
