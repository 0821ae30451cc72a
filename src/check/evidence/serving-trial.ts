import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Exit, Seconds, StartedContainer, Usage } from '../../engine/engine.ts';
import { isError } from '../../errors.ts';
import type { Address } from '../../hosting/ping.ts';
import { rejoinServing, type ServingContainer, startServing } from '../../hosting/serving-container.ts';
import type { Examination } from '../examination.ts';
import { type Call, call, connect, type Reply } from './http-call.ts';
import { LastLines } from './last-lines.ts';
import type { ServingPlan } from './serving-plans.ts';
import { type StartUp, untilUp } from './start-up.ts';

/** One container that serves, or should, talked to at its own address. Disposing it removes it. */
export class ServingTrial implements AsyncDisposable {
  readonly plan: ServingPlan;
  /** Invocations that it has taken. */
  accepted = 0;
  readonly #examination: Examination;
  readonly #log = new LastLines();
  #startUp: StartUp = { state: 'silent', after: 0, listeners: undefined };
  #serving: ServingContainer | undefined;
  #ended: Exit | undefined;
  #gone = new AbortController();
  #released: Promise<void> | undefined;

  private constructor(examination: Examination, plan: ServingPlan) {
    this.#examination = examination;
    this.plan = plan;
  }

  /** Starts it, and waits until it serves or never will. Errors: trouble of the engine, the signal's reason; nothing is left then. */
  static async start(examination: Examination, plan: ServingPlan): Promise<ServingTrial> {
    const trial = new ServingTrial(examination, plan);
    try {
      await trial.#start();
      return trial;
    } catch (error) {
      await trial[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** How it came up, the last time that it was started. */
  get startUp(): StartUp {
    return this.#startUp;
  }

  get isReady(): boolean {
    return this.#startUp.state === 'ready';
  }

  /** How it ended; undefined while it runs. */
  get ended(): Exit | undefined {
    return this.#ended;
  }

  /**
   * How it ended, where it does not answer any more: an engine tells of it a moment after connections are gone. Undefined while it runs. Errors: the
   * signal's reason.
   */
  async ending(): Promise<Exit | undefined> {
    const { signal } = this.#examination;
    if (this.#ended || (await this.ping()).status !== undefined) return this.#ended;
    await sleep(untilTold, undefined, { signal: AbortSignal.any([signal, this.#gone.signal]) }).catch(() => signal.throwIfAborted());
    return this.#ended;
  }

  /** Where it listens, or should. Only of one that was started. */
  get address(): Address {
    return this.#serving?.address ?? { host: '', port: this.plan.port };
  }

  /** The last lines that it has printed. */
  lastLines(count?: number): readonly string[] {
    return this.#log.last(count);
  }

  /** Whether it has printed something like that. */
  mentions(what: RegExp): boolean {
    return this.#log.mentions(what);
  }

  /** One request. Errors: the signal's reason. */
  async call(wanted: Call, signal: AbortSignal = this.#examination.signal): Promise<Reply> {
    return await call(this.address, { ...wanted, gone: this.#gone.signal }, signal);
  }

  /** GET /ping on a connection of its own. */
  async ping(timeout: Seconds = this.plan.limits.ping, signal?: AbortSignal): Promise<Reply> {
    return await this.call({ path: '/ping', timeout }, signal);
  }

  /** Seconds that a connection takes to be accepted; undefined where that took longer than `patience`. */
  async connect(patience: Seconds): Promise<Seconds | undefined> {
    return await connect(this.address, patience, this.#examination.signal);
  }

  /** What the engine knows it by, to look into it; undefined when it is gone. */
  async container(): Promise<StartedContainer | undefined> {
    return this.#serving && (await this.#examination.emulator.engine.containers.open(this.#serving.id));
  }

  /** What it takes of the machine; undefined when it does not run. Errors: trouble of the engine. */
  async usage(): Promise<Usage | undefined> {
    return await this.#serving?.usage();
  }

  /** SIGKILL, and the same container started once more. Errors: as `start`. */
  async startAgain(): Promise<StartUp> {
    const { engine, patience } = this.#examination.emulator;
    const before = this.#serving;
    if (!before) return this.#startUp;
    await before.kill();
    await before.exited;
    before.leave();
    await engine.containers.startAgain(before.id);
    this.#ended = undefined;
    const again = await rejoinServing(engine, before.id, this.plan.port, this.#log, { patience });
    if (again) this.#watch(again);
    else this.#ended = (await (await engine.containers.open(before.id))?.inspect())?.exit ?? { code: 0, oomKilled: false };
    return await this.#untilUp();
  }

  /** SIGTERM, and SIGKILL after `grace`: how it ended, and after how long. */
  async stop(grace: Seconds): Promise<{ readonly exit: Exit; readonly took: Seconds } | undefined> {
    const container = await this.container();
    if (!container) return undefined;
    const since = performance.now();
    const { signal } = this.#examination;
    const kill = (): void => void container.kill('SIGKILL').catch(() => {}); // whoever removes it hears of trouble
    signal.addEventListener('abort', kill, { once: true });
    try {
      const exit = await container.stop(grace);
      return { exit, took: (performance.now() - since) / 1000 };
    } finally {
      signal.removeEventListener('abort', kill);
    }
  }

  async #start(): Promise<void> {
    const { emulator, signal } = this.#examination;
    const { engine, patience } = emulator;
    const { container, port } = this.plan;
    try {
      this.#watch(await startServing(engine, container, port, this.#log, { patience }, signal));
    } catch (error) {
      if (!isError(error, 'NotStartable')) throw error;
      this.#startUp = { state: 'not-startable', why: error.message };
      return;
    }
    await this.#untilUp();
  }

  #watch(serving: ServingContainer): void {
    this.#serving = serving;
    const gone = new AbortController();
    setMaxListeners(0, gone.signal); // each request under way listens
    this.#gone = gone;
    const note = (exit: Exit): void => {
      if (this.#gone === gone) this.#ended = exit;
      gone.abort();
    };
    serving.exited.then(note, () => note({ code: 137, oomKilled: false })); // the engine is gone, and whoever asks it next hears why
  }

  async #untilUp(): Promise<StartUp> {
    const { emulator, signal } = this.#examination;
    const { limits, port } = this.plan;
    const serving = this.#serving;
    if (serving && !serving.address) await serving.exited;
    const starting = {
      address: serving?.address,
      container: await this.container(),
      port,
      ended: () => this.#ended,
      gone: this.#gone.signal,
      hasWorked: this.#workWatched(),
    };
    this.#startUp = await untilUp(emulator.engine, starting, limits, signal);
    return this.#startUp;
  }

  /** Says of each time since the last one whether it has printed anything of its own, or used a processor. */
  #workWatched(): () => Promise<boolean> {
    let before = { own: this.#log.own, cpuSeconds: 0, at: performance.now() };
    return async () => {
      const { cpuSeconds = before.cpuSeconds } = (await this.usage()) ?? {};
      const now = { own: this.#log.own, cpuSeconds, at: performance.now() };
      const share = (now.cpuSeconds - before.cpuSeconds) / ((now.at - before.at) / 1000);
      const hasWorked = now.own > before.own || share > idleShare;
      before = now;
      return hasWorked;
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const serving = this.#serving;
    this.#serving = undefined;
    try {
      await serving?.end(0, AbortSignal.abort());
    } finally {
      this.#released ??= this.plan.release?.() ?? Promise.resolve();
      await this.#released;
    }
  }
}

/** Milliseconds in which an engine has told that a container has ended. */
const untilTold = 2000;

/** Of a processor: answers to pings take less. */
const idleShare = 0.05;
