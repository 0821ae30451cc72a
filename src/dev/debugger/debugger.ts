import { join } from 'node:path';
import type { ContainerSpec, Engine } from '../../engine/engine.ts';
import { Scope } from '../../scope.ts';
import { PausableTime } from '../../timekeeper.ts';
import { debuggers } from './announcements.ts';
import { debuggedEngine } from './debugged-engine.ts';
import { DebuggedProgram, type DebuggerEvent } from './debugged-program.ts';
import { DebuggerPort } from './debugger-port.ts';
import { hookVariables, writeHooks } from './hooks.ts';
import { Seats } from './seats.ts';

export interface DebuggerOptions {
  /** Port of this machine for the first container, whichever debugger it has; the debugger's own by default. */
  readonly port?: number | undefined;
  /** Programs wait until somebody has attached. */
  readonly waits: boolean;
  /** An empty directory, which stays until all containers have gone. */
  readonly directory: () => Promise<string>;
  readonly onEvent: (event: DebuggerEvent) => void;
}

/**
 * Debuggers in the containers of jobs and endpoints, and the way to them: what runs on `engine` has one where its program is Python with debugpy,
 * or Node. While somebody has attached, or is waited for, `time` is held.
 */
export class Debugger implements AsyncDisposable {
  readonly time = new PausableTime();
  readonly #options: DebuggerOptions;
  readonly #ports = new Map<number, Promise<DebuggerPort>>();
  readonly #seats = new Seats();
  #failing = new AbortController();
  #hooks: Promise<string> | undefined;

  constructor(options: DebuggerOptions) {
    this.#options = options;
  }

  /** Where a port is asked for, it is taken now, so that an editor may come first. Errors: PortTaken. */
  static async open(options: DebuggerOptions): Promise<Debugger> {
    const made = new Debugger(options);
    if (options.port !== undefined) await made.#portAt(options.port, 0);
    return made;
  }

  /** Aborts when what runs cannot be debugged as it was asked for. Reasons: DebuggerMissing, PortTaken, trouble of the engine. */
  get failed(): AbortSignal {
    return this.#failing.signal;
  }

  /** For what begins from now on: aborts when that cannot be debugged, and does not when what came before it cannot. Reasons: as `failed`. */
  anew(): AbortSignal {
    this.#failing = new AbortController();
    return this.#failing.signal;
  }

  /** The engine with debuggers in what runs on it. */
  on(engine: Engine): Engine {
    return debuggedEngine(engine, {
      prepare: async (spec) => await this.#prepared(engine, spec),
      program: (spec) => this.#program(engine, spec),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const scope = new Scope();
    for (const port of this.#ports.values()) scope.defer(async () => await (await port.catch(() => undefined))?.[Symbol.asyncDispose]());
    await scope[Symbol.asyncDispose]();
  }

  async #prepared(engine: Engine, spec: ContainerSpec): Promise<ContainerSpec> {
    this.#hooks ??= this.#writeHooks();
    const [hooks, image, { isNative }] = await Promise.all([this.#hooks, engine.images.inspect(spec.image), engine.describe()]);
    const { waits } = this.#options;
    return {
      ...spec,
      environment: { ...spec.environment, ...hookVariables(image?.environment ?? {}, spec.environment, { waits }) },
      patches: [...(spec.patches ?? []), hooks],
      ...(!isNative && { publish: [...(spec.publish ?? []), ...Object.values(debuggers).map(({ port }) => port)] }),
    };
  }

  async #writeHooks(): Promise<string> {
    const path = join(await this.#options.directory(), 'debugger.tar');
    await writeHooks(path);
    return path;
  }

  #program(engine: Engine, spec: ContainerSpec): DebuggedProgram {
    const { waits, onEvent } = this.#options;
    const failing = this.#failing;
    const {
      'sm-local.name': name = '',
      'sm-local.variant': variant,
      'sm-local.generation': generation,
      'sm-local.host': host = '',
    } = spec.labels;
    const fleet = `${name}/${variant ?? host}`;
    let seat: ReturnType<Seats['take']> | undefined;
    return new DebuggedProgram(spec, {
      ...{ engine, time: this.time, waits, onEvent },
      port: (kind) => {
        seat ??= this.#seats.take({ fleet, generation: generation ?? '' }, numberOf(host));
        return this.#portAt(this.#options.port ?? debuggers[kind].port, seat.number);
      },
      onTrouble: (error) => failing.abort(error),
      onEnded: () => seat?.[Symbol.dispose](),
    });
  }

  #portAt(first: number, seat: number): Promise<DebuggerPort> {
    const number = first + seat;
    const port = this.#ports.get(number) ?? DebuggerPort.listen(first === 0 ? 0 : number);
    this.#ports.set(number, port);
    port.catch(() => this.#ports.delete(number)); // it may be free the next time
    return port;
  }
}

/** The hosts of a job have their ports in the order of their names: `algo-2` is 1. */
const numberOf = (host: string): number => Number(/^algo-(\d+)$/.exec(host)?.[1] ?? 1) - 1;
