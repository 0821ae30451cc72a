import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { fail } from '../errors.ts';
import { train } from '../index.ts';
import { Scope } from '../scope.ts';
import { SageMakerContainer } from './container.ts';
import { type DockerfileContext, SageMakerImageBuilder } from './image.ts';
import { linesOf } from './lines.ts';
import { openRuntime } from './runtime.ts';
import { StartedSageMakerTrainingContainer } from './started-training.ts';
import type { SageMakerTrainingResult } from './training-result.ts';

export type InputMode = 'File' | 'FastFile' | 'Pipe';

/** How a channel is handed to the program. */
export interface InputOptions {
  /** `File` by default. */
  readonly mode?: InputMode;
  readonly contentType?: string;
}

/**
 * A training job of SageMaker's for a test: the user's own image under the contract for training.
 *
 * ```ts
 * await using result = await new SageMakerTrainingContainer('./iris').withInput('train', './data').withHyperparameters({ epochs: 5 }).run();
 * const model = (await result.modelFiles()).get('model.json');
 * ```
 */
export class SageMakerTrainingContainer extends SageMakerContainer {
  readonly #inputs: Record<string, string> = {};
  readonly #modes: Record<string, string> = {};
  readonly #contentTypes: Record<string, string> = {};
  readonly #hyperparameters: Record<string, string | number | boolean> = {};
  readonly #metrics: Record<string, string> = {};
  #inputMode: InputMode | undefined;
  #source: { readonly sourceDir: string; readonly entryPoint: string } | undefined;
  #maxRun: string | number | undefined;
  #checkpoints: string | undefined;
  #isIsolated = false;
  #request: Partial<CreateTrainingJobRequest> | undefined;

  /** Builds an image first, with what a path alone does not say: `await SageMakerTrainingContainer.fromDockerfile('./iris').build()`. */
  static fromDockerfile(context: string, dockerfile?: string): SageMakerImageBuilder<SageMakerTrainingContainer> {
    const asked: DockerfileContext = { context, ...(dockerfile !== undefined && { dockerfile }) };
    return new SageMakerImageBuilder(asked, (made) => new SageMakerTrainingContainer(made));
  }

  /** A channel: a path, or an `s3://` address. */
  withInput(channel: string, source: string, { mode, contentType }: InputOptions = {}): this {
    this.#inputs[channel] = source;
    if (mode !== undefined) this.#modes[channel] = mode;
    if (contentType !== undefined) this.#contentTypes[channel] = contentType;
    return this;
  }

  /** Of all channels that name none of their own. */
  withInputMode(mode: InputMode): this {
    this.#inputMode = mode;
    return this;
  }

  withHyperparameters(hyperparameters: Readonly<Record<string, string | number | boolean>>): this {
    Object.assign(this.#hyperparameters, hyperparameters);
    return this;
  }

  /** How many instances, each a container: `algo-1`, `algo-2`, … */
  withHosts(count: number): this {
    return this.withInstanceCount(count);
  }

  /** MaxRuntimeInSeconds: `'90s'`, `'1h'`, or seconds. */
  withMaxRun(time: string | number): this {
    this.#maxRun = time;
    return this;
  }

  /** A metric found in the log: the first group of the expression is its value. */
  withMetric(name: string, expression: string | RegExp): this {
    this.#metrics[name] = typeof expression === 'string' ? expression : sourceOf(name, expression);
    return this;
  }

  /** Script mode: source code that the image is to run. */
  withSource(directory: string, entryPoint: string): this {
    this.#source = { sourceDir: directory, entryPoint };
    return this;
  }

  /** Where checkpoints are kept: a path, or an `s3://` address. */
  withCheckpoints(place: string): this {
    this.#checkpoints = place;
    return this;
  }

  /** EnableNetworkIsolation: its containers reach nothing but each other. */
  withNetworkIsolation(): this {
    this.#isIsolated = true;
    return this;
  }

  /** Members of AWS's request that everything else goes on top of. */
  withRequest(request: Partial<CreateTrainingJobRequest>): this {
    this.#request = request;
    return this;
  }

  /**
   * Runs it to its end. A job that fails is a result. Errors: SmLocalError, when the request is refused or the host is in trouble; the signal's
   * reason.
   */
  async run(signal?: AbortSignal): Promise<SageMakerTrainingResult> {
    const started = await this.start(signal);
    try {
      return await started.wait();
    } catch (error) {
      await started[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Begins it. Errors: WrongUsage, those of a build; all others are the result's. */
  async start(signal?: AbortSignal): Promise<StartedSageMakerTrainingContainer> {
    this.check();
    const scope = new Scope();
    try {
      const runtime = scope.use(await openRuntime());
      const run = scope.use(
        train({
          ...(await this.common(runtime, signal)),
          input: this.#inputs,
          ...(Object.keys(this.#modes).length > 0 || this.#inputMode !== undefined ? { inputMode: this.#modeTexts() } : {}),
          contentType: this.#contentTypes,
          hp: this.#hyperparameters,
          metric: this.#metrics,
          ...this.#source,
          ...(this.#maxRun !== undefined && { maxRun: this.#maxRun }),
          ...(this.#checkpoints !== undefined && { checkpoints: this.#checkpoints }),
          ...(this.#isIsolated && { networkIsolation: true }),
          ...(this.#request && { requestMembers: this.#request }),
        }),
      );
      this.logConsumer?.(linesOf(run));
      return new StartedSageMakerTrainingContainer(run, scope);
    } catch (error) {
      await scope[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** `File`, and `channel=Pipe` where a channel has its own. */
  #modeTexts(): readonly string[] {
    const own = Object.entries(this.#modes).map(([channel, mode]) => `${channel}=${mode}`);
    return this.#inputMode === undefined ? own : [this.#inputMode, ...own];
  }
}

/** Errors: WrongUsage, for flags that say what is found: a MetricDefinition of SageMaker's is an expression without any. */
function sourceOf(name: string, { source, flags }: RegExp): string {
  const [flag] = flags.replace(/[gyd]/g, '');
  if (flag === undefined) return source;
  throw fail('WrongUsage', {
    message: `The metric ${name}: SageMaker's expressions have no flags, and /${source}/${flags} has ${flag}.`,
    remedy: flag === 'i' ? 'Write [aA] for a letter in either case.' : 'Write an expression that needs no flag.',
  });
}
