import { pathToFileURL } from 'node:url';
import { openEmulator } from '../../src/emulator.ts';
import { neverStopped } from '../../src/stop.ts';
import { planTraining, train } from '../../src/training-jobs/train.ts';

// A process of its own that runs several jobs at once: train-several <home> <output> <image> <name>…
const [home = '', output = '', image = '', ...names] = process.argv.slice(2);
await using emulator = await openEmulator({ home });
const observer = { event() {}, log() {} };
const statuses = await Promise.all(
  names.map(async (name) => {
    const request = {
      TrainingJobName: name,
      AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'File' as const },
      RoleArn: 'arn:aws:iam::000000000000:role/sm-local',
      OutputDataConfig: { S3OutputPath: pathToFileURL(output).href },
      ResourceConfig: { InstanceType: 'ml.m5.large' as const, InstanceCount: 1, VolumeSizeInGB: 30 },
      StoppingCondition: { MaxRuntimeInSeconds: 600 },
    };
    const spec = { request, image: { kind: 'image', reference: image } as const, options: { stopGrace: 10 } };
    const plan = await planTraining(emulator, spec, observer, neverStopped.stop);
    return (await train(emulator, plan, observer, neverStopped)).status;
  }),
);
process.stdout.write(`${statuses.join(' ')}\n`);
