import type { EndpointStatus } from '@aws-sdk/client-sagemaker';
import { pingFailed, reason } from '../contract/failure.ts';
import { servingContainerName } from '../contract/serving.ts';
import { advanceEndpoint } from '../contract/status.ts';
import type { Engine } from '../engine/engine.ts';
import { Instance, type InstanceEvent, type InstanceOptions, type InstancePlan, type Launch } from './instance.ts';
import type { Upstream } from './upstream.ts';

/** Everything an endpoint will create, worked out before anything is created. */
export interface EndpointPlan {
  readonly name: string;
  readonly variants: readonly VariantPlan[];
}

export interface VariantPlan {
  readonly name: string;
  readonly instances: readonly InstancePlan[];
}

export interface EndpointOptions extends Pick<InstanceOptions, 'limits' | 'startAttempts' | 'patience'> {
  readonly logOf: (source: InstanceSource) => InstanceOptions['log'];
  readonly onEvent: (event: EndpointEvent) => void;
}

/** Also the name of its log stream: `variant/instance`. */
export interface InstanceSource {
  readonly variant: string;
  readonly instance: string;
}

export type EndpointEvent =
  | { readonly event: 'status'; readonly endpoint: string; readonly status: EndpointStatus; readonly failureReason?: string }
  | ({ readonly event: 'instance'; readonly endpoint: string } & InstanceSource & InstanceEvent);

/** What the invocation handler sees of an endpoint. */
export interface Invocable {
  readonly name: string;
  readonly status: EndpointStatus;
  choose(targetVariant: string | undefined): Choice;
}

/** Where a request goes, or why it goes nowhere. */
export type Choice =
  | { readonly kind: 'slot'; readonly variant: string; readonly container: string; readonly upstream: Upstream }
  | { readonly kind: 'unknown-variant' }
  | { readonly kind: 'no-capacity' };

/** An endpoint and its instances. Making one starts it; `stop` ends it and removes everything. */
export class Endpoint implements Invocable, AsyncDisposable {
  readonly name: string;
  /** Settles when it is no longer Creating. */
  readonly launched: Promise<EndpointStatus>;
  readonly #options: EndpointOptions;
  readonly #variants: readonly Variant[];
  #state: { readonly status: EndpointStatus } = { status: 'Creating' };
  #failure: EndpointFailure | undefined;

  constructor(engine: Engine, plan: EndpointPlan, options: EndpointOptions) {
    this.name = plan.name;
    this.#options = options;
    this.#announce();
    this.#variants = plan.variants.map(({ name, instances }) => ({
      name,
      instances: instances.map((instance) => this.#start(engine, name, instance)),
    }));
    this.launched = this.#launch();
  }

  get status(): EndpointStatus {
    return this.#state.status;
  }

  /** Set when it is Failed. */
  get failure(): EndpointFailure | undefined {
    return this.#failure;
  }

  choose(targetVariant: string | undefined): Choice {
    const variant = targetVariant === undefined ? this.#variants[0] : this.#variants.find(({ name }) => name === targetVariant);
    if (variant === undefined) return { kind: 'unknown-variant' };
    for (const { upstream } of variant.instances) {
      if (upstream) return { kind: 'slot', variant: variant.name, container: servingContainerName, upstream };
    }
    return { kind: 'no-capacity' };
  }

  /** Every instance at once: out of rotation, SIGTERM, the grace or `hard`, SIGKILL, removed. May be called at any moment and again. */
  async stop(hard?: AbortSignal): Promise<void> {
    if (this.status !== 'Deleting') this.#enter('Deleting');
    await this.#stopInstances(hard);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #start(engine: Engine, variant: string, plan: InstancePlan): Instance {
    const { onEvent, logOf, ...rest } = this.#options;
    const source = { variant, instance: plan.id };
    return new Instance(engine, plan, {
      ...rest,
      log: logOf(source),
      onEvent: (event) => onEvent({ event: 'instance', endpoint: this.name, ...source, ...event }),
    });
  }

  async #launch(): Promise<EndpointStatus> {
    const launches = this.#variants.flatMap(({ name, instances }) =>
      instances.map(async ({ launched }) => {
        const launch = await launched;
        if (launch.outcome !== 'Ready') throw new LaunchEnded(name, launch);
      }),
    );
    try {
      await Promise.all(launches);
      if (this.status === 'Creating') this.#enter('InService'); // else it was stopped in the same moment
    } catch (error) {
      if (!(error instanceof LaunchEnded)) throw error;
      await this.#fail(error);
    }
    return this.status;
  }

  async #fail({ variant, launch }: LaunchEnded): Promise<void> {
    if (launch.outcome === 'Stopped' || this.status !== 'Creating') return;
    await this.#stopInstances().catch(() => {}); // the first trouble is the reason; stop() tells of the second
    if (this.status !== 'Creating') return;
    const notStarted = launch.outcome === 'NotStarted' ? launch.error : undefined;
    this.#failure = {
      reason: notStarted ? reason(notStarted.message) : pingFailed(variant, servingContainerName),
      ...(notStarted && { error: notStarted }),
    };
    this.#enter('Failed');
  }

  async #stopInstances(hard?: AbortSignal): Promise<void> {
    const instances = this.#variants.flatMap((variant) => variant.instances);
    const results = await Promise.allSettled(instances.map((instance) => instance.stop(hard)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  #enter(status: EndpointStatus): void {
    this.#state = advanceEndpoint(this.#state, status);
    this.#announce();
  }

  #announce(): void {
    const failureReason = this.#failure?.reason;
    const told = { event: 'status', endpoint: this.name, status: this.status } as const;
    this.#options.onEvent(failureReason === undefined ? told : { ...told, failureReason });
  }
}

export interface EndpointFailure {
  /** `FailureReason`, at most 1024 characters. */
  readonly reason: string;
  /** The error behind it, when it was not the image that failed its health check: tells who has to act. */
  readonly error?: Error;
}

interface Variant {
  readonly name: string;
  readonly instances: readonly Instance[];
}

class LaunchEnded extends Error {
  readonly variant: string;
  readonly launch: Launch;

  constructor(variant: string, launch: Launch) {
    super(launch.outcome);
    this.variant = variant;
    this.launch = launch;
  }
}
