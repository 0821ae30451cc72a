import type { Ephemeral } from '../ephemeral.ts';
import { findOrBuildImage, type ImageObserver } from '../image.ts';
import { Scope } from '../scope.ts';
import { readDockerfile } from './evidence/dockerfile-text.ts';
import { readImageContent } from './evidence/image-content.ts';
import { MultiModelTrial } from './evidence/multi-model-trial.ts';
import { ServingTrials } from './evidence/serving-trials.ts';
import { TrainingTrials } from './evidence/training-trials.ts';
import { whyNotPlayed } from './parts.ts';
import type { Area, CheckRequest } from './request.ts';
import type { Subject } from './subject.ts';

export interface SubjectObserver extends ImageObserver {
  /** What is being tried, which may take seconds. */
  trial(what: string): void;
}

/**
 * The image of the request, found or built, to be looked at. What its trials make is below the ephemeral home, and goes with the subject. Errors:
 * those of `findOrBuildImage`.
 */
export async function openSubject(
  { emulator, directory }: Ephemeral,
  request: CheckRequest,
  observer: SubjectObserver,
  signal: AbortSignal,
): Promise<Subject & AsyncDisposable> {
  const image = await findOrBuildImage(
    emulator,
    { image: request.source, buildArguments: request.buildArguments, platform: request.platform },
    observer,
    signal,
  );
  const scratch = await directory('check');
  const examination = { request, emulator, image, scratch, onTrial: observer.trial, observer: progressAlone(observer), signal };
  const content = once(() => readImageContent(emulator.engine, image, { signal, onProgress: (event) => observer.event(event) }));
  const whyNot = async (area: Area): Promise<string | undefined> =>
    (await whyNotPlayed(area, { request, image, content })) ?? (area === 'train' ? await training.whyNone() : undefined);
  const training = new TrainingTrials(examination, { content, whyNot });
  const scope = new Scope();
  const serving = scope.use(new ServingTrials(examination, training));
  const multiModel = new MultiModelTrial({ request, serving, content });
  return {
    ...{ request, emulator, image, training, serving, multiModel, signal, content },
    dockerfile: once(async () => (request.source.kind === 'directory' ? await readDockerfile(request.source.path) : undefined)),
    whyNot,
    [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
  };
}

/** What a job or an endpoint warns of is said by checks, or is how trials are made. */
const progressAlone = (observer: ImageObserver): ImageObserver => ({
  event: (event) => {
    if (event.event === 'progress') observer.event(event);
  },
});

/** Evidence is gathered when it is first asked for, and kept. */
function once<T>(gather: () => Promise<T>): () => Promise<T> {
  let gathered: Promise<T> | undefined;
  return () => {
    gathered ??= gather();
    return gathered;
  };
}
