import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Place, runCommand, startCommand } from '../support/command.ts';
import { commandInTerminal } from '../support/command-in-terminal.ts';
import { withLeftoverCheck } from '../support/leftovers.ts';
import { keys, type PseudoTerminal } from '../support/pseudo-terminal.ts';
import { baseImage, fixtureImage, fixtureTag, leftOf, testEngine, testLabels } from '../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('sm-local train --watch in a terminal', function () {
  this.timeout(60_000);
  withLeftoverCheck();
  let directory: TemporaryDirectory;
  let place: Place;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    place = { cwd: join(directory.path, 'iris'), home: join(directory.path, 'home') };
    await mkdir(place.cwd);
    const labels = Object.entries(testLabels).map(([key, value]) => `LABEL ${key}=${value}`);
    await write('Dockerfile', [`FROM ${baseImage()}`, ...labels, 'COPY train /usr/local/bin/', ''].join('\n'));
  });
  afterEach(async () => {
    assert.deepEqual(await leftOf(place.home), []);
    const images = await testEngine().images.list(testLabels);
    for (const { id } of images) await testEngine().images.remove(id);
    await directory[Symbol.asyncDispose]();
  });

  const write = (name: string, text: string, mode = 0o755): Promise<void> => writeFile(join(place.cwd, name), text, { mode });
  const program = (...lines: string[]): Promise<void> => write('train', ['#!/bin/sh', ...lines, ''].join('\n'));
  const watch = (...args: string[]): PseudoTerminal =>
    commandInTerminal(['train', '.', '--watch', '--name', 'iris', '--metric', 'loss=loss=([0-9.]+)', ...args], place, { height: 50 });
  const outputs = (): Promise<string[]> => readdir(join(place.cwd, 'sm-local-output')).catch(() => []);

  it('runs again when a file is saved, with the metrics of the last run beside, and leaves nothing of a run that was overtaken', async () => {
    await program('echo "loss=0.5"', 'echo model > /opt/ml/model/m');
    await using terminal = watch();
    await terminal.until(/Waiting for a change in iris\. .*q quit/);
    await program('echo model > /opt/ml/model/m', 'echo endless', 'sleep 60');
    await terminal.until(/train → laid over the image.*│ endless/s);
    await program('echo "loss=0.25"', 'echo model > /opt/ml/model/m');
    await terminal.until(
      /overtaken.*\n +iris-2 +iris +change\n +loss +0\.25 +0\.5 +-0\.25 \(-50 %\)\n.*status +Completed +Completed\n.*Waiting/s,
    );
    terminal.type('i');
    await terminal.until(/iris-3 +iris-2 +change\n +loss +0\.25 +0\.25 +none\n.*Waiting/s);
    terminal.type('q');
    assert.equal(await terminal.ended, 0);
    assert.deepEqual(await outputs(), ['iris', 'iris-2', 'iris-3']);
    const { out } = await runCommand(['ls', 'training-job', '--json'], place);
    const { resources } = JSON.parse(out) as { resources: readonly { readonly name: string }[] };
    assert.deepEqual(resources.map(({ name }) => name).sort(), ['iris', 'iris-2', 'iris-3']);
    assert.deepEqual(await readdir(join(place.home, 'tmp')), []);
  });

  it('waits for the next change after a build that fails and after a run that fails; Ctrl-C ends the run and the watching', async () => {
    const dockerfile = await readFile(join(place.cwd, 'Dockerfile'), 'utf8');
    await write('Dockerfile', `${dockerfile}COPY missing /\n`);
    await program('echo the data has no header', 'exit 3');
    await using terminal = watch();
    await terminal.until(/Error: The image of .* could not be built.*Waiting/s);
    await write('Dockerfile', dockerfile);
    await terminal.until(/Dockerfile → image built anew.*FailureReason +AlgorithmError: .*exit code: 3.*the data has no header.*Waiting/s);
    await program("trap 'exit 0' TERM", 'echo ready', 'while true; do sleep 0.05; done');
    await terminal.until(/│ ready/);
    terminal.type(keys.ctrlC);
    assert.equal(await terminal.ended, 130);
    assert.match(terminal.screen.text, /iris-2 {2}Stopped\n/);
  });

  it('elsewhere tells of changes and runs in JSON; the source code of several hosts is delivered anew', async () => {
    await fixtureImage('script-mode');
    await mkdir(join(place.cwd, 'src'));
    await write('src/train.py', 'print("loss=0.5")');
    const code = ['--source-dir', 'src', '--entry-point', 'train.py', '--instance-count', '2'];
    const asked = ['train', fixtureTag('script-mode'), '--watch', '--name', 'iris', '--metric', 'loss=loss=([0-9.]+)', '--json', ...code];
    const command = startCommand(asked, place);
    await command.until(/"event":"waiting"/);
    await write('src/train.py', 'print("loss=0.25")');
    await command.until(/"event":"run","name":"iris-2".*\n.*"event":"waiting"/);
    command.signal('SIGTERM');
    const { code: exitCode, out } = await command.ended;
    assert.equal(exitCode, 143);
    const events = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string } & Record<string, unknown>);
    const change = events.find(({ event }) => event === 'change');
    assert.deepEqual([change?.files, change?.action], [[join(place.cwd, 'src/train.py')], 'code']);
    const [, second] = events.filter(({ event }) => event === 'run');
    assert.deepEqual([second?.before, second?.metrics], ['iris', [{ name: 'loss', value: 0.25, before: 0.5, change: -0.25 }]]);
  });
});
