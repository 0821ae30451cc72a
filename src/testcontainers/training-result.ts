import { cp } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { fail } from '../errors.ts';
import type { Metric, TrainingResult } from '../index.ts';
import type { Scope } from '../scope.ts';
import { type Files, readArtifact } from '../store/artifact.ts';
import { diskTrouble } from '../store/disk-trouble.ts';
import { unpackArchive } from '../store/unpack.ts';

export interface ReadFilesOptions {
  /** The most bytes that all files together may have, as they are held in memory; 256 MB by default. */
  readonly limitBytes?: number;
}

/** How a training job came out. Its files are there until it is disposed. */
export class SageMakerTrainingResult implements AsyncDisposable {
  readonly name: string;
  readonly arn: string;
  readonly status: TrainingResult['status'];
  readonly secondaryStatus: string;
  /** DescribeTrainingJob's, of a job that failed. */
  readonly failureReason: string | undefined;
  /** DescribeTrainingJob's answer. */
  readonly describe: TrainingResult['describe'];
  /** Every data point that the metric definitions found in the logs. */
  readonly metrics: readonly Metric[];
  /** What was warned of meanwhile. */
  readonly warnings: readonly string[];
  readonly #files: TrainingResult['files'];
  readonly #lines: () => Readable;
  readonly #scope: Scope;

  constructor(result: TrainingResult, lines: () => Readable, scope: Scope) {
    const { name, arn, status, secondaryStatus, failureReason, describe, metrics, warnings, files } = result;
    this.name = name;
    this.arn = arn;
    this.status = status;
    this.secondaryStatus = secondaryStatus;
    this.failureReason = failureReason;
    this.describe = describe;
    this.metrics = metrics;
    this.warnings = warnings;
    this.#files = files;
    this.#lines = lines;
    this.#scope = scope;
  }

  /** The last value of a metric. */
  metric(name: string): number | undefined {
    return this.metrics.findLast((metric) => metric.name === name)?.value;
  }

  /** Where its `model.tar.gz` is; undefined when /opt/ml/model was empty. */
  get modelArchive(): string | undefined {
    return this.#files.model;
  }

  /** Where its `output.tar.gz` is; undefined when /opt/ml/output/data was empty. */
  get outputArchive(): string | undefined {
    return this.#files.output;
  }

  /** What was in /opt/ml/model: name -> content. Errors: ModelArchiveTooLarge, ModelArchiveInvalid, InputUnreadable. */
  async modelFiles(options?: ReadFilesOptions): Promise<Files> {
    return await filesOf(this.#files.model, options);
  }

  /** What was in /opt/ml/output/data. Errors: as `modelFiles`. */
  async outputFiles(options?: ReadFilesOptions): Promise<Files> {
    return await filesOf(this.#files.output, options);
  }

  /** Unpacks the model to a directory that is not there yet, or empty. Errors: InvalidRequest when there is none; ModelArchiveInvalid, DiskTrouble. */
  async extractModel(directory: string): Promise<void> {
    const { model } = this.#files;
    if (model === undefined) {
      throw fail('InvalidRequest', {
        message: `The training job ${this.name} (${this.status}) has no model.`,
        remedy: 'Its /opt/ml/model was empty. modelArchive is undefined then.',
      });
    }
    await extract(model, directory);
  }

  /** Everything that its containers printed. */
  async logs(): Promise<Readable> {
    return this.#lines();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scope[Symbol.asyncDispose]();
  }
}

const filesOf = async (path: string | undefined, { limitBytes = 256 * 2 ** 20 }: ReadFilesOptions = {}): Promise<Files> =>
  path === undefined ? new Map() : await readArtifact(path, limitBytes);

async function extract(path: string, directory: string): Promise<void> {
  if (path.endsWith('.tar.gz')) {
    await unpackArchive(path, directory);
    return;
  }
  try {
    await cp(path, directory, { recursive: true });
  } catch (error) {
    throw diskTrouble('write', directory, error);
  }
}
