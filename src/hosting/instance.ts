import { setTimeout as sleep } from 'node:timers/promises';
import type { MetricsScrape } from '../contract/container-metrics.ts';
import type { Limits } from '../contract/limits.ts';
import type { ContainerSpec, Engine, Exit, Seconds } from '../engine/engine.ts';
import { isAnyError, isError, reasonOf } from '../errors.ts';
import { machineTime, type Timekeeper } from '../timekeeper.ts';
import { Crashes } from './crashes.ts';
import type { MetricFamily } from './exposition.ts';
import { type CutCause, firstCut } from './first-cut.ts';
import { type Address, isHealthy, ping, untilHealthy, untilUnhealthy } from './ping.ts';
import type { ContainerUsage } from './running-variant.ts';
import { Scraper } from './scraper.ts';
import { type InstanceLog, rejoinServing, type ServingContainer, startServing } from './serving-container.ts';
import { every, type Ticker } from './ticker.ts';
import { Upstream } from './upstream.ts';

/** One serving container of an endpoint, as worked out before anything is created. */
export interface InstancePlan extends InstanceTemplate {
  /** `i-…`, as in the names of log streams. */
  readonly id: string;
}

/** What the instances of a variant have in common. */
export interface InstanceTemplate {
  readonly container: ContainerSpec;
  readonly port: number;
  /** How its container is asked for metrics of its own, if it is. */
  readonly metrics?: MetricsScrape | undefined;
}

/** The plan of one of them. */
export const instanceOf = ({ container, ...rest }: InstanceTemplate, id: string): InstancePlan => ({
  ...{ id, ...rest },
  container: { ...container, labels: { ...container.labels, 'sm-local.host': id } },
});

/**
 * Where an instance begins that is not launched as new ones are: with a container of another process, or where one has died. A replacement is
 * tried until it answers; a launch is given up.
 */
export type Beginning = 'replacement' | { readonly container: string; readonly otherwise: 'launch' | 'replacement' };

export interface InstanceOptions {
  readonly limits: Limits;
  /** Exits in a row with the same code after which a launch is given up. */
  readonly startAttempts: number;
  /** Seconds for which an engine that went away is waited for. */
  readonly patience: Seconds;
  readonly log: InstanceLog;
  /** A launch by default. */
  readonly begin?: Beginning | undefined;
  /** Ticks every so many seconds; the machine's clock by default. */
  readonly ticker?: ((seconds: Seconds) => Ticker) | undefined;
  /** By which its limits are measured; the machine's by default. */
  readonly time?: Timekeeper | undefined;
  readonly onEvent: (event: InstanceEvent) => void;
}

export type InstanceEvent =
  | { readonly what: 'started'; readonly container: string }
  /** It was started by another process. */
  | { readonly what: 'rejoined'; readonly container: string }
  /** `after`: seconds from the start of the container to its first healthy answer. */
  | { readonly what: 'ready'; readonly after: Seconds }
  /** Sent SIGKILL as a fault on demand. */
  | { readonly what: 'killed' }
  | { readonly what: 'exited'; readonly exit: Exit }
  | { readonly what: 'unhealthy'; readonly why: string }
  | { readonly what: 'restarting'; readonly pause: Seconds }
  /** Where sm-local ends sooner than the cloud would. */
  | { readonly what: 'gave-up'; readonly exits: number; readonly message: string }
  /** The engine failed while a container was being replaced, which is tried again; or what does not keep the instance from serving. */
  | { readonly what: 'trouble'; readonly message: string };

/**
 * How the first launch went. `NotHealthy` is the image's failure, with how its program ended when it did so by itself; the error of `NotStarted`
 * tells whose.
 */
export type Launch =
  | { readonly outcome: 'Ready' | 'Stopped' }
  | { readonly outcome: 'NotHealthy'; readonly exit?: Exit }
  | { readonly outcome: 'NotStarted'; readonly error: Error };

/**
 * Keeps one container serving: starts it, pings it, restarts one that crashes inside the start-up window, replaces one that dies or falls
 * ill later, and ends it. Whatever it creates it removes, on every path.
 */
export class Instance {
  readonly id: string;
  /** Settles once: with the first healthy answer, or when there will be none. */
  readonly launched: Promise<Launch>;
  readonly #engine: Engine;
  readonly #plan: InstancePlan;
  readonly #options: InstanceOptions;
  readonly #time: Timekeeper;
  readonly #stopping = new AbortController();
  readonly #hard = new AbortController();
  readonly #life: Promise<void>;
  #settle: (launch: Launch) => void = () => {};
  readonly #scraper: Scraper | undefined;
  #upstream: Upstream | undefined;
  /** The one in rotation, or on its way out of it. */
  #container: ServingContainer | undefined;
  #isRetired = false;
  /** Its container goes on, for another process. */
  #isLeft = false;
  /** The way that is being asked whether it is sound. */
  #doubted: Upstream | undefined;

  constructor(engine: Engine, plan: InstancePlan, options: InstanceOptions) {
    this.id = plan.id;
    this.#engine = engine;
    this.#plan = plan;
    this.#options = options;
    this.#time = options.time ?? machineTime;
    this.#scraper = scraperOf(plan, options);
    this.launched = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#life = this.#live();
    this.#life.catch(() => {}); // stop() hands it to whoever ends the instance
  }

  /** The way to its server; undefined while it is out of rotation. */
  get upstream(): Upstream | undefined {
    return this.#upstream;
  }

  /** What its container takes of the machine; undefined while none serves. Errors: trouble of the engine. */
  async usage(): Promise<ContainerUsage | undefined> {
    return await this.#container?.usage();
  }

  /** What its container last told of itself. */
  get metrics(): readonly MetricFamily[] | undefined {
    return this.#scraper?.latest;
  }

  /**
   * Out of rotation, SIGTERM, the grace, SIGKILL, removed. `hard` skips what is left of the grace. May be called at any moment and again.
   * Rejects when the engine could not remove the container.
   */
  stop(hard?: AbortSignal): Promise<void> {
    this.#upstream = undefined;
    if (hard?.aborted) this.#hard.abort();
    else hard?.addEventListener('abort', () => this.#hard.abort(), { once: true });
    this.#stopping.abort();
    return this.#life;
  }

  /** SIGKILL to a container in rotation, which then is what any other is that died. Never rejects: what went wrong is told. */
  async kill(): Promise<void> {
    const { onEvent } = this.#options;
    if (this.#upstream === undefined || this.#container === undefined) return;
    onEvent({ what: 'killed' });
    await this.#container.kill().catch((error) => onEvent({ what: 'trouble', message: reasonOf(error) }));
  }

  /**
   * Out of rotation; when what is under way has ended, or after `patience`, stopped; sooner with `stop`. For an instance of which there is
   * another one, so that no request is lost. `grace`: from SIGTERM to SIGKILL, in place of that of its limits where that is longer.
   */
  async retire(patience: Seconds, grace?: Seconds): Promise<void> {
    const upstream = this.#upstream;
    this.#upstream = undefined;
    this.#isRetired = true;
    await upstream?.drained(patience, this.#stopping.signal);
    await this.stop(grace === undefined ? undefined : AbortSignal.timeout(grace * 1000));
  }

  /** Lets go of it: its container goes on, for another process. One that is about to be made goes. */
  leave(): Promise<void> {
    this.#isLeft = true;
    return this.stop();
  }

  async #live(): Promise<void> {
    let ready: Ready | undefined;
    try {
      ready = await this.#begin();
      this.#settle({ outcome: ready ? 'Ready' : 'Stopped' });
    } catch (error) {
      this.#settle(
        error instanceof NotHealthy
          ? { outcome: 'NotHealthy', ...(error.exit && { exit: error.exit }) }
          : { outcome: 'NotStarted', error: asError(error) },
      );
      if (this.#stopping.signal.aborted) throw error; // then it was the removal that failed
    }
    for (; ready; ready = this.#isRetired ? undefined : await this.#replace()) await this.#serveOrTell(ready);
  }

  async #begin(): Promise<Ready | undefined> {
    const { begin, startAttempts } = this.#options;
    if (begin === 'replacement') return await this.#replace();
    const rejoined = begin && (await this.#rejoin(begin.container));
    return rejoined ?? (await (begin?.otherwise === 'replacement' ? this.#replace() : this.#launch(startAttempts)));
  }

  /**
   * The container of another process, as soon as it answers; undefined when it does not, and is gone. An engine that is away is waited for:
   * the container goes on meanwhile, and another one beside it would be one too many.
   */
  async #rejoin(id: string): Promise<Ready | undefined> {
    const { log, limits, onEvent } = this.#options;
    for (const failures = new Crashes(); !this.#stopping.signal.aborted; await this.#pauseAfter(failures)) {
      try {
        const container = await rejoinServing(this.#engine, id, this.#plan.port, log, this.#steady());
        if (!container) break;
        onEvent({ what: 'rejoined', container: id });
        const since = performance.now();
        const ready = await this.#untilReady(container, limits.startup);
        if (typeof ready === 'object') return { ...ready, after: (performance.now() - since) / 1000 };
        await this.#end(container);
        if (ready === 'exited') await this.#exitOf(container);
        return undefined;
      } catch (error) {
        if (this.#stopping.signal.aborted) throw error;
        onEvent({ what: 'trouble', message: reasonOf(error) });
        if (!isError(error, 'EngineUnreachable')) break;
        failures.add(undefined);
      }
    }
    if (!this.#isLeft) await this.#engine.containers.remove(id); // what is left of it
    return undefined;
  }

  /** Trouble with the engine ends a container, not the instance: another one is tried. */
  async #serveOrTell(ready: Ready): Promise<void> {
    try {
      await this.#serve(ready);
    } catch (error) {
      if (this.#stopping.signal.aborted) throw error;
      this.#options.onEvent({ what: 'trouble', message: reasonOf(error) });
    }
  }

  /** A healthy container; undefined when stopped meanwhile. Errors: NotHealthy, and whatever the engine has. */
  async #launch(attempts: number): Promise<Ready | undefined> {
    const { limits } = this.#options;
    const crashes = new Crashes();
    let deadline: number | undefined; // the window opens with the first container and is not reopened by a restart
    while (!this.#stopping.signal.aborted) {
      const container = await this.#start();
      if (container === undefined) return undefined;
      const startedAt = performance.now();
      deadline ??= this.#time.now() + limits.startup * 1000;
      const ready = await this.#untilReady(container, (deadline - this.#time.now()) / 1000);
      if (typeof ready === 'object') return { ...ready, after: (performance.now() - startedAt) / 1000 };
      await this.#end(container);
      if (ready === 'stopped') return undefined;
      if (ready === 'late') throw new NotHealthy();
      const exit = await this.#exitOf(container);
      if (crashes.add(exit) >= attempts) throw this.#giveUp(crashes, exit);
      await this.#pauseAfter(crashes);
      if (this.#time.now() > deadline) throw new NotHealthy(exit);
    }
    return undefined;
  }

  async #start(): Promise<ServingContainer | undefined> {
    const { container, port } = this.#plan;
    try {
      const { log, onEvent } = this.#options;
      const started = await startServing(this.#engine, container, port, log, this.#steady(), this.#stopping.signal);
      onEvent({ what: 'started', container: started.id });
      return started;
    } catch (error) {
      if (error === this.#stopping.signal.reason) return undefined;
      throw error;
    }
  }

  #steady() {
    const { patience, onEvent } = this.#options;
    const onEngine = (event: 'away' | 'back'): void => onEvent({ what: 'trouble', message: `The container engine ${engineNews[event]}.` });
    return { patience, onEngine };
  }

  async #end(container: ServingContainer): Promise<void> {
    if (this.#isLeft) container.leave();
    else await container.end(this.#options.limits['stop-grace'], this.#hard.signal);
  }

  async #untilReady(container: ServingContainer, seconds: Seconds): Promise<Omit<Ready, 'after'> | CutCause> {
    using cut = firstCut(container, this.#stopping.signal, seconds, this.#time);
    const { address } = container;
    if (address === undefined) return 'exited';
    let last: string | undefined;
    const note = (why: string): void => {
      last = why;
    };
    if (await untilHealthy(address, this.#options.limits.ping, cut.signal, note, this.#time)) return { container, address };
    if (cut.cause === 'late') this.#options.onEvent({ what: 'unhealthy', why: last ?? 'no answer' });
    return cut.cause;
  }

  async #exitOf(container: ServingContainer): Promise<Exit> {
    const { code, oomKilled } = await container.exited;
    const exit = { code, oomKilled };
    this.#options.onEvent({ what: 'exited', exit });
    return exit;
  }

  #giveUp(crashes: Crashes, exit: Exit): NotHealthy {
    const { limits, onEvent } = this.#options;
    const message = `SageMaker would go on restarting it until the start-up window of ${limits.startup} s ends.`;
    onEvent({ what: 'gave-up', exits: crashes.inARow, message });
    return new NotHealthy(exit);
  }

  async #pauseAfter(crashes: Crashes): Promise<void> {
    const pause = Math.min(firstPause * 2 ** (crashes.total - 1), longestPause);
    this.#options.onEvent({ what: 'restarting', pause });
    await sleep(pause * 1000, undefined, { signal: this.#stopping.signal }).catch(() => {});
  }

  /** In rotation until it dies, falls ill or is stopped; then it is gone. */
  async #serve({ container, address, after }: Ready): Promise<void> {
    const { limits, onEvent } = this.#options;
    const doubt = (): void => void this.#doubt(upstream);
    const upstream = new Upstream(address, { instance: this.id, accept: limits.accept, onBroken: doubt, time: this.#time });
    try {
      if (this.#stopping.signal.aborted) return;
      if (!this.#isRetired) this.#upstream = upstream;
      this.#container = container;
      onEvent({ what: 'ready', after });
      using _scraped = this.#scraper?.begin(address);
      using cut = firstCut(container, this.#stopping.signal);
      const pace = { interval: limits['ping-interval'], timeout: limits.ping };
      const trust = (): void => {
        upstream.isSuspect = false;
      };
      const why = await untilUnhealthy(address, pace, cut.signal, trust, this.#time);
      this.#upstream = undefined;
      if (why !== undefined) onEvent({ what: 'unhealthy', why });
      else if (cut.cause === 'exited') await this.#exitOf(container);
    } finally {
      this.#container = undefined;
      await this.#end(container);
      await upstream.close();
    }
  }

  /** A connection failed: whether that was the program's whim or its end, a ping can tell at once. */
  async #doubt(upstream: Upstream): Promise<void> {
    if (this.#doubted === upstream) return;
    this.#doubted = upstream;
    const answer = await ping(upstream.address, this.#options.limits.ping, this.#stopping.signal, this.#time);
    if (isHealthy(answer)) upstream.isSuspect = false;
    this.#doubted = undefined;
  }

  /** Another container for one that died. An endpoint in service does not fail: it is tried until it works or the instance is stopped. */
  async #replace(): Promise<Ready | undefined> {
    for (const failures = new Crashes(); !this.#stopping.signal.aborted; ) {
      failures.add(undefined);
      await this.#pauseAfter(failures);
      try {
        return await this.#launch(Number.POSITIVE_INFINITY);
      } catch (error) {
        if (this.#stopping.signal.aborted) throw error;
        if (!(error instanceof NotHealthy)) this.#options.onEvent({ what: 'trouble', message: reasonOf(error) });
      }
    }
    return undefined;
  }
}

const scraperOf = ({ metrics }: InstancePlan, { ticker = every, onEvent }: InstanceOptions): Scraper | undefined =>
  metrics && new Scraper(metrics, ticker(metrics.interval), (message) => onEvent({ what: 'trouble', message }));

const engineNews = { away: 'has gone away; what runs goes on', back: 'is back' } as const;

/** Seconds before a crashed container is restarted, doubled each time. Ours: the cloud's are not published. */
const firstPause = 0.2;
const longestPause = 5;

interface Ready {
  readonly container: ServingContainer;
  readonly address: Address;
  readonly after: Seconds;
}

class NotHealthy extends Error {
  /** Of the program that ended by itself. */
  readonly exit: Exit | undefined;

  constructor(exit?: Exit) {
    super();
    this.exit = exit;
  }
}

const asError = (error: unknown): Error => (isAnyError(error) ? error : new Error(String(error)));
