import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { CommandEntry } from '../../src/cli/command-entry.ts';
import { commandNames, commands } from '../../src/cli/command-table.ts';
import { colors, troubleOf } from '../../src/cli/io.ts';
import { jsonLine, jsonTeller } from '../../src/cli/json-lines.ts';
import { main } from '../../src/cli/main.ts';
import { reportError } from '../../src/cli/report-error.ts';
import { withLevel } from '../../src/cli/with-level.ts';
import { fail } from '../../src/errors.ts';
import { Scope } from '../../src/scope.ts';
import { trace } from '../../src/trace.ts';
import { type TestIo, testIo } from '../support/io.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('how much is printed', () => {
  let io: TestIo;
  beforeEach(() => {
    io = testIo({ cwd: '/' });
  });
  const entry: CommandEntry = {
    options: ['json'],
    words: [0, 0],
    async run(_words, given, at) {
      trace(() => 'decided, because');
      await at.err.write('on the way\n');
      await troubleOf(at).write('went wrong\n');
      const tell = jsonTeller(at);
      if (given.json) await tell({ event: 'note', message: 'on the way' });
      if (given.json) await jsonLine(at, { event: 'result' });
      else await at.out.write('result\n');
      return 0;
    },
  };
  const run = (given: object): Promise<number> => withLevel(entry).run([], { ...given }, io);

  it('every command takes --quiet and --verbose', () => {
    for (const name of commandNames) {
      for (const option of ['quiet', 'verbose'] as const) assert.ok(commands[name].options.includes(option), name);
    }
  });

  it('as a rule, what happens and the result', async () => {
    await run({});
    assert.deepEqual(io.printed(), { out: 'result\n', err: 'on the way\nwent wrong\n' });
  });

  it('quiet: the result and what went wrong alone', async () => {
    await run({ quiet: true });
    assert.deepEqual(io.printed(), { out: 'result\n', err: 'went wrong\n' });
  });

  it('quiet, as JSON: no events but the result', async () => {
    await run({ quiet: true, json: true });
    assert.deepEqual(events(io), ['result']);
  });

  it('verbose: also what is decided, with the time it was decided at, and the exit code', async () => {
    await run({ verbose: true });
    const { out, err } = io.printed();
    assert.equal(out, 'result\n');
    assert.match(err, /^ *[\d.]+ m?s · decided, because\non the way\nwent wrong\n *[\d.]+ m?s · exit code 0\n$/);
    await run({});
    assert.equal(io.printed().err.match(/decided/g)?.length, 1, 'nobody listens any more');
  });

  it('verbose, as JSON: events of their own', async () => {
    await run({ verbose: true, json: true });
    assert.deepEqual(events(io), ['trace', 'note', 'result', 'trace']);
  });

  it('not both at once', async () => {
    await assert.rejects(run({ quiet: true, verbose: true }), { code: 'WrongUsage' });
  });

  it('verbose tells of an engine that is not there what the connection said, quiet the error alone', async () => {
    await using directory = await temporaryDirectory();
    const here = testIo({ cwd: directory.path, env: { HOME: '/nowhere', SM_LOCAL_HOME: join(directory.path, 'home') } });
    const line = ['clean', '--engine', `unix://${directory.path}/none.sock`];
    assert.equal(await main([...line, '--quiet'], here), 3);
    const quiet = here.printed().err;
    assert.match(quiet, /^Error: No container engine answers at unix:[^\n]*\n[^\n]*\n$/);
    assert.equal(await main([...line, '-v'], here), 3);
    assert.match(
      here.printed().err.slice(quiet.length),
      /· home .*\/home; engine unix:.*found by: --engine\n[\s\S]*Caused by: Error: .*\(connect ENOENT\)/,
    );
  });

  it('verbose shows where in the program a defect of ours is, and not for what is somebody else’s', async () => {
    const defect = fail('InvalidTransition', { what: 'A job', from: 'Completed', to: 'InProgress' });
    await reportError(defect, io, { json: false, verbose: true });
    assert.match(io.printed().err, /at .*levels\.test/);
    const before = io.printed().err.length;
    await reportError(fail('WrongUsage', { message: 'No.', remedy: 'Yes.' }), io, { json: false, verbose: true });
    assert.equal(io.printed().err.slice(before), 'Error: No.\nYes.\n');
  });

  it('tells each of several things that could not be undone', async () => {
    const scope = new Scope();
    for (const message of ['The second.', 'The first.'])
      scope.defer(() => {
        throw fail('WrongUsage', { message, remedy: 'Another.' });
      });
    const error = await scope[Symbol.asyncDispose]().catch((thrown: unknown) => thrown);
    assert.equal(await reportError(error, io, { json: false, verbose: false }), 2);
    assert.equal(io.printed().err, 'Error: The first.\nThe second.\nAnother.\n');
  });
});

const events = (io: TestIo): readonly string[] =>
  io
    .printed()
    .out.trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { event: string }).event);

describe('colours', () => {
  it('are there where a terminal shows them, unless NO_COLOR says something', () => {
    assert.deepEqual(colors({}, true), { color: true });
    assert.deepEqual(colors({}, false), { color: false });
    assert.deepEqual(colors({ NO_COLOR: '1' }, true), { color: false });
    assert.deepEqual(colors({ NO_COLOR: '' }, true), { color: true }, 'an empty one says nothing: no-color.org');
  });

  it('are there everywhere with FORCE_COLOR, which wins, and nowhere where it is 0 or false', () => {
    for (const value of ['1', '3', 'true', ''])
      assert.deepEqual(colors({ FORCE_COLOR: value, NO_COLOR: '1' }, false), { color: true, isColorForced: true });
    for (const value of ['0', 'false']) assert.deepEqual(colors({ FORCE_COLOR: value }, true), { color: false });
  });
});
