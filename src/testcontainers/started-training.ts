import type { Readable } from 'node:stream';
import type { TrainingResult, TrainingRun } from '../index.ts';
import type { Scope } from '../scope.ts';
import { linesOf } from './lines.ts';
import { SageMakerTrainingResult } from './training-result.ts';

/** A training job under way. Disposing it kills it, and removes everything, also what its result has. */
export class StartedSageMakerTrainingContainer implements AsyncDisposable {
  readonly #run: TrainingRun;
  readonly #scope: Scope;

  constructor(run: TrainingRun, scope: Scope) {
    this.#run = run;
    this.#scope = scope;
  }

  /** Everything that its containers print, from the first line on; ends with them. */
  async logs(): Promise<Readable> {
    return linesOf(this.#run);
  }

  /** Settles with its end. Errors: SmLocalError, when the request is refused or the host is in trouble; the signal's reason. */
  async wait(): Promise<SageMakerTrainingResult> {
    return this.#resultOf(await this.#run.result);
  }

  /** StopTrainingJob: SIGTERM, and SIGKILL after the grace, or at once with `now`. */
  async stop(options?: { readonly now?: boolean }): Promise<SageMakerTrainingResult> {
    return this.#resultOf(await this.#run.stop(options));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scope[Symbol.asyncDispose]();
  }

  #resultOf(result: TrainingResult): SageMakerTrainingResult {
    return new SageMakerTrainingResult(result, () => linesOf(this.#run), this.#scope);
  }
}
