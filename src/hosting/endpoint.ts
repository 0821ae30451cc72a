import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EndpointStatus } from '@aws-sdk/client-sagemaker';
import type { Deployment } from '../contract/deployment.ts';
import { endpointInProgress } from '../contract/failure.ts';
import { advanceEndpoint } from '../contract/status.ts';
import type { Engine, Seconds } from '../engine/engine.ts';
import { fail, isError, reasonOf } from '../errors.ts';
import { eitherOf } from '../stop.ts';
import type { Alarms } from './alarms.ts';
import { allThenThrow } from './all-then-throw.ts';
import { type EndpointFailure, type EndpointState, failureOf, phaseOf, stateOf, type VariantPhase } from './endpoint-state.ts';
import type { FleetOptions, InstanceSource } from './fleet.ts';
import { type EndpointPlan, Generation, type RunningContainers } from './generation.ts';
import type { InstanceEvent } from './instance.ts';
import { type DeploymentStep, rollBack, rollOut } from './rollout.ts';
import type { Choice, Invocable, Slot } from './routing.ts';
import type { RunningVariant } from './running-variant.ts';

export interface EndpointOptions extends Omit<FleetOptions, 'onEvent'> {
  readonly onEvent: (event: EndpointEvent) => void;
  readonly alarms: Alarms;
  /** Waits of deployments are multiplied by this. */
  readonly pace: number;
  /** Another configuration serves from now on; what it has replaced is still there. */
  readonly onTakenOver?: () => void;
}

/** Works out what a configuration will create: finds images, gets models. `signal` aborts when the endpoint is stopped. */
export type Preparation = (signal: AbortSignal) => Promise<EndpointPlan>;

/** An endpoint that another process has had. */
export interface Revival {
  /** `SystemUpdating`: it has served, and some variant has no container that runs. */
  readonly status: 'Creating' | 'InService' | 'SystemUpdating' | 'Failed';
  /** Why it has failed, or why its last update has. */
  readonly failureReason?: string | undefined;
  /** What it serves with, and those of its instances that run. Tried until the host allows it. */
  readonly begin: (signal: AbortSignal) => Promise<{ readonly plan: EndpointPlan; readonly running: RunningContainers }>;
  /** What it was being updated to: that is begun again, and it is Updating until then. */
  readonly update?: { readonly prepare: Preparation; readonly deployment: Deployment } | undefined;
}

export type EndpointEvent =
  | { readonly event: 'status'; readonly endpoint: string; readonly status: EndpointStatus; readonly failureReason?: string }
  | ({ readonly event: 'deployment'; readonly endpoint: string } & DeploymentStep)
  | ({ readonly event: 'instance'; readonly endpoint: string } & InstanceSource & InstanceEvent);

/** How an update goes for whoever changes the code of its containers again and again. */
export interface Haste {
  /** Ends the update as long as the new instances have no traffic: they are killed, and what serves goes on as if nothing had been. */
  readonly overtaken: AbortSignal;
  /**
   * What replaced instances get from SIGTERM to SIGKILL, in seconds. The endpoint is InService while they go; when the next update begins they
   * are killed.
   */
  readonly grace: Seconds;
}

/** New weights and counts of one variant. */
export interface VariantChange {
  readonly variant: string;
  readonly weight?: number;
  readonly instanceCount?: number;
}

/** An endpoint and its instances. Making one starts it; `stop` ends it and removes everything. */
export class Endpoint implements Invocable, AsyncDisposable {
  readonly name: string;
  /** Settles when it is no longer Creating; for one that another process has had, when its instances answer. */
  readonly launched: Promise<EndpointStatus>;
  readonly #engine: Engine;
  readonly #options: EndpointOptions;
  readonly #stopping = new AbortController();
  /** Cuts the grace of all its instances short. */
  readonly #hard = new AbortController();
  #state: { readonly status: EndpointStatus } = { status: 'Creating' };
  #failure: EndpointFailure | undefined;
  /** What serves. */
  #live: Generation | undefined;
  /** What is about to take its place, and its part of the traffic. */
  #green: Generation | undefined;
  #share = 0;
  /** What another process has had is not taken up whole yet. */
  #isReviving = false;
  /** It is not deleted, but this process has done with it. */
  #isLeft = false;
  #phase: VariantPhase | undefined = 'Creating';
  /** What was replaced, until it has gone. */
  readonly #leaving = new Set<Generation>();
  /** What is under way; never rejects. */
  #work: Promise<unknown>;

  /** @param how launches it, or goes on with what another process has had */
  constructor(engine: Engine, name: string, how: Preparation | Revival, options: EndpointOptions) {
    // Every instance listens, however many there are.
    setMaxListeners(0, this.#stopping.signal, this.#hard.signal);
    this.name = name;
    this.#engine = engine;
    this.#options = options;
    if (typeof how === 'function') {
      this.#announce();
      this.launched = this.#launch(how);
    } else this.launched = this.#revive(how);
    this.#work = this.launched;
  }

  get status(): EndpointStatus {
    return this.#state.status;
  }

  /** Set when it is Failed, or serves on after an update that failed. */
  get failure(): EndpointFailure | undefined {
    return this.#failure;
  }

  /** What serves was made from. */
  get plan(): EndpointPlan | undefined {
    return this.#live?.plan;
  }

  get state(): EndpointState {
    const { fleets = [], shadow, configName } = this.#live ?? {};
    const green = this.#green && { configName: this.#green.configName, variants: this.#green.fleets.map(stateOf) };
    return { configName, variants: fleets.map(stateOf), shadow: shadow && stateOf(shadow), phase: this.#phase, pending: green };
  }

  /** All its variants, also shadows, and those that are about to take over; each once, with the instances of both its fleets. */
  get running(): readonly RunningVariant[] {
    const fleets = [...(this.#live?.all ?? []), ...(this.#green?.all ?? [])];
    return [...new Set(fleets.map(({ name }) => name))].map((variant) => {
      const own = fleets.filter(({ name }) => name === variant);
      const wanted = own.reduce((sum, { size }) => sum + size, 0);
      return { endpoint: this.name, variant, wanted, inRotation: own.flatMap(({ running }) => running) };
    });
  }

  /** Instances of a variant that take requests. On the hot path. */
  serving(variant: string): number {
    return (this.#live?.serving(variant) ?? 0) + (this.#green?.serving(variant) ?? 0);
  }

  choose(target: string | undefined): Choice {
    const isGreen = this.#green !== undefined && this.#options.random() < this.#share;
    const first = isGreen ? this.#green : this.#live;
    const second = isGreen ? this.#live : this.#share > 0 ? this.#green : undefined;
    const slot = first?.choose(target) ?? second?.choose(target);
    if (slot) return slot;
    if (target !== undefined && !first?.fleet(target) && !second?.fleet(target)) return { kind: 'unknown-variant' };
    return { kind: 'no-capacity' };
  }

  shadow(): Slot | undefined {
    const slot = this.#live?.chooseShadow();
    slot?.upstream.hold();
    return slot;
  }

  /**
   * Another configuration takes the place of the one that serves, in the way of the deployment; returns when that is done or rolled back.
   * Requests are answered all the time. With `haste` also when it was overtaken, and without waiting for what has been replaced. Errors:
   * InvalidRequest when something is under way already.
   */
  update(prepare: Preparation, deployment: Deployment, haste?: Haste): Promise<void> {
    this.#begin();
    for (const generation of this.#leaving) if (haste) generation.stop(AbortSignal.abort()).catch(() => {}); // told by whoever waits for it
    const work = this.#replace(prepare, deployment, haste);
    this.#work = work;
    return work;
  }

  /** UpdateEndpointWeightsAndCapacities: weights at once, instances as they come. Errors: as `update`; an unknown variant is the caller's. */
  reweigh(changes: readonly VariantChange[]): Promise<void> {
    this.#begin();
    const work = this.#change(changes);
    this.#work = work;
    return work;
  }

  /** Every instance at once: out of rotation, SIGTERM, the grace or `hard`, SIGKILL, removed. May be called at any moment and again. */
  async stop(hard?: AbortSignal): Promise<void> {
    if (this.status !== 'Deleting') this.#enter('Deleting');
    await this.#end(hard);
  }

  /** As `stop`, and its status stays: the next process starts it again. */
  async rest(hard?: AbortSignal): Promise<void> {
    this.#isLeft = true;
    await this.#end(hard);
  }

  /** Lets go of it: what runs goes on, for another process. */
  async leave(): Promise<void> {
    this.#isLeft = true;
    this.#stopping.abort();
    await this.#forEach((generation) => generation.leave());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #end(hard: AbortSignal | undefined): Promise<void> {
    this.#stopping.abort();
    if (hard?.aborted) this.#hard.abort();
    else hard?.addEventListener('abort', () => this.#hard.abort(), { once: true });
    const { signal } = this.#hard;
    await this.#forEach((generation) => generation.stop(signal));
  }

  async #forEach(how: (generation: Generation) => Promise<void>): Promise<void> {
    const generations = (): Promise<void>[] =>
      [this.#live, this.#green, ...this.#leaving].flatMap((generation) => (generation ? [how(generation)] : []));
    const ended = allThenThrow([...generations(), this.launched, this.#work]);
    await ended.catch(() => {}); // thrown below
    await allThenThrow([ended, ...generations()]); // those, too, that came into being meanwhile
  }

  /** Nothing more changes its status. */
  get #isOver(): boolean {
    return this.status === 'Deleting' || this.#isLeft;
  }

  async #launch(prepare: Preparation): Promise<EndpointStatus> {
    try {
      this.#live = await this.#prepared(prepare, this.#stopping.signal);
      this.#stopping.signal.throwIfAborted();
      await this.#live.grow(1);
      if (!this.#isOver) this.#enter('InService'); // else it was stopped in the same moment
    } catch (error) {
      await this.#fail(error);
    }
    return this.status;
  }

  async #fail(error: unknown): Promise<void> {
    if (this.#isOver) return; // then all of it is ended by whoever wanted that
    await this.#live?.stop().catch(() => {}); // the first trouble is the reason; stop() tells of the second
    if (this.#isOver) return;
    this.#failure = failureOf(error);
    if (this.status === 'InService') this.#enter('SystemUpdating');
    this.#enter('Failed');
  }

  /** In service with what runs, and what is missing comes; or, where nothing runs, when all of it does. */
  async #revive({ status, failureReason, begin, update }: Revival): Promise<EndpointStatus> {
    this.#state = { status: update ? 'Updating' : status };
    this.#phase = phaseOf(this.status);
    this.#isReviving = status !== 'Failed';
    if (failureReason !== undefined) this.#failure = { reason: failureReason };
    if (status !== 'InService') this.#announce();
    if (status === 'Failed') return status;
    const { signal } = this.#stopping;
    try {
      const { plan, running } = await this.#persist(() => begin(signal));
      const generation = this.#generationOf(plan);
      this.#live = generation;
      if (status === 'InService') {
        await generation.rejoin(running, 'replacement');
        await generation.refill();
        this.#isReviving = false;
        if (update) this.#updateAgain(update);
        await generation.launched().catch(() => {}); // none is given up; it has been stopped, or replaced by an update
        if (!this.#isOver && this.status === 'InService') this.#announce();
      } else {
        await generation.rejoin(running, 'launch');
        await this.#persist(() => generation.grow(1));
        await generation.launched();
        this.#isReviving = false;
        if (update) this.#updateAgain(update);
        else if (!this.#isOver) this.#enter('InService');
      }
    } catch (error) {
      await this.#fail(error);
    }
    return this.status;
  }

  #updateAgain({ prepare, deployment }: NonNullable<Revival['update']>): void {
    if (!this.#stopping.signal.aborted) this.#work = this.#replace(prepare, deployment);
  }

  /** What another process had brought about does not fail for trouble of the host: it is tried again, and told once. */
  async #persist<T>(attempt: () => Promise<T>): Promise<T> {
    for (let isTold = false; ; isTold = true) {
      try {
        return await attempt();
      } catch (error) {
        const { error: behind } = failureOf(error);
        if (this.#stopping.signal.aborted || !isError(behind) || behind.blame !== 'host') throw error;
        if (!isTold) this.#tell({ what: 'trouble', message: reasonOf(behind) });
      }
      await sleep(betweenAttempts, undefined, { signal: this.#stopping.signal });
    }
  }

  async #prepared(prepare: Preparation, signal: AbortSignal): Promise<Generation> {
    const generation = this.#generationOf(await prepare(signal));
    if (signal.aborted) await generation.stop();
    signal.throwIfAborted();
    return generation;
  }

  #generationOf(plan: EndpointPlan): Generation {
    const { onEvent, ...rest } = this.#options;
    return new Generation(this.#engine, plan, {
      ...rest,
      onEvent: (source, event) => onEvent({ event: 'instance', endpoint: this.name, ...source, ...event }),
    });
  }

  #begin(): void {
    if ((this.status !== 'InService' && this.status !== 'UpdateRollbackFailed') || this.#isReviving) {
      throw fail('InvalidRequest', {
        message: endpointInProgress(this.name, this.status),
        remedy: 'Wait until it is InService.',
      });
    }
    this.#failure = undefined;
    this.#enter('Updating');
  }

  async #replace(prepare: Preparation, deployment: Deployment, haste?: Haste): Promise<void> {
    const blue = this.#live as Generation; // it serves
    using cut = eitherOf(this.#stopping.signal, haste?.overtaken);
    try {
      const green = await this.#prepared(prepare, cut.signal);
      this.#green = green;
      const { shift, ...place } = this.#place(blue, green);
      // Requests that the new instances have must not be lost, so from then on it is too late.
      const shiftForGood = (share: number): void => {
        if (haste) cut.release(haste.overtaken);
        shift(share);
      };
      await rollOut(deployment, { ...place, shift: shiftForGood, signal: cut.signal });
      this.#live = green;
      this.#green = undefined;
      this.#share = 0;
      this.#options.onTakenOver?.();
      const gone = this.#retire(blue, haste?.grace);
      if (!haste) await gone;
      this.#settle('InService');
    } catch (error) {
      if (this.#isOver) return;
      if (cut.signal.aborted)
        this.#giveUp(); // not by a stop, then by what has overtaken it
      else await this.#restore(blue, deployment, error);
    }
  }

  /** An update that is of no interest any more: what it has made goes, without being waited for. */
  #giveUp(): void {
    const green = this.#green;
    this.#green = undefined;
    if (green) void this.#leave(green, green.stop(AbortSignal.abort()));
    this.#settle('InService');
  }

  /** What has been replaced goes, with another grace than its limits' where one is given. */
  #retire(generation: Generation, grace?: Seconds): Promise<void> {
    return this.#leave(generation, generation.retire(grace));
  }

  /** Trouble with what goes is told, for the endpoint serves. */
  async #leave(generation: Generation, gone: Promise<void>): Promise<void> {
    this.#leaving.add(generation);
    try {
      await gone;
    } catch (error) {
      this.#tell({ what: 'trouble', message: reasonOf(error) });
    } finally {
      this.#leaving.delete(generation);
    }
  }

  async #restore(blue: Generation, deployment: Deployment, error: unknown): Promise<void> {
    this.#failure = failureOf(error);
    const green = this.#green;
    if (!green) return this.#settle('InService'); // nothing was begun
    this.#tell({ what: 'rolling-back', why: this.#failure.reason });
    this.#settle('RollingBack');
    let status: EndpointStatus = 'InService';
    try {
      await rollBack(deployment, this.#place(blue, green));
    } catch (second) {
      if (this.#isOver) return; // whoever wanted that ends both
      this.#failure = failureOf(second);
      status = 'UpdateRollbackFailed';
    }
    this.#green = undefined;
    await this.#retire(green);
    this.#settle(status);
  }

  #place(blue: Generation, green: Generation) {
    const { alarms, pace, time } = this.#options;
    const shift = (share: number): void => {
      this.#share = share;
    };
    return { blue, green, shift, alarms, pace, time, signal: this.#stopping.signal, onStep: (step: DeploymentStep) => this.#tell(step) };
  }

  async #change(changes: readonly VariantChange[]): Promise<void> {
    const fleets = this.#live?.fleets ?? [];
    try {
      const scaled = changes.map(async ({ variant, weight, instanceCount }) => {
        const fleet = fleets.find(({ name }) => name === variant);
        if (weight !== undefined && fleet) fleet.weight = weight;
        if (instanceCount === undefined || !fleet) return;
        const before = fleet.desired;
        fleet.desired = instanceCount; // whoever goes on with it brings this about
        try {
          await fleet.scale(instanceCount);
        } catch (error) {
          fleet.desired = before;
          throw error;
        }
        await fleet.gone();
      });
      await allThenThrow(scaled);
    } catch (error) {
      this.#failure = failureOf(error);
    }
    this.#settle('InService');
  }

  /** Unless it was stopped meanwhile. */
  #settle(status: EndpointStatus): void {
    if (!this.#isOver) this.#enter(status);
  }

  #enter(status: EndpointStatus): void {
    this.#state = advanceEndpoint(this.#state, status);
    this.#phase = phaseOf(status);
    this.#announce();
  }

  #announce(): void {
    const failureReason = this.#failure?.reason;
    const told = { event: 'status', endpoint: this.name, status: this.status } as const;
    this.#options.onEvent(failureReason === undefined ? told : { ...told, failureReason });
  }

  #tell(step: DeploymentStep): void {
    if (step.what === 'shifted') this.#phase = 'ActivatingTraffic';
    if (step.what === 'baking') this.#phase = 'Baking';
    this.#options.onEvent({ event: 'deployment', endpoint: this.name, ...step });
  }
}

/** Milliseconds until what the host did not allow is tried again. */
const betweenAttempts = 2000;
