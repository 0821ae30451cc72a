import assert from 'node:assert/strict';
import type { JobEvent } from '../../src/jobs/events.ts';
import { newRecord, type TrainingRecord } from '../../src/jobs/record.ts';
import { RunningJob } from '../../src/jobs/running-job.ts';

const at = (seconds: number): Date => new Date(Date.UTC(2026, 0, 31, 12, 0, seconds));
const outputs = { model: '/m', outputData: '/o', failure: undefined };

function running(): { readonly job: RunningJob; readonly kept: TrainingRecord[]; readonly events: JobEvent[] } {
  const kept: TrainingRecord[] = [];
  const events: JobEvent[] = [];
  const record = newRecord({
    name: 'job',
    arn: 'arn:aws:sagemaker:us-east-1:000000000000:training-job/job',
    request: { TrainingJobName: 'job', RoleArn: 'role', OutputDataConfig: { S3OutputPath: 's3://b/o' } },
    imageId: 'image',
    owner: 'owner',
    run: { label: 'owner', options: { stopGrace: 120 } },
    now: at(0),
  });
  let seconds = 0;
  const observer = { event: (event: JobEvent) => void events.push(event), log: () => {} };
  const keeper = { put: (next: TrainingRecord) => void kept.push(next), flush: async () => {} };
  return { job: new RunningJob(record, keeper, () => at(++seconds), observer), kept, events };
}

describe('the record of a running job', () => {
  it('keeps the latest value of each metric, in whichever order the logs of several hosts are read', () => {
    const { job } = running();
    job.metric('loss', 0.5, at(10));
    job.metric('loss', 0.9, at(5));
    job.metric('loss', 0.4, at(10));
    job.downloading();
    job.training();
    const ends = [{ host: 'algo-1', exit: { code: 0, oomKilled: false }, time: at(11).toISOString(), outputs }];
    job.uploading(ends);
    job.end(ends);
    assert.deepEqual(job.record.metrics, [{ name: 'loss', value: 0.4, time: at(10).toISOString() }]);
  });

  it('is never kept with a cut and without its status, so that a process that is killed in between leaves no such job', () => {
    const { job, kept } = running();
    job.downloading();
    job.training();
    job.cut('StopRequested', 120);
    const cut = kept.filter(({ run }) => run.cut !== undefined).map(({ secondaryStatus }) => secondaryStatus);
    assert.deepEqual(cut, ['Stopping']);
  });

  it('changes the message of a status without a new transition', () => {
    const { job, kept } = running();
    job.say('Launched instance was unhealthy, replacing it!');
    const started = { status: 'Starting', startTime: at(0).toISOString() };
    assert.deepEqual(kept.at(-1)?.transitions, [{ ...started, message: 'Launched instance was unhealthy, replacing it!' }]);
    assert.equal(kept.at(-1)?.modifiedTime, at(1).toISOString());
    job.downloading();
    const [first] = job.record.transitions;
    assert.deepEqual(first, { ...started, endTime: job.record.transitions[1]?.startTime, message: 'Preparing the instances for training' });
  });

  it('starts on its instances once, however often it is downloaded to them', () => {
    const { job } = running();
    job.downloading();
    const { startTime } = job.record;
    job.enter('Interrupted');
    job.enter('Starting');
    job.downloading();
    assert.equal(job.record.startTime, startTime);
    assert.deepEqual(
      job.record.transitions.map(({ status }) => status),
      ['Starting', 'Downloading', 'Interrupted', 'Starting', 'Downloading'],
    );
  });
});
