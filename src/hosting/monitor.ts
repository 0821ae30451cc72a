import { containerMetricsText } from './container-metrics.ts';
import { type Load, Loads } from './load.ts';
import { EndpointMetrics } from './metrics.ts';
import { prometheusText } from './prometheus.ts';
import type { InvocationOver } from './reply.ts';
import type { RunningInstance, RunningVariant } from './running-variant.ts';

export interface MonitorOptions {
  /** All variants of all endpoints there are. */
  readonly variants: () => readonly RunningVariant[];
  /** How many instances of a variant take requests now. On the hot path. */
  readonly inRotation: (endpoint: string, variant: string) => number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Milliseconds since any moment. */
  readonly clock?: () => number;
  /** Told of each thing once. */
  readonly onWarning?: (message: string) => void;
}

/** Whatever can be seen of running endpoints: what was invoked, what there is to invoke, and what it takes of the machine. */
export class Monitor {
  readonly metrics: EndpointMetrics;
  readonly #variants: MonitorOptions['variants'];
  readonly #onWarning: (message: string) => void;
  readonly #warned = new Set<string>();
  readonly #loads: Loads;

  constructor({ variants, inRotation, now = Date.now, clock, onWarning = () => {} }: MonitorOptions) {
    this.metrics = new EndpointMetrics({ now, inRotation });
    this.#loads = new Loads(clock);
    this.#variants = variants;
    this.#onWarning = onWarning;
  }

  /** Takes note of an invocation. On the hot path. */
  readonly add = (over: InvocationOver): void => this.metrics.add(over);

  variants(): readonly RunningVariant[] {
    return this.#variants();
  }

  /** Instance -> what it takes of the machine, a second old at most. One is left out where the engine does not tell. */
  async loads(): Promise<ReadonlyMap<string, Load>> {
    const instances: readonly RunningInstance[] = this.#variants().flatMap(({ inRotation }) => inRotation);
    this.#loads.keepOnly(instances);
    return await this.#loads.of(instances);
  }

  /** What `/_sm-local/metrics` tells: our own families, and behind them those of the containers. */
  async prometheus(): Promise<string> {
    const loads = await this.loads();
    const variants = this.#variants().map((state) => ({ ...state, totals: this.metrics.totals(state.endpoint, state.variant) }));
    return prometheusText(variants, loads, this.metrics.refused) + this.#containerMetrics();
  }

  #containerMetrics(): string {
    const instances = this.#variants().flatMap(({ endpoint, variant, inRotation }) =>
      inRotation.flatMap(({ id, metrics: families }) => (families ? [{ endpoint, variant, instance: id, families }] : [])),
    );
    return containerMetricsText(instances, (message) => {
      if (this.#warned.has(message)) return;
      this.#warned.add(message);
      this.#onWarning(message);
    });
  }
}
