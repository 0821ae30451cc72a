import type { Limits } from '../contract/limits.ts';
import { servingContainerName } from '../contract/serving.ts';
import type { Engine, Seconds } from '../engine/engine.ts';
import { reasonOf } from '../errors.ts';
import { allThenThrow } from './all-then-throw.ts';
import type { DataCapture } from './capture/data-capture.ts';
import {
  type Beginning,
  Instance,
  type InstanceEvent,
  type InstanceOptions,
  type InstanceTemplate,
  instanceOf,
  type Launch,
} from './instance.ts';
import { pickUpstream, type Random, type RoutingStrategy, type Slot } from './routing.ts';
import type { RunningInstance } from './running-variant.ts';
import type { InstanceLog } from './serving-container.ts';
import type { Upstream } from './upstream.ts';

/** What every instance of a variant is made of, worked out before any is created. */
export interface VariantPlan {
  readonly name: string;
  readonly weight: number;
  readonly routing: RoutingStrategy;
  readonly instanceCount: number;
  /** Those of its instances. */
  readonly limits: Limits;
  /** What its image was called in the model. */
  readonly image: string;
  readonly imageId: string;
  /** Each instance has its own id beside it, `i-…`. */
  readonly template: InstanceTemplate;
}

export interface FleetOptions extends Pick<InstanceOptions, 'startAttempts' | 'patience' | 'ticker' | 'time'> {
  readonly random: Random;
  readonly newInstanceId: () => string;
  /** Opened for each instance that is started, closed when it has ended. */
  readonly openLog: (source: InstanceSource) => Promise<FleetLog>;
  readonly onEvent: (source: InstanceSource, event: InstanceEvent) => void;
}

export interface FleetLog extends InstanceLog {
  /** Nothing more comes. */
  close?(): Promise<void>;
  /** What comes from now on, another process takes. */
  leave?(): Promise<void>;
}

/** An instance of another process, whose container runs. */
export interface RunningContainer {
  readonly instance: string;
  readonly container: string;
}

/** Also the name of its log stream: `variant/instance`. */
export interface InstanceSource {
  readonly variant: string;
  readonly instance: string;
}

/** The instances of one variant, all alike, and which of them a request goes to. */
export class Fleet {
  readonly plan: VariantPlan;
  /** The variant's share in the sum of weights. */
  weight: number;
  /** How many instances it is to have when nothing is under way. */
  desired: number;
  readonly #engine: Engine;
  readonly #options: FleetOptions;
  #instances: readonly Member[] = [];
  /** What leaves, until it has gone. */
  readonly #leaving = new Map<Member, Promise<void>>();
  #isStopped = false;

  constructor(engine: Engine, plan: VariantPlan, options: FleetOptions) {
    this.plan = plan;
    this.weight = plan.weight;
    this.desired = plan.instanceCount;
    this.#engine = engine;
    this.#options = options;
  }

  get name(): string {
    return this.plan.name;
  }

  /** How many there are, whether they answer yet or not. */
  get size(): number {
    return this.#instances.length;
  }

  /** The ways to those in rotation. On the hot path. */
  get upstreams(): readonly Upstream[] {
    const upstreams: Upstream[] = [];
    for (const { instance } of this.#instances) if (instance.upstream) upstreams.push(instance.upstream);
    return upstreams;
  }

  /** How many are in rotation. On the hot path. */
  get serving(): number {
    let count = 0;
    for (const { instance } of this.#instances) if (instance.upstream) count += 1;
    return count;
  }

  /** Those in rotation, to look at. */
  get running(): readonly RunningInstance[] {
    return this.#instances.flatMap(({ instance }) => {
      const { id, upstream } = instance;
      const { metrics } = instance;
      return upstream ? [{ id, outstanding: upstream.running, metrics, usage: () => instance.usage(), kill: () => instance.kill() }] : [];
    });
  }

  /** `capture`: what writes down the requests of its endpoint. */
  choose(capture: DataCapture | undefined): Slot | undefined {
    const upstream = pickUpstream(this.upstreams, this.plan.routing, this.#options.random);
    return upstream && { kind: 'slot', variant: this.plan.name, container: servingContainerName, upstream, capture };
  }

  /**
   * Starts or retires instances, the latest first, until there are `count`; returns when those that were started answer. When one of them
   * does not, those that were started are gone again. Errors: LaunchFailed; trouble with logs.
   */
  async scale(count: number): Promise<void> {
    if (this.#isStopped) return;
    if (count <= this.size) {
      this.#retire(this.#instances.slice(count));
      return;
    }
    const members = await this.#add(this.#newIds(count));
    try {
      await Promise.all(members.map(({ instance }) => this.#launched(instance)));
    } catch (error) {
      if (!this.#isStopped) await this.#remove(members).catch(() => {}); // the first trouble is the reason
      throw error;
    }
  }

  /** Goes on with instances of another process; `otherwise`: what becomes of those that do not answer. Errors: trouble with logs. */
  async rejoin(found: readonly RunningContainer[], otherwise: 'launch' | 'replacement'): Promise<void> {
    const containers = new Map(found.map(({ instance, container }) => [instance, { container, otherwise }]));
    await this.#add([...containers.keys()], (id) => containers.get(id));
  }

  /** Brings up instances in place of those that are missing, as of one that died: each is tried until it answers. Errors: trouble with logs. */
  async refill(): Promise<void> {
    await this.#add(this.#newIds(this.desired), () => 'replacement');
  }

  /** Settles when each instance there is answers. Errors: LaunchFailed, also for one that is stopped before. */
  async launched(): Promise<void> {
    await Promise.all(this.#instances.map(({ instance }) => this.#launched(instance)));
  }

  /**
   * All of it out of rotation at once; each instance ends when its requests have, and this returns when all have gone. `grace`: in place of that
   * of its limits.
   */
  async retire(grace?: Seconds): Promise<void> {
    this.#isStopped = true;
    this.#retire(this.#instances, grace);
    await this.gone();
  }

  /** Settles when all that were retired have gone; trouble with that has been told. */
  async gone(): Promise<void> {
    await Promise.all(this.#leaving.values());
  }

  /** SIGTERM to every instance at once, the grace or `hard`, SIGKILL, removed. May be called at any moment and again. */
  async stop(hard?: AbortSignal): Promise<void> {
    this.#isStopped = true;
    for (const { instance } of this.#leaving.keys()) instance.stop(hard).catch(() => {}); // told when it has gone
    await allThenThrow([...this.#instances.map((member) => member.end(hard)), this.gone()]);
  }

  /** Lets go of it: what runs goes on, for another process. */
  async leave(): Promise<void> {
    this.#isStopped = true;
    await allThenThrow([...this.#instances, ...this.#leaving.keys()].map((member) => member.leave()));
  }

  async #launched(instance: Instance): Promise<void> {
    const launch = await instance.launched;
    if (launch.outcome !== 'Ready') throw new LaunchFailed(this.plan.name, launch);
  }

  /** For as many as there are fewer than `count`. */
  #newIds(count: number): readonly string[] {
    return Array.from({ length: Math.max(0, count - this.size) }, () => this.#options.newInstanceId());
  }

  /** Those that were started: none when all of it was stopped meanwhile. */
  async #add(ids: readonly string[], begin?: (id: string) => Beginning | undefined): Promise<readonly Member[]> {
    const opened = await this.#openMembers(ids);
    if (this.#isStopped) {
      await closeAll(opened);
      return [];
    }
    const members = opened.map((open) => this.#start(open, begin?.(open.id)));
    this.#instances = [...this.#instances, ...members];
    return members;
  }

  async #openMembers(ids: readonly string[]): Promise<readonly Opened[]> {
    const opening = ids.map(async (id) => ({ id, log: await this.#options.openLog({ variant: this.plan.name, instance: id }) }));
    const results = await Promise.allSettled(opening);
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) {
      await closeAll(results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])));
      throw failed.reason;
    }
    return await Promise.all(opening);
  }

  #start({ id, log }: Opened, begin: Beginning | undefined): Member {
    const { startAttempts, patience, ticker, time, onEvent } = this.#options;
    const source = { variant: this.plan.name, instance: id };
    const instance = new Instance(this.#engine, instanceOf(this.plan.template, id), {
      ...{ startAttempts, patience, ticker, time, log, begin, limits: this.plan.limits },
      onEvent: (event) => onEvent(source, event),
    });
    return new Member(instance, log);
  }

  #retire(members: readonly Member[], grace?: Seconds): void {
    this.#instances = this.#instances.filter((member) => !members.includes(member));
    const { invocation, stream } = this.plan.limits;
    for (const member of members) {
      const source = { variant: this.plan.name, instance: member.instance.id };
      const leaving = member
        .retire(Math.max(invocation, stream), grace)
        .catch((error: unknown) => this.#options.onEvent(source, { what: 'trouble', message: reasonOf(error) }))
        .finally(() => this.#leaving.delete(member));
      this.#leaving.set(member, leaving);
    }
  }

  async #remove(members: readonly Member[]): Promise<void> {
    const still = members.filter((member) => this.#instances.includes(member)); // others were retired meanwhile
    this.#instances = this.#instances.filter((member) => !members.includes(member));
    await Promise.all(still.map((member) => member.end()));
  }
}

interface Opened {
  readonly id: string;
  readonly log: FleetLog;
}

/** An instance and its log, which is closed when it has ended. */
class Member {
  readonly instance: Instance;
  readonly #log: Opened['log'];
  #closed: Promise<void> | undefined;

  constructor(instance: Instance, log: Opened['log']) {
    this.instance = instance;
    this.#log = log;
  }

  retire(patience: Seconds, grace: Seconds | undefined): Promise<void> {
    return this.instance.retire(patience, grace).finally(() => this.#close());
  }

  end(hard?: AbortSignal): Promise<void> {
    return this.instance.stop(hard).finally(() => this.#close());
  }

  leave(): Promise<void> {
    return this.instance.leave().finally(() => {
      this.#closed ??= this.#log.leave?.();
      return this.#closed;
    });
  }

  #close(): Promise<void> | undefined {
    this.#closed ??= this.#log.close?.();
    return this.#closed;
  }
}

const closeAll = async (opened: readonly Opened[]): Promise<void> => void (await Promise.all(opened.map(({ log }) => log.close?.())));

/** An instance of the variant did not become ready. */
export class LaunchFailed extends Error {
  readonly variant: string;
  readonly launch: Launch;

  constructor(variant: string, launch: Launch) {
    super(`${variant}: ${launch.outcome}`);
    this.variant = variant;
    this.launch = launch;
  }
}
