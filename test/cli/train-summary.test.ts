import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Io } from '../../src/cli/io.ts';
import { trainingSummary } from '../../src/cli/train-summary.ts';
import type { TrainingRecord } from '../../src/jobs/record.ts';
import { metricsBeside } from '../../src/store/log-names.ts';
import { MetricLog } from '../../src/store/metric-log.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('the summary of a job', () => {
  let directory: TemporaryDirectory;
  beforeEach(async () => {
    directory = await temporaryDirectory();
  });
  afterEach(() => directory[Symbol.asyncDispose]());

  async function summaryOf(changes: Partial<TrainingRecord>): Promise<string> {
    const sink = { write: async () => {}, isTerminal: false, width: undefined };
    const io: Io = { out: sink, err: sink, env: {}, cwd: directory.path, color: false, now: () => new Date(0) };
    const record = {
      ...{ name: 'job', status: 'Failed', secondaryStatus: 'Failed', transitions: [], metrics: [], files: { logs: {} } },
      ...{ request: {}, run: { label: 'x', options: { stopGrace: 1 } } },
      ...changes,
    } as unknown as TrainingRecord;
    return await trainingSummary(record, 'image', undefined, io);
  }

  it('names the failure file as the reason only where the program wrote it', async () => {
    const fromProgram = /is what the program wrote/;
    assert.match(await summaryOf({ failureReason: 'AlgorithmError: no header, exit code: 3' }), fromProgram);
    for (const failureReason of ['InternalServerError: We encountered an internal error.', 'ClientError: Data download failed:x']) {
      const summary = await summaryOf({ failureReason });
      assert.doesNotMatch(summary, fromProgram);
      assert.match(summary, /the warnings above say what happened/);
    }
  });

  it('shows the course of each metric beside its last value', async () => {
    const logs = join(directory.path, 'logs');
    await mkdir(logs);
    const log = join(logs, 'algo-1-1.log');
    await writeFile(log, '');
    await using kept = await MetricLog.open(metricsBeside(log), new Map());
    for (const [at, value] of [0.5, 0.25, 0.75].entries()) kept.add('algo-1', { time: at, position: at }, 'loss', value);
    kept.flush();
    const metrics = [{ name: 'loss', value: 0.75, time: '2026-01-01T00:00:00.000Z' }];
    const summary = await summaryOf({ status: 'Completed', secondaryStatus: 'Completed', metrics, files: { logs: { 'algo-1': log } } });
    assert.match(summary, /Metrics +loss = 0\.75 {2}▅▁█ {2}0\.5 → 0\.75 \(least 0\.25, most 0\.75, 3 values\)/);
  });

  it('says what the program could tell from the cloud', async () => {
    assert.match(await summaryOf({ deviations: ['It is copied.'] }), /Unlike the cloud {2}It is copied\./);
  });
});
