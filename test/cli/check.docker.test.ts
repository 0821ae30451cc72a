import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, type Ended, runCommand, startCommand } from '../support/command.ts';
import { withLeftoverCheck } from '../support/leftovers.ts';
import { baseImage, belowHome, projectRoot, testEngine } from '../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('sm-local check', function () {
  this.timeout(60_000);
  withLeftoverCheck();
  let place: TemporaryDirectory;
  const name = `checked-${process.pid}`;
  const at = (...parts: string[]): string => join(place.path, ...parts);
  before(async () => {
    place = await temporaryDirectory();
    cpSync(join(projectRoot, 'fixtures/checks/healthy'), at(name), { recursive: true });
    writeFileSync(at(name, 'sm-local.yaml'), `image: .\nbuild-arg: { BASE_IMAGE: '${baseImage()}' }\n`);
  });
  after(async () => {
    await testEngine().images.remove(`sm-local/${name}:latest`);
    await place[Symbol.asyncDispose]();
  });
  const where = () => ({ home: at('home'), cwd: at(name) });
  const check = (...args: string[]): Promise<Ended> => runCommand(['check', ...args], where());
  const start = (...args: string[]): Command => startCommand(['check', ...args], where());
  const withUser = (user: string): void =>
    writeFileSync(at(name, 'Dockerfile'), `${readFileSync(join(projectRoot, 'fixtures/checks/healthy/Dockerfile'), 'utf8')}USER ${user}\n`);

  it('says what it found, a line each, and exits 0 where nothing fails', async () => {
    const done = await check('--only', 'platform,train-exit,serve-ping');
    assert.equal(done.code, 0, done.out + done.err);
    assert.match(
      done.out,
      /^The image\nok +platform +\S.*\n\nTraining\nok +train-exit +\S.*\n\nServing\nok +serve-ping +\S.*\n\nNo finding: 3 checks in \S+ s\.\n$/,
    );
  });

  it('exits 1 where a finding counts, with the line of the Dockerfile and what to do, until a baseline knows it', async () => {
    withUser('1000');
    const only = ['--only', 'user', '--fail-on', 'warning'];
    const failing = await check(...only);
    assert.equal(failing.code, 1, failing.out + failing.err);
    assert.match(failing.out, /^warning +user +.*\n(?: .*\n)* +at Dockerfile:6\n +→ /m);
    const kept = await check(...only, '--baseline', 'known.json', '--write-baseline');
    assert.deepEqual([kept.code, /known\.json now holds 1 finding/.test(kept.err)], [0, true], kept.err);
    const known = await check(...only, '--baseline', 'known.json');
    assert.deepEqual([known.code, /^known +user/m.test(known.out)], [0, true], known.out);
    withUser('root');
    const gone = await check(...only, '--baseline', 'known.json');
    assert.match(gone.out, /The baseline knows user, which is not found any more/);
  });

  it('writes a document on stdout, or into a file, and lines for people on stderr then', async () => {
    const json = await check('--only', 'platform', '--format', 'json');
    assert.equal(JSON.parse(json.out).findings[0].check, 'platform');
    assert.match(json.err, /^ok +platform/m);
    const sarif = await check('--only', 'platform', '--format', 'sarif', '--report', 'out.sarif');
    assert.equal(sarif.out, '');
    assert.match(JSON.parse(readFileSync(at(name, 'out.sarif'), 'utf8')).runs[0].tool.driver.rules[0].help.markdown, /^# platform\n/);
  });

  it('tells programs each finding as it comes, and the result last', async () => {
    const done = await check('--only', 'platform,labels', '--json');
    const events = done.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const findings = events.filter(({ event }) => event === 'finding');
    assert.deepEqual(
      findings.map((each) => [each.check, each.state]),
      [
        ['platform', 'passed'],
        ['labels', 'inapplicable'],
      ],
    );
    assert.deepEqual([events.at(-1).event, events.at(-1).isSound], ['result', true]);
  });

  it('prints the page of a check, and knows which one was meant', async () => {
    assert.match((await check('--explain', 'serve-ping')).out, /^# serve-ping\n/);
    const wrong = await check('--explain', 'serve-pin');
    assert.deepEqual([wrong.code, /Did you mean serve-ping\?/.test(wrong.err)], [2, true]);
  });

  it('refuses what it cannot use before anything is built', async () => {
    for (const [args, message] of [
      [['--only', 'serve-pong'], 'there is no check and no area of this name'],
      [['--format', 'xml'], 'there is no such format'],
      [['--body', '[1]'], '--body without --content-type'],
      [['--input', 'train=nowhere'], 'Channel "train": there is no file or directory'],
      [['--max-run', 'banana'], '--max-run'],
      [['--baseline', 'nowhere.json'], 'there is no file or directory'],
    ] as const) {
      const done = await check(...args);
      assert.deepEqual([done.code, done.err.includes(message), done.err.includes('Step')], [2, true, false], done.err);
    }
  });

  it('leaves nothing after Ctrl-C in the middle of a trial', async () => {
    slow();
    const command = start('--only', 'train-exit', '--json');
    await command.until(/"event":"note"/);
    await running();
    command.signal('SIGINT');
    const { code } = await command.ended;
    assert.equal(code, 130, command.output());
    assert.deepEqual(await belowHome(at('home')), []);
  });

  it('leaves what clean removes, and counts, after kill -9', async () => {
    slow();
    const command = start('--only', 'train-exit', '--json');
    await running();
    command.signal('SIGKILL');
    await command.ended;
    const cleaned = await runCommand(['clean'], where());
    assert.match(cleaned.out, /^Removed:? .*\b1 container\b/, cleaned.out);
    assert.deepEqual(await belowHome(at('home')), []);
  });

  it('leaves nothing that the next one does not remove after kill -9', async () => {
    slow();
    const command = start('--only', 'train-exit', '--json');
    await running();
    command.signal('SIGKILL');
    await command.ended;
    assert.notDeepEqual(await belowHome(at('home')), []);
    assert.equal((await check('--only', 'platform')).code, 0);
    assert.deepEqual(await belowHome(at('home')), []);
  });

  /** A training that takes longer than anybody waits for. */
  function slow(): void {
    writeFileSync(at(name, 'program/train'), '#!/bin/sh\nexec sleep 600\n', { mode: 0o755 });
  }

  /** Until a container of this home runs. */
  async function running(): Promise<void> {
    while (!(await testEngine().containers.list({ 'sm-local.kind': 'training-job' })).some(isOurs));
  }
  const isOurs = ({ labels, state }: { labels: Readonly<Record<string, string>>; state: string }): boolean =>
    state === 'running' && `${labels['sm-local.home']}`.startsWith(at('home'));
});
