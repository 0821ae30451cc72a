import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Place, runCommand } from '../support/command.ts';
import { commandInTerminal } from '../support/command-in-terminal.ts';
import { withLeftoverCheck } from '../support/leftovers.ts';
import type { PseudoTerminal } from '../support/pseudo-terminal.ts';
import { baseImage, leftOf, testEngine, testLabels } from '../support/real-engine.ts';
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
    await terminal.until(/Waiting for changes below \.[^]*q quit/);
    await program('echo model > /opt/ml/model/m', 'echo endless', 'sleep 60');
    await terminal.until(/train → laid over the image[^]*│ endless/);
    await program('echo "loss=0.25"', 'echo model > /opt/ml/model/m');
    await terminal.until(/overtaken[^]*\n +iris-2 +iris +change\n +loss +0\.25 +0\.5 +-0\.25 \(-50 %\)\n[^]*status +Completed +Completed\n[^]*Waiting/);
    terminal.type('i');
    await terminal.until(/iris-3 +iris-2 +change\n +loss +0\.25 +0\.25 +none\n[^]*Waiting/);
    terminal.type('q');
    if (process.env.SHOW) console.log(terminal.screen.text);
    assert.equal(await terminal.ended, 0);
    assert.deepEqual(await outputs(), ['iris', 'iris-2', 'iris-3']);
    const { out } = await runCommand(['ls', 'training-job', '--json'], place);
    const { resources } = JSON.parse(out) as { resources: readonly { readonly name: string }[] };
    assert.deepEqual(resources.map(({ name }) => name).sort(), ['iris', 'iris-2', 'iris-3']);
    assert.deepEqual(await readdir(join(place.home, 'tmp')), []);
  });
});
