import { setTimeout as sleep } from 'node:timers/promises';
import { fail, isError } from '../errors.ts';
import type { Attachment, Container, ContainerSpec, CreatedContainer, Engine, Exit, Output, Seconds, StartedContainer } from './engine.ts';

/** Where a container's output is kept, so that none of it is kept twice. */
export interface OutputLog {
  append(stream: Output['stream'], bytes: Buffer, time?: number): void;
  /** The output of this container comes once more from its first byte: what is kept already is dropped. */
  resume(container: string): Promise<void>;
}

export interface Ending extends Exit {
  /** The engine ended it by going away itself, so its code says nothing of the program. */
  readonly isLost: boolean;
}

export interface SteadyOptions {
  /** How long an engine that went away is waited for. */
  readonly patience: Seconds;
  /** Told when the engine has gone, and when it is back. */
  readonly onEngine?: (event: 'away' | 'back') => void;
  /** Aborts the waiting; its reason is thrown. The container goes on. */
  readonly signal?: AbortSignal;
}

/**
 * Takes the output of a started container and waits for its end, also across restarts of the engine and for a container of another process.
 * `attachment`: one that has taken all output from the first byte; without it the output is read from the engine's own log.
 * Errors: EngineUnreachable when the engine does not come back in time; ContainerGone.
 */
export async function untilEnded(
  engine: Engine,
  container: StartedContainer,
  attachment: Attachment | undefined,
  log: OutputLog,
  options: SteadyOptions,
): Promise<Ending> {
  const { signal } = options;
  try {
    const output = attachment ?? (await replay(container, log, true));
    signal?.addEventListener('abort', output.close, { once: true });
    try {
      const exit = await orAborted(container.exited, signal);
      await output.ended;
      if (!attachment) await complete(container, log);
      return { ...exit, isLost: false };
    } finally {
      signal?.removeEventListener('abort', output.close);
    }
  } catch (error) {
    if (!isError(error, 'EngineUnreachable') && !isCutOff(error)) throw error;
  }
  options.onEngine?.('away');
  await untilBack(engine, options);
  options.onEngine?.('back');
  const again = await engine.containers.open(container.id);
  if (!again) throw fail('ContainerGone', { id: container.id });
  const hadEnded = !(await again.inspect()).running;
  const { keepsContainers } = await engine.describe();
  const ending = await untilEnded(engine, again, undefined, log, options);
  return { ...ending, isLost: ending.isLost || (hadEnded && !keepsContainers) };
}

export interface EndOptions extends Pick<SteadyOptions, 'patience' | 'signal'> {
  /** From SIGTERM to SIGKILL. */
  readonly grace: Seconds;
  /** Cuts the grace short. */
  readonly hard: AbortSignal;
}

/** SIGTERM, then SIGKILL after the grace or as soon as `hard` aborts; how it ended. `ended`: what `untilEnded` returned for it. */
export async function endContainer(
  engine: Engine,
  container: StartedContainer,
  ended: Promise<Ending>,
  { grace, hard, ...options }: EndOptions,
): Promise<Ending> {
  await send(engine, container, 'SIGTERM', options);
  const waiting = new AbortController();
  const cut = (): void => waiting.abort();
  if (hard.aborted) cut();
  else hard.addEventListener('abort', cut, { once: true });
  try {
    const over = sleep(Math.min(grace * 1000, longestTimer), undefined, { signal: waiting.signal }).catch(() => undefined);
    const ending = await Promise.race([ended, over]);
    if (ending) return ending;
    await send(engine, container, 'SIGKILL', options);
    return await ended;
  } finally {
    hard.removeEventListener('abort', cut);
    cut();
  }
}

async function send(engine: Engine, container: StartedContainer, signal: string, options: Pick<SteadyOptions, 'patience' | 'signal'>) {
  try {
    await container.kill(signal);
  } catch (error) {
    if (!isError(error, 'EngineUnreachable')) throw error;
    await untilBack(engine, options);
    await container.kill(signal);
  }
}

/**
 * Makes a container whose labels no other has. One that the engine has made and could not tell of, because it went away, is removed as soon as
 * it is back; EngineUnreachable is thrown all the same.
 */
export async function createSteadily(
  engine: Engine,
  spec: ContainerSpec,
  options: Pick<SteadyOptions, 'patience' | 'signal'>,
): Promise<CreatedContainer> {
  try {
    return await engine.containers.create(spec);
  } catch (error) {
    if (isError(error, 'EngineUnreachable')) {
      await untilBack(engine, options);
      for (const { id, state } of await engine.containers.list(spec.labels)) if (state === 'created') await engine.containers.remove(id);
    }
    throw error;
  }
}

/** Removes a container that has ended; when the engine has gone away meanwhile, as soon as it is back. */
export async function removeSteadily(engine: Engine, container: Container, options: Pick<SteadyOptions, 'patience' | 'signal'>) {
  try {
    await container.remove();
  } catch (error) {
    if (!isError(error, 'EngineUnreachable')) throw error;
    await untilBack(engine, options);
    await container.remove();
  }
}

/** Milliseconds that a timer of Node can count. */
const longestTimer = 2 ** 31 - 1;

/** All that the engine has of the container's output, and with `follow` what comes. */
async function replay(container: StartedContainer, log: OutputLog, follow: boolean): Promise<Attachment> {
  await log.resume(container.id);
  return await container.logs(({ stream, bytes, time }) => log.append(stream, bytes, time), { follow });
}

/** A log that is followed may miss its last lines when the container ends; read once more, it has them. */
const complete = async (container: StartedContainer, log: OutputLog): Promise<void> => (await replay(container, log, false)).ended;

/** Resolves when the engine answers. Errors: EngineUnreachable, when it does not in time; the signal's reason. */
export async function untilBack(engine: Engine, { patience, signal }: Pick<SteadyOptions, 'patience' | 'signal'>): Promise<void> {
  const deadline = performance.now() + patience * 1000;
  for (let pause = firstPause; ; pause = Math.min(pause * 2, longestPause)) {
    try {
      return await engine.ping();
    } catch (error) {
      signal?.throwIfAborted();
      if (performance.now() > deadline) throw error;
    }
    await sleep(pause, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
}

/** Milliseconds between questions to an engine that is away. */
const firstPause = 50;
const longestPause = 1000;

/** What a stream of output says when its connection breaks; the container's own end does not do that. */
const isCutOff = (error: unknown): boolean => ['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'].includes(codeOf(error));

const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException | undefined)?.code ?? '');

/** What `promise` gives, or the signal's reason as soon as it aborts; what the promise stands for then goes on unseen. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return await promise;
  promise.catch(() => {}); // nobody waits for it any more when the signal has aborted
  signal.throwIfAborted();
  let abort = (): void => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
