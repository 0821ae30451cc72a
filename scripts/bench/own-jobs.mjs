// Training jobs by the library, in the process of the benchmark.

/** One that is over. `marks`: status -> when it was told, on the clock of `performance.now()`. */
export async function runJob(workshop, asked = {}) {
  const { train, neverStopped } = await modules();
  const marks = {};
  const observer = observing(marks);
  const plan = await planned(workshop, asked, observer);
  const startedAt = performance.now();
  const record = await train(await workshop.emulator(), plan, observer, neverStopped);
  if (record.status !== 'Completed') throw new Error(`the job is ${record.status}: ${record.failureReason}`);
  return { record, marks, startedAt };
}

/** Settles when nothing is left of what jobs had on the disk: nobody who waits for a job waits for that. */
export const allRemoved = async (workshop) => await (await workshop.emulator()).janitor.settled();

/** What the job would create. */
export async function planned(workshop, asked = {}, observer = observing({})) {
  const { planTraining, neverStopped } = await modules();
  return await planTraining(await workshop.emulator(), await specOf(workshop, asked), observer, neverStopped.stop);
}

let count = 0;

/** A job whose image is the benchmark's program. `request`: members of AWS's request that take the place of ours. */
async function specOf(workshop, { image = 'bench', hosts = 1, request = {} }) {
  const reference = await workshop.image(image);
  count += 1;
  return {
    image: { kind: 'image', reference },
    options: { stopGrace: 120 },
    request: {
      TrainingJobName: `bench-${process.pid}-${count}`,
      AlgorithmSpecification: { TrainingImage: reference, TrainingInputMode: 'File', ...request.AlgorithmSpecification },
      RoleArn: 'arn:aws:iam::000000000000:role/sm-local',
      OutputDataConfig: { S3OutputPath: `file://${workshop.path}/output` },
      ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: hosts, VolumeSizeInGB: 30 },
      StoppingCondition: { MaxRuntimeInSeconds: 3600 },
      ...(request.Environment && { Environment: request.Environment }),
      ...(request.InputDataConfig && { InputDataConfig: request.InputDataConfig }),
    },
  };
}

const observing = (marks) => ({
  event(event) {
    if (event.event === 'status') marks[event.secondaryStatus] ??= performance.now();
  },
  log() {},
});

/** A channel of a directory of this machine. */
export const channelOf = (directory, { mode = 'File', name = 'train' } = {}) => ({
  ChannelName: name,
  InputMode: mode,
  DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `file://${directory}`, S3DataDistributionType: 'FullyReplicated' } },
});

async function modules() {
  const [{ planTraining, train }, { neverStopped }] = await Promise.all([
    import('../../dist/src/training-jobs/train.js'),
    import('../../dist/src/stop.js'),
  ]);
  return { planTraining, train, neverStopped };
}
