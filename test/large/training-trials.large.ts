import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Part } from '../../src/check/request.ts';
import { CheckFixtures } from '../support/check-fixtures.ts';
import { belowHome, temporaryImage } from '../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('trials of training', function () {
  this.timeout(60_000);
  let directory: TemporaryDirectory;
  let fixtures: CheckFixtures;

  before(async () => {
    directory = await temporaryDirectory();
    fixtures = await CheckFixtures.open(join(directory.path, 'home'));
  });
  after(async () => {
    await fixtures[Symbol.asyncDispose]();
    assert.deepEqual(await belowHome(directory.path), [], 'nothing is left in the engine');
    await directory[Symbol.asyncDispose]();
  });

  /** `program`: lines of a script that is the image's ENTRYPOINT. */
  async function found(program: readonly string[], only: readonly string[], given: object = {}, parts: readonly Part[] = []) {
    const text = program.map((line) => `${line}\\n`).join('');
    await using image = await temporaryImage([`RUN printf '%b' '${text}' > /program && chmod +x /program`, 'ENTRYPOINT ["/program"]']);
    const findings = await fixtures.of(image, { only, parts }, { ...given });
    return (name: string): string => {
      const finding = findings.get(name);
      const severity = finding && finding.severity !== finding.check.severity ? ` (${finding.severity})` : '';
      return `${finding?.state}${severity}: ${finding?.text}`;
    };
  }
  const model = 'echo 1 > /opt/ml/model/m';

  it('see a server that does not mind its argument, and take the image for one that does not train', async () => {
    const server = [
      '#!/usr/bin/env python3',
      'import http.server',
      'http.server.test(http.server.BaseHTTPRequestHandler, port=8080, bind="0.0.0.0")',
    ];
    const since = performance.now();
    const told = await found(server, ['train-exit']);
    assert.equal(told('train-exit'), 'inapplicable: it started a server when it was told to train; if that is wrong: --train');
    assert.ok(performance.now() - since < 30_000);
  });

  it('do not take a program called train for a server, whatever it starts', async () => {
    const lines = ['#!/usr/bin/env python3', 'import http.server', 'http.server.test(http.server.BaseHTTPRequestHandler, port=8080)'];
    const text = lines.map((line) => `${line}\\n`).join('');
    await using image = await temporaryImage([`RUN printf '%b' '${text}' > /usr/bin/train && chmod +x /usr/bin/train`]);
    const findings = await fixtures.of(image, { only: ['train-exit'], parts: [] }, { 'max-run': '2s' });
    assert.equal(findings.get('train-exit')?.text, 'It did not end within 2 s.');
  });

  it('take an image for one that only trains where its job has left something, and else for a server that went into the background', async () => {
    const told = await found(['#!/bin/sh', 'sleep 100 &', 'exit 0'], ['serve-runs']);
    assert.match(told('serve-runs'), /^failed: The container ended with exit code 0, /);
    const trained = await found(['#!/bin/sh', model, 'exit 0'], ['serve-runs']);
    assert.match(trained('serve-runs'), /^inapplicable: .* It was not made to serve, as it seems/);
  });

  it('do not blame a channel without files where no further channel is taken, whatever is in it', async () => {
    const lines = ['#!/bin/sh', 'cd /opt/ml/input/data', '[ ! -e empty ] || exit 3', model];
    const told = await found(lines, ['train-empty-channel']);
    assert.equal(told('train-empty-channel'), 'inapplicable: it takes no further channel, whatever is in that');
  });

  it('find an empty model less bad where the job has left other results', async () => {
    const left = ['mkdir -p /opt/ml/output/data', 'echo 1 > /opt/ml/output/data/metrics.json'];
    const told = await found(['#!/bin/sh', ...left], ['train-model']);
    assert.match(told('train-model'), /^failed \(warning\): .* What it left in \/opt\/ml\/output\/data is kept/);
  });

  it('do not blame the image for a job that is over in no time', async () => {
    const told = await found(['#!/bin/sh', model], ['train-sigterm']);
    assert.match(
      told('train-sigterm'),
      /^(untested: It was over after|failed: The first process of the container, program, had no handler)/,
    );
  });

  it('say nothing of a program that may well be right to refuse data that was made up', async () => {
    const told = await found(['#!/bin/sh', 'echo "no column called price"', 'exit 1'], ['train-exit', 'train-model']);
    assert.match(told('train-exit'), /^untested: The job ended with exit code 1\..* Its data was made up/);
    assert.equal(told('train-model'), 'untested: because of: train-exit');
  });

  it('believe data that was given', async () => {
    const data = join(directory.path, 'data');
    await mkdir(data);
    await writeFile(join(data, 'a.csv'), '1,2\n');
    const told = await found(['#!/bin/sh', 'exit 1'], ['train-exit'], { input: [`train=${data}`] });
    assert.match(
      told('train-exit'),
      /^failed: The job ended with exit code 1\. In the cloud its FailureReason is "AlgorithmError: , exit code: 1"/,
    );
  });

  it('make up the channels that programs of the image name', async () => {
    const told = await found(['#!/bin/sh', 'set -e', 'cat /opt/ml/input/data/prices/data.csv > /opt/ml/model/m'], ['train-model']);
    assert.match(told('train-model'), /^passed: It left one file with 3/);
  });

  it('see a FIFO that is read, and a shell that passes no signal on', async () => {
    const lines = ['#!/bin/sh', 'cat /opt/ml/input/data/train_0 > /opt/ml/model/m', 'sleep 0.2', 'exit 0'];
    const told = await found(lines, ['train-pipe', 'train-sigterm'], { 'input-mode': ['Pipe'] });
    assert.match(told('train-pipe'), /^passed: /);
    assert.match(told('train-sigterm'), /^failed: The first process of the container, program, had no handler for SIGTERM/);
  });

  it('cannot make everything fail, and do not hold that against an image', async () => {
    const told = await found(['#!/bin/sh', model], ['train-failure-exit', 'train-failure-file']);
    assert.match(told('train-failure-exit'), /^inapplicable: it ends well without any data/);
    assert.equal(told('train-failure-file'), 'inapplicable: as train-failure-exit does not apply');
  });

  it('take a job that fails anyway for what they would have made fail', async () => {
    const lines = ['#!/bin/sh', 'mkdir /opt/ml/output/failure', 'echo "no column called price"', 'exit 1'];
    const told = await found(lines, ['train-failure-exit', 'train-failure-file']);
    assert.equal(told('train-failure-exit'), 'passed: The job that failed ended with exit code 1.');
    assert.match(told('train-failure-file'), /^failed: .*, and there is no file \/opt\/ml\/output\/failure\./);
  });

  it('know that no data is the reason where there is no program', async () => {
    await using image = await temporaryImage(['RUN true']);
    const findings = await fixtures.of(image, { only: ['train-exit'], parts: ['train'] });
    const finding = findings.get('train-exit');
    assert.match(`${finding?.state}: ${finding?.text}`, /^failed: The job ended with exit code 127\./);
  });

  it('end after the time that they have, and say so', async () => {
    const told = await found(['#!/bin/sh', 'exec sleep 1000'], ['train-exit'], { 'max-run': '2s' }, ['train']);
    assert.equal(told('train-exit'), 'untested: It did not end within 2 s.');
  });
});
