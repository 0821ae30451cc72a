import type { Examination } from '../subject.ts';

/** Training jobs that are run to see what the image makes of them, each once. */
export class TrainingTrials {
  readonly examination: Examination;

  constructor(examination: Examination) {
    this.examination = examination;
  }
}
