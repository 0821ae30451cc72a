import assert from 'node:assert/strict';
import { join } from 'node:path';
import { runCommand } from '../support/command.ts';
import { withLeftoverCheck } from '../support/leftovers.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('sm-local doctor', function () {
  this.timeout(30_000);
  withLeftoverCheck();
  let place: TemporaryDirectory;
  beforeEach(async () => {
    place = await temporaryDirectory();
  });
  afterEach(() => place[Symbol.asyncDispose]());
  const doctor = (...args: string[]) => runCommand(['doctor', ...args], { home: join(place.path, 'home'), cwd: place.path });

  it('names the engine, the rule that found it, and its version, and exits 0', async () => {
    const done = await doctor();
    assert.equal(done.code, 0, done.out + done.err);
    assert.match(done.out, /^ok +engine +\S+, found by: /m);
    assert.match(done.out, /^ok +engine version +.*API \d/m);
    assert.match(done.out, /^ok +file sharing +/m);
  });

  it('exits 3 without an engine, and has one event for programs', async () => {
    const done = await doctor('--engine', 'unix:///nowhere.sock', '--json');
    assert.equal(done.code, 3);
    const event = JSON.parse(done.out) as { event: string; isWell: boolean; findings: { check: string; state: string; remedy?: string }[] };
    assert.deepEqual([event.event, event.isWell], ['result', false]);
    assert.match(event.findings.find(({ check }) => check === 'engine')?.remedy ?? '', /Start Docker/);
  });
});
