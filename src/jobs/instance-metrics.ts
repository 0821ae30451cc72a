import { appendFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { StartedContainer, Usage } from '../engine/engine.ts';

export interface InstanceMetricsOptions {
  /** `<job>/algo-1`, the value of the dimension Host. */
  readonly name: string;
  /** The file that points are appended to. */
  readonly path: string;
  readonly now: () => Date;
  /** Seconds between two points; a minute by default, as in the cloud. */
  readonly pace?: number;
}

/** What one host took of its machine in the time before; percentages, of processors summed up over all of them. */
export interface InstancePoint {
  /** ISO 8601. */
  readonly time: string;
  readonly host: string;
  readonly CPUUtilization: number;
  readonly MemoryUtilization: number;
}

/**
 * Asks each minute what a container takes of its machine, until it is disposed, and keeps the answers, a line of JSON each. A minute in which
 * the engine or the disk cannot be asked has none: nothing depends on it. Source: "Monitor Amazon SageMaker with Amazon CloudWatch",
 * namespace /aws/sagemaker/TrainingJobs. Disks and GPUs are not measured.
 */
export class InstanceMetrics implements AsyncDisposable {
  readonly #container: StartedContainer;
  readonly #options: InstanceMetricsOptions;
  readonly #ending = new AbortController();
  readonly #loop: Promise<void>;

  constructor(container: StartedContainer, options: InstanceMetricsOptions) {
    this.#container = container;
    this.#options = options;
    this.#loop = this.#repeat();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#loop;
  }

  async #repeat(): Promise<void> {
    const { signal } = this.#ending;
    const { pace = 60 } = this.#options;
    let before: { readonly usage: Usage; readonly at: number } | undefined;
    while (!signal.aborted) {
      await pause(before ? pace * 1000 : Math.min(pace * 1000, 1000), undefined, { signal }).catch(() => {}); // it is over
      if (signal.aborted) return;
      const usage = await this.#container.usage().catch(() => undefined);
      const at = performance.now();
      if (usage && before) await this.#keep(usage, before.usage, (at - before.at) / 1000).catch(() => {});
      before = usage && { usage, at };
    }
  }

  async #keep(usage: Usage, before: Usage, seconds: number): Promise<void> {
    const { name: host, path, now } = this.#options;
    const point: InstancePoint = {
      time: now().toISOString(),
      host,
      CPUUtilization: rounded((100 * (usage.cpuSeconds - before.cpuSeconds)) / seconds),
      MemoryUtilization: rounded((100 * usage.memory) / usage.memoryLimit),
    };
    await appendFile(path, `${JSON.stringify(point)}\n`);
  }
}

const rounded = (percentage: number): number => Math.round(percentage * 100) / 100;
