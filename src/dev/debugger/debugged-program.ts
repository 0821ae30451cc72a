import type { ContainerSpec, Engine, Output, Reached, StartedContainer } from '../../engine/engine.ts';
import { fail } from '../../errors.ts';
import type { PausableTime } from '../../timekeeper.ts';
import { Announcements, type DebuggerKind, debuggers } from './announcements.ts';
import type { DebuggerPort } from './debugger-port.ts';

/** What is told of the debugger in one container; `of`: its host or instance. */
export type DebuggerEvent = { readonly event: 'debugger'; readonly of: string } & (
  | {
      readonly what: 'listening';
      readonly kind: DebuggerKind;
      /** Where to attach: `127.0.0.1:5678`. */
      readonly address: string;
      /** The program goes on when somebody has attached. */
      readonly isWaiting: boolean;
    }
  /** `limits`: whether time limits hold now. */
  | { readonly what: 'attached' | 'detached'; readonly limits: 'lifted' | 'hold' }
  /** None has come; `after`: seconds from the start, where the program has not ended. */
  | { readonly what: 'absent'; readonly after?: number }
);

export interface ProgramOptions {
  readonly engine: Engine;
  readonly time: PausableTime;
  readonly waits: boolean;
  /** The port of this machine for a debugger. Errors: PortTaken. */
  readonly port: (kind: DebuggerKind) => Promise<DebuggerPort>;
  readonly onEvent: (event: DebuggerEvent) => void;
  /** The image lacks a debugger (DebuggerMissing), or it cannot be reached. */
  readonly onTrouble: (error: unknown) => void;
  /** Called when its container has ended. */
  readonly onEnded: () => void;
}

/** The program of one container, from its first line to its end: where its debugger is, and who has attached. */
export class DebuggedProgram {
  readonly #of: string;
  readonly #options: ProgramOptions;
  readonly #announcements = { stdout: new Announcements(), stderr: new Announcements() };
  readonly #started: Promise<StartedContainer>;
  #start: (container: StartedContainer) => void = () => {};
  readonly #led = new Map<DebuggerKind, Disposable>();
  #attached = 0;
  #waiting: Disposable | undefined;
  #isOver = false;
  /** It has been said why there is none. */
  #isMissing = false;
  #absence: NodeJS.Timeout | undefined;

  constructor(spec: ContainerSpec, options: ProgramOptions) {
    this.#of = spec.labels['sm-local.host'] ?? '';
    this.#options = options;
    this.#started = new Promise((resolve) => {
      this.#start = resolve;
    });
  }

  started(container: StartedContainer): void {
    this.#start(container);
    this.#absence = setTimeout(() => this.#tellAbsent(patience), patience * 1000).unref();
    const ended = (): void => this.#end();
    container.exited.then(ended, ended);
  }

  output({ stream, bytes }: Output): void {
    for (const said of this.#announcements[stream].in(bytes)) {
      if (this.#isOver) return;
      if (said.what === 'listening') this.#lead(said.kind).catch((error) => this.#isOver || this.#options.onTrouble(error));
      else if (this.#led.size === 0) this.#tellMissing(said.why);
    }
  }

  async #lead(kind: DebuggerKind): Promise<void> {
    const { time, waits, onEvent } = this.#options;
    clearTimeout(this.#absence);
    if (waits) this.#waiting ??= time.hold();
    const reached = await this.#reach(debuggers[kind].port);
    if (!reached || this.#isOver) return reached?.close();
    const port = await this.#options.port(kind);
    if (this.#isOver) return reached.close();
    this.#led.get(kind)?.[Symbol.dispose](); // of a program that ran in it before
    const led = port.lead({ host: reached.host, port: reached.port, attached: () => this.#attach() });
    this.#led.set(kind, {
      [Symbol.dispose]() {
        led[Symbol.dispose]();
        reached.close();
      },
    });
    onEvent({ event: 'debugger', of: this.#of, what: 'listening', kind, address: port.address, isWaiting: waits });
  }

  /** The container's own address where this machine reaches it; undefined when it has ended. */
  async #reach(port: number): Promise<Reached | undefined> {
    const { engine } = this.#options;
    const [{ isNative }, { running, address, ports }] = [await engine.describe(), await (await this.#started).inspect()];
    if (!running) return undefined;
    if (isNative && address) return { host: address, port, close() {} };
    const published = ports.get(port);
    return published === undefined ? undefined : await engine.reach(published);
  }

  /** An editor may have several connections, one for each process that is debugged. */
  #attach(): Disposable {
    const { time, onEvent } = this.#options;
    const held = time.hold();
    this.#attached += 1;
    this.#letGo();
    if (this.#attached === 1) onEvent({ event: 'debugger', of: this.#of, what: 'attached', limits: 'lifted' });
    return {
      [Symbol.dispose]: () => {
        held[Symbol.dispose]();
        this.#attached -= 1;
        if (this.#attached === 0) onEvent({ event: 'debugger', of: this.#of, what: 'detached', limits: time.isHeld ? 'lifted' : 'hold' });
      },
    };
  }

  #letGo(): void {
    this.#waiting?.[Symbol.dispose]();
    this.#waiting = undefined;
  }

  #end(): void {
    if (this.#led.size === 0 && !this.#isMissing) this.#tellAbsent();
    this.#isOver = true;
    clearTimeout(this.#absence);
    this.#letGo();
    for (const led of this.#led.values()) led[Symbol.dispose]();
    this.#options.onEnded();
  }

  #tellMissing(why: string): void {
    this.#isMissing = true;
    clearTimeout(this.#absence);
    this.#options.onTrouble(fail('DebuggerMissing', { of: this.#of, why }));
  }

  #tellAbsent(after?: number): void {
    if (!this.#isOver) this.#options.onEvent({ event: 'debugger', of: this.#of, what: 'absent', ...(after !== undefined && { after }) });
  }
}

/** Seconds after which it is said that no debugger has come. */
const patience = 10;
