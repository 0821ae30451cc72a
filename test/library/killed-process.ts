import { CreateTrainingJobCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { startEmulator } from '../../src/index.ts';

/** AWS's API with a job whose container runs, in an ephemeral home below the one that is named; says so, and goes on. */
const [, , home = '', image = ''] = process.argv;
const emulator = await startEmulator({ home, ephemeral: true, callback: 'off', credentials: 'environment' });
const client = new SageMakerClient(emulator.clientConfig);
await client.send(
  new CreateTrainingJobCommand({
    TrainingJobName: 'job',
    AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'File' },
    HyperParameters: { 'probe-seconds': '600' },
    RoleArn: 'arn:aws:iam::000000000000:role/any',
    OutputDataConfig: { S3OutputPath: `${home}-results` },
    ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 600 },
  }),
);
for await (const event of emulator.events()) {
  if (event.event !== 'status' || event.kind !== 'training-job') continue;
  if (event.secondaryStatus === 'Failed') throw new Error(JSON.stringify(event));
  if (event.secondaryStatus === 'Training') break;
}
process.stdout.write('runs\n');
process.stdin.resume().once('end', () => process.exit()); // the tests are over
