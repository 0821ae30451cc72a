// A home with jobs in it that ran long ago.

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** So many records of jobs that are over, of some 10 KB each. */
export async function plantJobs(home, count) {
  const { openEmulator } = await import('../../dist/src/emulator.js');
  const emulator = await openEmulator({ home });
  const { trainingJobs } = emulator;
  await mkdir(dirname(trainingJobs.pathOf('job')), { recursive: true });
  for (let number = 0; number < count; number += 1) {
    const name = `planted-${number}`;
    await writeFile(trainingJobs.pathOf(name), JSON.stringify(await finishedJob(name), undefined, 2));
  }
  await emulator[Symbol.asyncDispose]();
}

async function finishedJob(name) {
  const { newRecord, enter } = await import('../../dist/src/jobs/record.js');
  const arn = `arn:aws:sagemaker:us-east-1:000000000000:training-job/${name}`;
  const run = { label: '1-0', options: { stopGrace: 120 } };
  const now = new Date('2026-01-01T00:00:00Z');
  let record = newRecord({ name, arn, request: requestOf(name), imageId: `sha256:${'0'.repeat(64)}`, owner: '1-0', run, now });
  for (const status of ['Downloading', 'Training', 'Uploading', 'Completed']) record = enter(record, status, now);
  return { ...record, metrics: many(20, (number) => ({ name: `metric-${number}`, value: number / 7, time: now.toISOString() })) };
}

const requestOf = (name) => ({
  TrainingJobName: name,
  AlgorithmSpecification: {
    TrainingImage: 'bench:latest',
    TrainingInputMode: 'File',
    MetricDefinitions: many(20, (number) => ({ Name: `metric-${number}`, Regex: `metric-${number}=([0-9.]+)` })),
  },
  HyperParameters: Object.fromEntries(many(60, (number) => [`hyperparameter-${number}`, `${number / 7}`])),
  Environment: Object.fromEntries(many(30, (number) => [`VARIABLE_${number}`, `/opt/ml/input/data/${number}`])),
  RoleArn: 'arn:aws:iam::000000000000:role/sm-local',
  InputDataConfig: many(4, (number) => ({
    ChannelName: `channel-${number}`,
    DataSource: {
      S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://bench/${name}/${number}/`, S3DataDistributionType: 'FullyReplicated' },
    },
  })),
  OutputDataConfig: { S3OutputPath: 's3://bench/output' },
  ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 30 },
  StoppingCondition: { MaxRuntimeInSeconds: 3600 },
});

const many = (count, of) => Array.from({ length: count }, (_, number) => of(number));
