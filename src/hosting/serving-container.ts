import type { Attachment, ContainerSpec, Engine, Seconds, StartedContainer } from '../engine/engine.ts';
import {
  createSteadily,
  type Ending,
  endContainer,
  type OutputLog,
  removeSteadily,
  type SteadyOptions,
  untilEnded,
} from '../engine/steady.ts';
import { fail, isError } from '../errors.ts';
import type { Address } from './ping.ts';
import type { ContainerUsage } from './running-variant.ts';

/** A started container that should serve soon. Whoever holds it ends it. */
export interface ServingContainer {
  readonly id: string;
  /** Undefined when it ended before it could be asked. */
  readonly address: Address | undefined;
  /** Settles when it has ended. Errors: EngineUnreachable, when the engine goes away for good; ContainerGone. */
  readonly exited: Promise<Ending>;
  /** What it takes of the machine; undefined when it does not run. Errors: trouble of the engine. */
  usage(): Promise<ContainerUsage | undefined>;
  /** SIGKILL. Errors: whatever the engine has. */
  kill(): Promise<void>;
  /** SIGTERM, SIGKILL after `grace` or as soon as `hard` aborts; its last output; then it is removed. */
  end(grace: Seconds, hard: AbortSignal): Promise<void>;
  /** Lets go of it: it goes on, for another process. */
  leave(): void;
}

/** Where the output of an instance's containers goes, one after the other. */
export interface InstanceLog extends OutputLog {
  /** What is appended from now on comes from this container. */
  begin(container: string): void;
}

/**
 * Creates, attaches, starts, finds the address. When `signal` aborts meanwhile, or any step fails, no container is left and this throws.
 * Errors: NotStartable, and whatever the engine has.
 */
export async function startServing(
  engine: Engine,
  spec: ContainerSpec,
  port: number,
  log: InstanceLog,
  steady: Omit<SteadyOptions, 'signal'>,
  signal: AbortSignal,
): Promise<ServingContainer> {
  const { isNative } = await engine.describe();
  signal.throwIfAborted();
  const wanted = isNative ? spec : { ...spec, publish: [port] };
  const created = await createSteadily(engine, wanted, { ...steady, signal });
  try {
    signal.throwIfAborted();
    log.begin(created.id);
    // Before the start, so that no line is lost.
    const attachment = await created.attach(({ stream, bytes }) => log.append(stream, bytes));
    signal.throwIfAborted();
    return await watched(engine, await created.start(), attachment, { port, log, steady, isNative });
  } catch (error) {
    await removeSteadily(engine, created, steady);
    throw error;
  }
}

/**
 * Goes on with a container that another process has started; undefined when it does not run any more. All of its output is in the log once,
 * also what came meanwhile. Errors: whatever the engine has.
 */
export async function rejoinServing(
  engine: Engine,
  id: string,
  port: number,
  log: InstanceLog,
  steady: Omit<SteadyOptions, 'signal'>,
): Promise<ServingContainer | undefined> {
  const { isNative } = await engine.describe();
  const started = await engine.containers.open(id);
  if (!started || !(await started.inspect()).running) return undefined;
  return await watched(engine, started, undefined, { port, log, steady, isNative });
}

interface Watching {
  readonly port: number;
  readonly log: InstanceLog;
  readonly steady: Omit<SteadyOptions, 'signal'>;
  readonly isNative: boolean;
}

/** `attachment`: absent for a container of another process. */
async function watched(
  engine: Engine,
  started: StartedContainer,
  attachment: Attachment | undefined,
  { port, log, steady, isNative }: Watching,
): Promise<ServingContainer> {
  const watchedSince = performance.now();
  const left = new AbortController();
  const exited = untilEnded(engine, started, attachment, log, { ...steady, signal: left.signal });
  exited.catch(() => {}); // whoever waits for it hears of it; nobody may be waiting yet
  const reached = await addressOf(engine, started, port, isNative);
  return {
    id: started.id,
    address: reached,
    exited,
    async usage() {
      const usage = await started.usage();
      return usage && { ...usage, uptime: (performance.now() - watchedSince) / 1000 };
    },
    kill: () => started.kill('SIGKILL'),
    async end(grace, hard) {
      try {
        if (!hard.aborted) await endContainer(engine, started, exited, { ...steady, grace, hard });
      } catch (error) {
        if (!isError(error, 'ContainerGone')) throw error; // then it has ended
      } finally {
        reached?.close();
        await removeSteadily(engine, started, steady);
      }
    },
    leave() {
      left.abort();
      reached?.close();
    },
  };
}

/** The container's own address where it can be reached from here: the published port is relayed by a process that doubles latency. */
async function addressOf(
  engine: Engine,
  container: StartedContainer,
  port: number,
  isNative: boolean,
): Promise<(Address & { close(): void }) | undefined> {
  const { running, address, ports } = await container.inspect();
  if (!running) return undefined;
  const published = ports.get(port);
  if (isNative && address) return { host: address, port, close() {} };
  if (published !== undefined) return await engine.reach(published);
  throw fail('EngineFailed', { action: `give the container an address for port ${port}`, message: 'it reports none' });
}
