import type { ContainerSpec, Engine, Seconds, StartedContainer } from '../engine/engine.ts';
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
    const started = await created.start();
    const startedAt = performance.now();
    const exited = untilEnded(engine, started, attachment, log, steady);
    exited.catch(() => {}); // whoever waits for it hears of it; nobody may be waiting yet
    const reached = await addressOf(engine, started, port, isNative);
    return {
      id: started.id,
      address: reached,
      exited,
      async usage() {
        const usage = await started.usage();
        return usage && { ...usage, uptime: (performance.now() - startedAt) / 1000 };
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
    };
  } catch (error) {
    await removeSteadily(engine, created, steady);
    throw error;
  }
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
