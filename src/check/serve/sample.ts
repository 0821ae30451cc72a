import { counted } from '../../units.ts';
import type { Finding } from '../check.ts';
import { failed, untested } from '../check.ts';
import type { ServingTrial } from '../evidence/serving-trial.ts';
import type { Sample } from '../evidence/serving-trials.ts';
import type { Subject } from '../subject.ts';

export type Accepted = Extract<Sample, { state: 'accepted' }>;

/** What is found with the sample that the server takes, on the container that most checks share. */
export async function withSample(on: Subject, look: Look): Promise<Finding> {
  const sample = await on.serving.sample(() => on.content());
  if (sample.state === 'refused') return untested('No sample is known that the server takes.', howToGive);
  return await lookOut(on, await on.serving.main(), sample, look);
}

type Look = (trial: ServingTrial, sample: Accepted) => Promise<Finding>;

/** A container that ends is found once, whatever it was asked for, and nothing more is said of it. */
async function lookOut(on: Subject, trial: ServingTrial, sample: Accepted, look: Look): Promise<Finding> {
  if (on.serving.hasCrashed) return untested('The container ends under requests that it takes, as told before.');
  const finding = await look(trial, sample);
  const { ended } = trial;
  if (!ended) return finding;
  on.serving.hasCrashed = true;
  const how = ended.oomKilled ? 'was killed for want of memory' : `ended with exit code ${ended.code}`;
  const remedy = ended.oomKilled
    ? 'Find what is kept of each request: lists, caches without an end, sessions, graphs of the framework.'
    : 'Let the server outlive what goes wrong with a request; its last lines may say what did.';
  const text = `The container ${how} after ${counted(trial.accepted, 'invocation')} that it took.`;
  return failed(text, { remedy, severity: 'error', evidence: trial.lastLines() });
}

/**
 * As `withSample`, for what gives requests up: where answers are slow the container is one of its own, since whatever it goes on with would keep it
 * from answering others.
 */
export async function withSampleToGiveUp(on: Subject, look: Look): Promise<Finding> {
  return await withSample(on, async (main, sample) => {
    if (sample.pace < slow) return await look(main, sample);
    await using trial = await on.serving.another();
    return await lookOut(on, trial, sample, look);
  });
}

/** Seconds. */
const slow = 0.5;

export const howToGive = 'Give one that it understands: --body @sample.json --content-type application/json.';

/** What to say of a trial whose program needed a model and had none. */
export const howToGiveModel = 'Serve one: --model with a directory, a model.tar.gz or the name of a training job.';

/** Whether a failure may be for want of a model, so that it says nothing of the image. */
export const lacksModel = (trial: ServingTrial): boolean => !trial.plan.hasModel && trial.mentions(/\bmodels?\b|\/opt\/ml\/model/i);
