import type { Emulator } from '../emulator.ts';
import type { JobObserver } from '../jobs/events.ts';
import { describeTraining, type TrainingRecord } from '../jobs/record.ts';
import { sourceCode } from '../options/code-flags.ts';
import { trainOptions } from '../options/train-options.ts';
import { trainingSpec } from '../options/training-spec.ts';
import { Scope } from '../scope.ts';
import type { StopSignals } from '../stop.ts';
import { metricFile } from '../store/log-names.ts';
import type { DataPoint } from '../store/metric-entries.ts';
import { readMetrics } from '../store/metric-log.ts';
import { planTraining, train } from '../training-jobs/train.ts';
import { ask, inOwnWords } from './asking.ts';
import type { TrainOptions } from './options.ts';
import { connectionsOf, openSession, type Session } from './session.ts';
import type { Metric, TrainingResult } from './training-result.ts';

/**
 * Runs the job that the options ask for. `keep` takes over an ephemeral session, which holds the files of the result. Errors: those of
 * `planTraining` and `train`, in the spelling of the library.
 */
export async function runAsked(
  options: TrainOptions,
  observer: JobObserver,
  stops: StopSignals,
  keep: (session: Session) => void,
): Promise<Omit<TrainingResult, 'warnings'>> {
  const scope = new Scope();
  try {
    const asked = await inOwnWords(() => ask('train', trainOptions, options, ['requestMembers']));
    const { image, values, surroundings, inWords } = asked;
    const session = await openSession(options, asked);
    if (options.ephemeral) keep(session);
    else scope.use(session);
    const output = values.output ?? (await session.directory?.('output'));
    const { spec } = await inWords(() => trainingSpec(image, { ...values, output }, surroundings, options.requestMembers));
    const onWarning = (message: string): void => observer.event({ event: 'warning', message });
    const reader = { cwd: surroundings.cwd, purpose: 'training', onWarning } as const;
    const source = await inWords(() => sourceCode(values, reader, stops.stop));
    const { emulator } = session;
    const connected = { ...spec, options: { ...spec.options, ...connectionsOf(options) } };
    const plan = await inWords(() => planTraining(emulator, { ...connected, ...(source && { source }) }, observer, stops.stop));
    return await resultOf(await train(emulator, plan, observer, stops), emulator);
  } finally {
    await scope[Symbol.asyncDispose]();
  }
}

async function resultOf(record: TrainingRecord, { home, now }: Emulator): Promise<Omit<TrainingResult, 'warnings'>> {
  const { name, arn, status, secondaryStatus, failureReason, files } = record;
  const definitions = record.request.AlgorithmSpecification?.MetricDefinitions ?? [];
  const metrics: Metric[] = [];
  if (definitions.length > 0) {
    for await (const points of readMetrics(metricFile(home.logs, 'training-jobs', name)))
      for (const point of points) metrics.push(metricOf(point));
  }
  return {
    ...{ name, arn, secondaryStatus, failureReason, files },
    status: status as TrainingResult['status'],
    describe: describeTraining(record, now()),
    metrics,
  };
}

const metricOf = ({ name, value, host, time }: DataPoint): Metric => ({ name, value, host, time: new Date(time) });
