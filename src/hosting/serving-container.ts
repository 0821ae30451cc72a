import type { ContainerSpec, Engine, Exit, Output, Seconds, StartedContainer } from '../engine/engine.ts';
import { fail } from '../errors.ts';
import type { Address } from './ping.ts';

/** A started container that should serve soon. Whoever holds it ends it. */
export interface ServingContainer {
  readonly id: string;
  /** Undefined when it ended before it could be asked. */
  readonly address: Address | undefined;
  /** Settles when it has ended. */
  readonly exited: Promise<Exit>;
  /** SIGTERM, SIGKILL after `grace` or as soon as `hard` aborts; its last output; then it is removed. */
  end(grace: Seconds, hard: AbortSignal): Promise<void>;
}

/**
 * Creates, attaches, starts, finds the address. When `signal` aborts meanwhile, or any step fails, no container is left and this throws.
 * Errors: NotStartable, and whatever the engine has.
 */
export async function startServing(
  engine: Engine,
  spec: ContainerSpec,
  port: number,
  onOutput: (output: Output) => void,
  signal: AbortSignal,
): Promise<ServingContainer> {
  const { isNative } = await engine.describe();
  signal.throwIfAborted();
  const created = await engine.containers.create(isNative ? spec : { ...spec, publish: [port] });
  try {
    signal.throwIfAborted();
    const attachment = await created.attach(onOutput); // before the start, so that no line is lost
    signal.throwIfAborted();
    const started = await created.start();
    const exited = started.exited;
    exited.catch(() => {}); // whoever waits for it hears of it; nobody may be waiting yet
    const reached = await addressOf(engine, started, port, isNative);
    return {
      id: started.id,
      address: reached,
      exited,
      async end(grace, hard) {
        try {
          if (hard.aborted) return;
          await stop(started, grace, hard);
          await attachment.ended;
        } finally {
          reached?.close();
          await started.remove();
        }
      },
    };
  } catch (error) {
    await created.remove();
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

async function stop(container: StartedContainer, grace: Seconds, hard: AbortSignal): Promise<void> {
  const kill = (): void => void container.kill('SIGKILL').catch(() => {}); // it may have ended; removal follows in any case
  hard.addEventListener('abort', kill, { once: true });
  try {
    await container.stop(grace);
  } finally {
    hard.removeEventListener('abort', kill);
  }
}
