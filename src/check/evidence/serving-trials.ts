import type { Examination } from '../subject.ts';
import type { TrainingTrials } from './training-trials.ts';

/** Containers that are started to see how the image serves, each once or one for each who asks. */
export class ServingTrials implements AsyncDisposable {
  readonly examination: Examination;
  /** Whose model is served where the user names none. */
  readonly training: TrainingTrials;

  constructor(examination: Examination, training: TrainingTrials) {
    this.examination = examination;
    this.training = training;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
