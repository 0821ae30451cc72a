import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fail, isError, reasonOf, type SmLocalError } from '../../errors.ts';
import { trace } from '../../trace.ts';
import type {
  Attachment,
  Container,
  ContainerSpec,
  ContainerState,
  CreatedContainer,
  EngineAddress,
  Exit,
  FileChange,
  Output,
  Seconds,
  StartedContainer,
  Usage,
} from '../engine.ts';
import { type Client, engineError, isBeingRemoved, messageOf, openStream, removing, statusOf } from './client.ts';
import { programWithoutBit } from './executable-bit.ts';
import { type ExitWatch, watchStart } from './exit-watch.ts';
import { readFrames } from './frames.ts';
import { pastEvents } from './past-events.ts';
import { startFailure } from './start-failure.ts';

/** When it returns, the volumes and networks that it had are free, also where somebody else was removing it already. */
export async function removeWholly(client: Client, id: string): Promise<void> {
  try {
    await client.getContainer(id).remove({ force: true, v: true });
  } catch (error) {
    if (!isBeingRemoved(error)) throw error;
    const signal = AbortSignal.timeout(othersRemoval);
    const query = { condition: 'removed' };
    const removed = openStream(client, { method: 'POST', path: `/containers/${id}/wait`, query, signal }).then(text);
    await removed.catch((failure: unknown) => {
      if (!signal.aborted) throw failure;
    });
  }
}

/** Milliseconds for which the removal by somebody else is waited for. */
const othersRemoval = 10_000;

abstract class AnyContainer implements Container {
  readonly id: string;
  protected readonly client: Client;
  protected readonly address: EngineAddress;

  constructor(client: Client, address: EngineAddress, id: string) {
    this.client = client;
    this.address = address;
    this.id = id;
  }

  protected get handle(): ReturnType<Client['getContainer']> {
    return this.client.getContainer(this.id);
  }

  /** Runs a client call and words its failure. */
  protected async asking<T>(action: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw engineError(error, action, this.address);
    }
  }

  async putArchive(path: string, tar: Readable): Promise<void> {
    // The client listens only once it is connected, and would wait for ever for the end of a stream that broke before.
    const abort = new AbortController();
    const giveUp = (): void => abort.abort();
    tar.once('error', giveUp);
    if (tar.errored) giveUp();
    try {
      await this.handle.putArchive(tar as NodeJS.ReadableStream, { path, abortSignal: abort.signal });
    } catch (error) {
      throw tar.errored ?? engineError(error, `write files below ${path} of the container`, this.address);
    } finally {
      tar.destroy(); // an engine that gave up leaves it half read
    }
  }

  async getArchive(path: string): Promise<Readable | undefined> {
    try {
      return (await this.handle.getArchive({ path })) as Readable;
    } catch (error) {
      // A path that goes on below a file is not there either; engines call that trouble of their own.
      const isBelowFile = /: not a directory/.test(reasonOf(error));
      if (statusOf(error) !== 404 && !isBelowFile) throw engineError(error, `read ${path} of the container`, this.address);
      // The same answer for a path and for a container that is not there, and each engine has words of its own.
      if (!(await this.#isThere())) throw fail('ContainerGone', { id: this.id }, error);
      return undefined;
    }
  }

  async #isThere(): Promise<boolean> {
    try {
      await this.handle.inspect();
      return true;
    } catch (error) {
      if (statusOf(error) === 404) return false;
      throw engineError(error, 'inspect the container', this.address);
    }
  }

  async inspect(): Promise<ContainerState> {
    const { State, HostConfig, NetworkSettings } = await this.asking('inspect the container', () => this.handle.inspect());
    const ports = Object.entries(NetworkSettings.Ports ?? {}).flatMap(([port, bound]) =>
      bound?.[0] ? [[Number.parseInt(port, 10), Number(bound[0].HostPort)] as const] : [],
    );
    return {
      running: State.Running,
      started: State.Status !== 'created',
      exit: State.Status === 'exited' || State.Status === 'dead' ? { code: State.ExitCode, oomKilled: State.OOMKilled } : undefined,
      endedAt: State.Status === 'exited' || State.Status === 'dead' ? new Date(State.FinishedAt) : undefined,
      pid: State.Running && State.Pid > 0 ? State.Pid : undefined,
      address: addressOf(HostConfig?.NetworkMode ?? '', NetworkSettings.Networks ?? {}),
      ports: new Map(ports),
    };
  }

  async changes(): Promise<readonly FileChange[]> {
    const told = await this.asking('say what has changed in the container', () => this.handle.changes());
    const changes = (told ?? []) as readonly { readonly Path: string; readonly Kind: number }[]; // null where there are none
    return changes.map(({ Path, Kind }) => ({ path: Path, kind: kindsOfChange[Kind] ?? 'modified' }));
  }

  remove(): Promise<void> {
    return removing('remove the container', this.address, () => removeWholly(this.client, this.id));
  }
}

/** Source: Docker Engine API, ContainerChanges. */
const kindsOfChange: readonly FileChange['kind'][] = ['modified', 'added', 'deleted'];

/**
 * In the network that it was made in: those that it joined besides are the user's, of a kind perhaps that its machine has no way into, as macvlan
 * and overlay are.
 */
function addressOf(
  mode: string,
  networks: Readonly<Record<string, { readonly NetworkID: string; readonly IPAddress: string }>>,
): string | undefined {
  const names = mode === 'bridge' || mode === 'default' || mode === '' ? ['bridge', 'podman'] : [mode];
  const own = Object.entries(networks).find(([name, { NetworkID }]) => names.includes(name) || NetworkID === mode);
  const addresses = [own?.[1], ...Object.values(networks)].map((network) => network?.IPAddress);
  return addresses.find((address) => address !== undefined && address !== '');
}

/** One that may be made ready and started. */
export class DockerContainer extends AnyContainer implements CreatedContainer {
  readonly #spec: ContainerSpec;

  constructor(client: Client, address: EngineAddress, id: string, spec: ContainerSpec) {
    super(client, address, id);
    this.#spec = spec;
  }

  async attach(onOutput: (output: Output) => void): Promise<Attachment> {
    const stream = await this.asking('attach to the container', () => this.handle.attach({ stream: true, stdout: true, stderr: true }));
    return readFrames(stream as unknown as Readable, onOutput);
  }

  async start(): Promise<StartedContainer> {
    // Waiting begins before the start, so that an exit within the first millisecond is not missed; when the start fails, such a wait
    // would hang for ever, so it is given up.
    const watch = watchStart(this.client, this.address, this.id);
    try {
      await watch.asked;
      await this.handle.start();
    } catch (error) {
      watch.giveUp();
      throw await this.#startFailure(error);
    }
    trace(() => `container ${this.id.slice(0, 12)} started`);
    void watch.exited.then(({ code }) => trace(() => `container ${this.id.slice(0, 12)} ended with exit code ${code}`)).catch(() => {});
    return new RunningContainer(this.client, this.address, this.id, watch);
  }

  async #startFailure(error: unknown): Promise<SmLocalError> {
    const failure = startFailure(error, this.#spec, this.address);
    if (!isError(failure, 'NotStartable')) return failure;
    const unexecutable = await programWithoutBit(this.handle).catch(() => undefined); // that it did not start is the news
    return unexecutable === undefined ? failure : fail('NotStartable', { ...failure.detail, unexecutable }, error);
  }
}

/** One whose end is watched. */
export class RunningContainer extends AnyContainer implements StartedContainer {
  readonly exited: Promise<Exit>;
  readonly #watch: ExitWatch;

  constructor(client: Client, address: EngineAddress, id: string, watch: ExitWatch) {
    super(client, address, id);
    this.exited = watch.exited;
    this.#watch = watch;
  }

  async stop(grace: Seconds): Promise<Exit> {
    // Two signals of ours instead of the engine's own stop: its request would stay open for the whole grace and keep fractions out.
    await this.kill('SIGTERM');
    const timer = new AbortController();
    const late = new Promise<void>((resolve) => {
      const timeout = setTimeout(resolve, grace * 1000);
      timer.signal.addEventListener('abort', () => clearTimeout(timeout), { once: true });
    });
    try {
      const ended = await Promise.race([this.exited, late]);
      if (ended) return ended;
    } finally {
      timer.abort();
    }
    await this.kill('SIGKILL');
    return this.exited;
  }

  async kill(signal: string): Promise<void> {
    try {
      await this.handle.kill({ signal });
    } catch (error) {
      // It has ended meanwhile (podman says so with status 500), or it is gone: both are what the caller wanted.
      const hasEnded = statusOf(error) === 409 || /can only kill running containers/.test(messageOf(error));
      if (!hasEnded && statusOf(error) !== 404) throw engineError(error, `send ${signal} to the container`, this.address);
    }
  }

  async wasSignalled(): Promise<boolean> {
    const heard = this.#watch.wasSignalled();
    if (heard !== undefined) return heard;
    const told = await this.asking('say what happened to the container', () => pastEvents(this.client, this.id));
    return told.includes('kill');
  }

  async usage(): Promise<Usage | undefined> {
    return await this.asking('say what the container uses', async () => {
      const stats = await this.handle.stats({ stream: false, 'one-shot': true });
      const { usage, limit, stats: kinds } = stats.memory_stats ?? {};
      if (usage === undefined || limit === undefined) return undefined; // so it is of one that does not run
      // Version 2 of control groups and version 1 call it by different names.
      const kept = kinds?.inactive_file ?? kinds?.total_inactive_file ?? 0;
      return { cpuSeconds: stats.cpu_stats.cpu_usage.total_usage / 1e9, memory: usage - kept, memoryLimit: limit };
    });
  }

  async exec(command: readonly string[]): Promise<{ code: number; output: string }> {
    // An engine may answer never where the container ends meanwhile.
    const gone = new AbortController();
    const abort = (): void => gone.abort(new Error('the container has ended'));
    this.exited.then(abort, abort);
    return await this.asking(`run ${command[0]} in the container`, async () => {
      const { signal: abortSignal } = gone;
      const exec = await this.handle.exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true, abortSignal });
      const chunks: Buffer[] = [];
      const stream = await exec.start({ hijack: false, stdin: false, abortSignal });
      const attachment = readFrames(stream as unknown as Readable, ({ bytes }) => chunks.push(bytes));
      abortSignal.addEventListener('abort', attachment.close, { once: true });
      await attachment.ended;
      abortSignal.throwIfAborted();
      const { ExitCode } = await exec.inspect();
      return { code: ExitCode ?? 0, output: Buffer.concat(chunks).toString() };
    });
  }

  async logs(onOutput: (output: Output) => void, { follow = false } = {}): Promise<Attachment> {
    const query = { follow, stdout: true, stderr: true, timestamps: true };
    const request = { method: 'GET', path: `/containers/${this.id}/logs`, query } as const;
    const stream = await this.asking('read the logs of the container', () => openStream(this.client, request));
    return readFrames(stream, (output) => onOutput(stamped(output)));
  }
}

/** Each frame of a log begins with its time: `2026-01-31T12:00:00.000000000Z text`. */
function stamped({ stream, bytes }: Output): Output {
  const gap = bytes.indexOf(0x20);
  const time = Date.parse(bytes.toString('latin1', 0, Math.max(gap, 0)));
  return Number.isNaN(time) ? { stream, bytes } : { stream, bytes: bytes.subarray(gap + 1), time };
}
