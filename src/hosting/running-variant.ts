import type { Usage } from '../engine/engine.ts';
import type { MetricFamily } from './exposition.ts';

/** What an endpoint has of a variant at a moment. */
export interface RunningVariant {
  readonly endpoint: string;
  readonly variant: string;
  /** How many instances it should have. */
  readonly wanted: number;
  /** Those that take requests. */
  readonly inRotation: readonly RunningInstance[];
}

export interface RunningInstance {
  /** `i-…` */
  readonly id: string;
  /** Requests that its container has not answered yet. */
  readonly outstanding: number;
  /** What its container told of itself when it was last asked; undefined where it is not asked, or did not answer. */
  readonly metrics?: readonly MetricFamily[] | undefined;
  /** What its container takes of the machine; undefined for one that does not run. Errors: trouble of the engine. */
  usage(): Promise<ContainerUsage | undefined>;
  /** SIGKILL, as a machine that fails would. */
  kill(): Promise<void>;
}

export interface ContainerUsage extends Usage {
  /** Seconds since it was started. */
  readonly uptime: number;
}
