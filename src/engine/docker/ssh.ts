import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '../../errors.ts';

/** The ssh program ended without a connection; the message is what it, or the other machine's shell, said. */
export class SshError extends Error {
  override readonly name = 'SshError';

  /** Whether somebody is there and refuses this user: sshd, or the socket of the engine. */
  get isRefusal(): boolean {
    return /permission denied/i.test(this.message);
  }
}

/**
 * Connections to an engine behind `ssh://[user@]host[:port][/socket]`, made as the docker program makes them: by the user's own ssh program, so
 * that its config, keys, agent and known hosts count, and by `docker system dial-stdio` there. They are kept and used again, because each
 * new one is a log-in. Destroying the agent ends their processes.
 */
export class SshAgent extends http.Agent {
  readonly #address: URL;

  constructor(host: string) {
    super({ keepAlive: true });
    this.#address = new URL(host);
  }

  override createConnection(_options: unknown, done?: (error: Error | null, stream: Duplex) => void): undefined {
    const socket = this.#address.pathname.length > 1 ? ['--host', `unix://${decodeURIComponent(this.#address.pathname)}`] : [];
    const starting = startSsh([...login(this.#address), 'docker', ...socket, 'system', 'dial-stdio']);
    void starting.then((ssh) => done?.(null, new ProgramStream(ssh)));
  }
}

/** A port of this machine that leads to a port of the other one's loopback until it is closed. Errors: SshError. */
export async function forwardPort(host: string, remotePort: number): Promise<{ readonly port: number; close(): void }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const forward = ['-N', '-o', 'ExitOnForwardFailure=yes', '-L', `127.0.0.1:${port}:127.0.0.1:${remotePort}`];
    const { child, ended } = await startSsh([...forward, ...login(new URL(host))]);
    setReferenced(child, false);
    const isOver = new AbortController();
    try {
      await Promise.race([untilAccepted(port, isOver.signal), ended.then((error) => Promise.reject(error))]);
      return { port, close: () => void child.kill() };
    } catch (error) {
      // Somebody else took the port in the moment between.
      if (attempt === 3 || !/address already in use/i.test(String(error))) throw error;
    } finally {
      isOver.abort();
    }
  }
}

/** Source: the docker program's own arguments. What follows `--` is never an option, whatever a host is called. */
function login({ username, port, hostname }: URL): string[] {
  const user = username ? ['-l', decodeURIComponent(username)] : [];
  return ['-o', 'ConnectTimeout=30', ...user, ...(port ? ['-p', port] : []), '--', hostname.replace(/^\[(.*)\]$/, '$1')];
}

type Child = ChildProcessWithoutNullStreams;

interface Ssh {
  readonly child: Child;
  /** Settles when it has ended, with the reason if something went wrong. */
  readonly ended: Promise<SshError | undefined>;
}

const children = new Set<Child>();

function endAll(): void {
  for (const child of children) child.kill();
}

/** In a session of its own: Ctrl-C is for us, who still have containers to stop, and there is no terminal on which to ask for a password. */
async function startSsh(args: readonly string[]): Promise<Ssh> {
  const { spawn } = await import('node:child_process'); // which commands on any other engine should not have to load
  const child = spawn('ssh', args, { detached: true, windowsHide: true });
  child.stdin.on('error', () => {}); // it has ended, and says why on stderr
  if (children.size === 0) process.once('exit', endAll);
  children.add(child);
  const ended = failureOf(child).finally(() => {
    children.delete(child);
    if (children.size === 0) process.off('exit', endAll);
  });
  return { child, ended };
}

async function failureOf(child: Child): Promise<SshError | undefined> {
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000);
  });
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    if (code === 0) return undefined;
    const noDocker = code === 127 ? 'the other machine has no docker program: ' : '';
    return new SshError(noDocker + (said.trim() || `ssh ended with ${signal ?? `exit code ${code}`}`));
  } catch (error) {
    return new SshError(`the ssh program could not be run: ${reasonOf(error)}`);
  }
}

/** A child that is not referenced does not keep this process alive. */
function setReferenced(child: Child, isReferenced: boolean): void {
  for (const part of [child, child.stdin, child.stdout, child.stderr] as unknown as net.Socket[]) isReferenced ? part.ref() : part.unref();
}

/** The standard input and output of a program as one stream, with as much of a socket as HTTP asks for. */
class ProgramStream extends Duplex {
  readonly #child: Child;

  constructor({ child, ended }: Ssh) {
    super();
    this.#child = child;
    child.stdout.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) child.stdout.pause();
    });
    void ended.then((error) => {
      if (error) this.destroy(error);
      else this.push(null);
    });
  }

  override _read(): void {
    this.#child.stdout.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    // Not its error: that would be EPIPE, and why ssh ended follows.
    this.#child.stdin.write(chunk, () => done());
  }

  override _final(done: () => void): void {
    this.#child.stdin.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#child.kill();
    done(error);
  }

  /** A pending request keeps this process alive, an idle connection does not. */
  ref(): this {
    setReferenced(this.#child, true);
    return this;
  }

  unref(): this {
    setReferenced(this.#child, false);
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** ssh says nothing when it has logged in; it listens from then on. */
async function untilAccepted(port: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const isAccepted = await new Promise<boolean>((resolve) => {
      const socket = net.connect({ host: '127.0.0.1', port }, () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
    if (isAccepted) return;
    await sleep(20);
  }
}
