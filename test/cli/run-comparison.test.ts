import assert from 'node:assert/strict';
import { comparisonEvent, comparisonText } from '../../src/cli/run-comparison.ts';
import { compareRuns } from '../../src/dev/run-comparison.ts';
import type { TrainingRecord } from '../../src/jobs/record.ts';

describe('a run beside an earlier one', () => {
  const time = (seconds: number): string => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString();
  const run = (name: string, seconds: number, metrics: Readonly<Record<string, number>>, status = 'Completed'): TrainingRecord =>
    ({
      name,
      arn: `arn:aws:sagemaker:us-east-1:000000000000:training-job/${name}`,
      request: {},
      status,
      secondaryStatus: status,
      transitions: [],
      creationTime: time(0),
      startTime: time(1),
      endTime: time(1 + seconds),
      metrics: Object.entries(metrics).map(([each, value]) => ({ name: each, value, time: time(1) })),
      files: { logs: {} },
    }) as unknown as TrainingRecord;
  const plain = { bold: (text: string) => text, dim: (text: string) => text };

  it('is a table of metrics, times and outcomes', () => {
    const text = comparisonText(run('iris-2', 62, { loss: 0.2, accuracy: 0.9 }), run('iris', 31.4, { loss: 0.3, f1: 0.5 }), plain);
    assert.equal(
      text,
      `
                 iris-2     iris       change
  loss           0.2        0.3        -0.1 (-33 %)
  accuracy       0.9        -
  f1             -          0.5
  training time  1 min 2 s  31 s       +31 s (+97 %)
  billable time  1 min 2 s  31 s       +31 s (+100 %)
  status         Completed  Completed
`,
    );
  });

  it('says where nothing has changed, and no share of nothing', () => {
    const text = comparisonText(run('b', 1, { same: 1, zero: 2 }), run('a', 1, { same: 1, zero: 0 }), plain);
    assert.match(text, /^ {2}same +1 +1 +none$/m);
    assert.match(text, /^ {2}zero +2 +0 +\+2$/m);
  });

  it('that never ran has no times', () => {
    const { startTime: _, ...never } = run('b', 1, {}, 'Failed');
    assert.deepEqual(compareRuns(never as TrainingRecord, run('a', 2, {})).seconds, [
      { name: 'training time', before: 2 },
      { name: 'billable time', before: 2 },
    ]);
  });

  it('is an event for programs, the first run alone', () => {
    const first = run('iris', 2, { loss: 0.3 });
    assert.deepEqual(comparisonEvent(first, undefined), {
      event: 'run',
      name: 'iris',
      status: 'Completed',
      metrics: [{ name: 'loss', value: 0.3 }],
      trainingSeconds: { value: 2 },
      billableSeconds: { value: 2 },
    });
    assert.deepEqual(comparisonEvent(run('iris-2', 2.5, { loss: 0.2 }), first), {
      event: 'run',
      name: 'iris-2',
      status: 'Completed',
      before: 'iris',
      metrics: [{ name: 'loss', value: 0.2, before: 0.3, change: -0.1 }],
      trainingSeconds: { value: 2.5, before: 2, change: 0.5 },
      billableSeconds: { value: 3, before: 2, change: 1 },
    });
  });
});
