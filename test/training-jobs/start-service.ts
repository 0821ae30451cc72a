import { pathToFileURL } from 'node:url';
import { openEmulator } from '../../src/emulator.ts';
import { TrainingJobs } from '../../src/training-jobs/training-jobs.ts';

// A process of its own that creates a training job as the API does, and prints what becomes of it: start-service <home> <output> <image> <name>.
// A line on its standard input makes it go; its job goes on.
const [home = '', output = '', image = '', name = ''] = process.argv.slice(2);
const emulator = await openEmulator({ home });
const jobs = new TrainingJobs(emulator, {
  options: { stopGrace: 10 },
  observer: () => ({
    event(event) {
      if (event.event === 'status') process.stdout.write(`${event.secondaryStatus}\n`);
    },
    log() {},
  }),
});
await jobs.open();
await jobs.create({
  TrainingJobName: name,
  AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'File' },
  RoleArn: 'arn:aws:iam::000000000000:role/sm-local',
  OutputDataConfig: { S3OutputPath: pathToFileURL(output).href },
  ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 30 },
  StoppingCondition: { MaxRuntimeInSeconds: 600 },
});
process.stdout.write('created\n');
process.stdin.once('data', async () => {
  await jobs.leave();
  await emulator[Symbol.asyncDispose]();
  process.stdin.destroy();
});
