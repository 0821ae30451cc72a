import type { CreateEndpointConfigInput, CreateModelInput } from '@aws-sdk/client-sagemaker';
import type { Engine, Seconds } from '../engine/engine.ts';
import { allThenThrow } from './all-then-throw.ts';
import type { DataCapture } from './capture/data-capture.ts';
import { Fleet, type FleetOptions, type RunningContainer, type VariantPlan } from './fleet.ts';
import { pickByWeight, type Random, type Slot } from './routing.ts';

/** Everything that one endpoint configuration will create, worked out before anything is created. */
export interface EndpointPlan {
  readonly configName: string;
  readonly origin?: PlanOrigin;
  readonly variants: readonly VariantPlan[];
  /** Gets copies of requests to the only production variant. */
  readonly shadow?: VariantPlan;
  /** Writes down the requests to its production variants. Whoever opened it closes it, when they have ended. */
  readonly capture?: DataCapture | undefined;
  /** Gives back what its containers need besides themselves, when the last of them has gone. */
  release?(): Promise<void>;
  /** In place of `release`, when the containers go on for another process: ends only what is this one's. */
  leave?(): Promise<void>;
}

/** What a plan follows from. */
export interface PlanOrigin {
  /** `sm-local.generation` of all it creates. */
  readonly generation: string;
  readonly config: CreateEndpointConfigInput;
  /** Those it names. */
  readonly models: readonly CreateModelInput[];
}

/** Variant -> instances of another process. */
export type RunningContainers = ReadonlyMap<string, readonly RunningContainer[]>;

/** The fleets of one endpoint configuration. */
export class Generation {
  readonly configName: string;
  readonly fleets: readonly Fleet[];
  readonly shadow: Fleet | undefined;
  readonly #plan: EndpointPlan;
  readonly #random: Random;
  #released: Promise<void> | undefined;

  constructor(engine: Engine, plan: EndpointPlan, options: FleetOptions) {
    this.configName = plan.configName;
    this.fleets = plan.variants.map((variant) => new Fleet(engine, variant, options));
    this.shadow = plan.shadow && new Fleet(engine, plan.shadow, options);
    this.#plan = plan;
    this.#random = options.random;
  }

  get plan(): EndpointPlan {
    return this.#plan;
  }

  /** Instances of its production variants when nothing is under way. */
  get wanted(): number {
    return this.fleets.reduce((sum, { desired }) => sum + desired, 0);
  }

  fleet(name: string): Fleet | undefined {
    return this.fleets.find((each) => each.name === name);
  }

  /** Its shadow variant among them. */
  get all(): readonly Fleet[] {
    return this.shadow ? [...this.fleets, this.shadow] : this.fleets;
  }

  /** Instances of a variant that take requests. */
  serving(name: string): number {
    return (this.fleet(name)?.serving ?? 0) + (this.shadow?.name === name ? this.shadow.serving : 0);
  }

  choose(target: string | undefined): Slot | undefined {
    const fleet = target === undefined ? pickByWeight(this.fleets, this.#random) : this.fleet(target);
    return fleet?.choose(this.#plan.capture);
  }

  /** An instance of the shadow variant, if it is this request's turn: its share is its weight by the production variant's, at most all. */
  chooseShadow(): Slot | undefined {
    if (!this.shadow) return undefined;
    const production = this.fleets[0]?.weight ?? 0;
    return this.#random() * production < this.shadow.weight ? this.shadow.choose(undefined) : undefined;
  }

  /**
   * Brings every variant up to this part, from 0 to 1, of its instances, the shadow variant too; none gets fewer. Errors: LaunchFailed, with
   * the first that fails.
   */
  async grow(part: number): Promise<void> {
    await Promise.all(this.all.map((fleet) => fleet.scale(Math.max(fleet.size, partOf(fleet, part)))));
  }

  /** Brings every variant down to this part, from 0 to 1, of its instances, and returns when the others have gone. */
  async shrink(part: number): Promise<void> {
    await Promise.all(this.all.map((fleet) => fleet.scale(Math.min(fleet.size, partOf(fleet, part)))));
    await Promise.all(this.all.map((fleet) => fleet.gone()));
  }

  /** Goes on with instances of another process; `otherwise`: what becomes of those that do not answer. Errors: trouble with logs. */
  async rejoin(running: RunningContainers, otherwise: 'launch' | 'replacement'): Promise<void> {
    await Promise.all(this.all.map((fleet) => fleet.rejoin(running.get(fleet.name) ?? [], otherwise)));
  }

  /** Brings up what is missing of every variant, and does not wait for it. Errors: trouble with logs. */
  async refill(): Promise<void> {
    await Promise.all(this.all.map((fleet) => fleet.refill()));
  }

  /** Settles when each instance there is answers. Errors: LaunchFailed, also for one that is stopped before. */
  async launched(): Promise<void> {
    await Promise.all(this.all.map((fleet) => fleet.launched()));
  }

  /** Lets go of it: what runs goes on, for another process. */
  async leave(): Promise<void> {
    const left = allThenThrow(this.all.map((fleet) => fleet.leave()));
    await left.catch(() => {}); // thrown below
    this.#released ??= this.#plan.leave?.() ?? Promise.resolve();
    await allThenThrow([left, this.#released]);
  }

  /** Out of rotation at once; returns when its requests have ended and all of it has gone. `grace`: in place of that of its limits. */
  async retire(grace?: Seconds): Promise<void> {
    await this.#end((fleet) => fleet.retire(grace));
  }

  /** SIGTERM to all of it at once, the grace or `hard`, SIGKILL, removed. */
  async stop(hard?: AbortSignal): Promise<void> {
    await this.#end((fleet) => fleet.stop(hard));
  }

  async #end(how: (fleet: Fleet) => Promise<void>): Promise<void> {
    const ended = allThenThrow(this.all.map(how));
    await ended.catch(() => {}); // thrown below
    this.#released ??= this.#plan.release?.() ?? Promise.resolve();
    await allThenThrow([ended, this.#released]);
  }
}

/** Whole instances. */
const partOf = ({ desired }: Fleet, part: number): number => Math.ceil(desired * part - 1e-9);
