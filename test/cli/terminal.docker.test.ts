import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrainingRecord } from '../../src/jobs/record.ts';
import { openHome } from '../../src/store/home.ts';
import { Records } from '../../src/store/records.ts';
import type { Place } from '../support/command.ts';
import { commandInTerminal } from '../support/command-in-terminal.ts';
import { withLeftoverCheck } from '../support/leftovers.ts';
import { keys, type PseudoTerminal } from '../support/pseudo-terminal.ts';
import { fixtureImage, fixtureTag, leftOf } from '../support/real-engine.ts';
import type { Screen } from '../support/screen.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('in a terminal', function () {
  this.timeout(60_000);
  withLeftoverCheck();
  let directory: TemporaryDirectory;
  let place: Place;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    place = { cwd: directory.path, home: join(directory.path, 'home') };
  });
  afterEach(() => directory[Symbol.asyncDispose]());

  async function inTerminal(command: 'train' | 'serve', fixture: string, ...args: string[]): Promise<PseudoTerminal> {
    await fixtureImage(fixture);
    const port = command === 'serve' ? ['--port', '0'] : [];
    return commandInTerminal([command, fixtureTag(fixture), '--name', 'it', ...port, ...args], place);
  }
  const train = (fixture: string, ...args: string[]): Promise<PseudoTerminal> => inTerminal('train', fixture, ...args);
  const record = async (): Promise<TrainingRecord | undefined> =>
    await new Records<TrainingRecord>(await openHome(place.home), 'training-job').read('it');
  const lookOf = ({ allSpans }: Screen, text: string) => allSpans.flat().find((span) => span.text === text);
  const lastRow = ({ rows }: Screen): string => rows.at(-1) ?? '';

  it('a job is told in colours: its name bold, hosts dim before what they print, what became of it green', async () => {
    await using terminal = await train('train-ok');
    assert.equal(await terminal.ended, 0);
    const { screen } = terminal;
    assert.equal(lookOf(screen, 'it')?.isBold, true);
    assert.deepEqual(lookOf(screen, 'algo-1 │ '), { text: 'algo-1 │ ', isDim: true });
    assert.equal(lookOf(screen, 'Completed')?.color, 2);
    assert.doesNotMatch(screen.text, /\p{Cc}(?<!\n)/u);
  });

  for (const [what, env, isUnwanted] of [
    ['colours are written where NO_COLOR is set', { NO_COLOR: '1' }, (sequence: string) => /^\[[\d;]*m/.test(sequence)],
    ['escape sequences are written where the terminal is dumb', { TERM: 'dumb' }, () => true],
  ] as const) {
    it(`no ${what}`, async () => {
      place = { ...place, env };
      await using terminal = await train('train-ok');
      assert.equal(await terminal.ended, 0);
      assert.ok(terminal.bytes.includes('algo-1 | loss=0.25;'));
      const escapes = terminal.bytes.split('\x1b').slice(1);
      assert.deepEqual(escapes.filter(isUnwanted), []);
    });
  }

  it('Ctrl-C shows the seconds that are left in one line, which goes when they are over', async () => {
    await using terminal = await train('train-ignores-sigterm', '--limit', 'stop-grace=2s');
    await terminal.until('ready');
    terminal.type(keys.ctrlC);
    await terminal.until((screen) => lastRow(screen) === 'SIGKILL in 1 s (Ctrl-C again: now)');
    assert.equal(await terminal.ended, 130);
    assert.doesNotMatch(terminal.screen.text, /SIGKILL in/);
    assert.equal((await record())?.status, 'Stopped');
  });

  it('the second Ctrl-C kills at once, and says what the third one does', async () => {
    await using terminal = await train('train-ignores-sigterm');
    await terminal.until('ready');
    terminal.type(keys.ctrlC);
    await terminal.until(/SIGKILL in (1 min|2 min)/);
    terminal.type(keys.ctrlC);
    await terminal.until('Killing it. Ctrl-C again leaves at once');
    assert.equal(await terminal.ended, 130);
    assert.equal((await record())?.status, 'Stopped');
  });

  it('that is closed the program gets its grace, and its model is kept', async () => {
    await using terminal = await train('train-handles-sigterm');
    await terminal.until('ready');
    terminal.hangUp();
    assert.equal(await terminal.ended, 129);
    const done = await record();
    assert.equal(done?.status, 'Stopped');
    assert.ok(done?.files.model);
    assert.deepEqual(await leftOf(place.home), []);
    assert.deepEqual(await readdir(join(place.home, 'tmp')), []);
  });

  it('an endpoint has its figures in a last line, cut to a terminal that becomes narrower, and gone at the end', async () => {
    await using terminal = await inTerminal('serve', 'serve-echo');
    const wide = await terminal.until((screen) => /\d+ %.*[KM]B/.test(lastRow(screen)));
    terminal.resize(30, 20);
    await terminal.until((screen) => lastRow(screen).length > 0 && lastRow(screen).length < 30);
    terminal.type(keys.ctrlC);
    assert.equal(await terminal.ended, 0);
    assert.ok(!terminal.screen.text.includes(lastRow(wide)));
  });
});
