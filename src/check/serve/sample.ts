import type { Finding } from '../check.ts';
import { untested } from '../check.ts';
import type { ServingTrial } from '../evidence/serving-trial.ts';
import type { Sample } from '../evidence/serving-trials.ts';
import type { Subject } from '../subject.ts';

export type Accepted = Extract<Sample, { state: 'accepted' }>;

/** What is found with the sample that the server takes, on the container that most checks share. */
export async function withSample(on: Subject, look: (trial: ServingTrial, sample: Accepted) => Promise<Finding>): Promise<Finding> {
  const sample = await on.serving.sample(() => on.content());
  if (sample.state === 'refused') return untested('No sample is known that the server takes.', howToGive);
  return await look(await on.serving.main(), sample);
}

/**
 * As `withSample`, for what gives requests up: where answers are slow the container is one of its own, since whatever it goes on with would keep it
 * from answering others.
 */
export async function withSampleToGiveUp(on: Subject, look: (trial: ServingTrial, sample: Accepted) => Promise<Finding>): Promise<Finding> {
  return await withSample(on, async (main, sample) => {
    if (sample.pace < slow) return await look(main, sample);
    await using trial = await on.serving.another();
    return await look(trial, sample);
  });
}

/** Seconds. */
const slow = 0.5;

export const howToGive = 'Give one that it understands: --body @sample.json --content-type application/json.';

/** What to say of a trial whose program needed a model and had none. */
export const howToGiveModel = 'Serve one: --model with a directory, a model.tar.gz or the name of a training job.';

/** Whether a failure may be for want of a model, so that it says nothing of the image. */
export const lacksModel = (trial: ServingTrial): boolean => !trial.plan.hasModel && trial.mentions(/\bmodels?\b|\/opt\/ml\/model/i);
