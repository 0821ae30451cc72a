import { once } from 'node:events';
import net from 'node:net';
import { fail } from '../../errors.ts';
import { isDebugger } from './greeting.ts';

/** A debugger in a container, as it is reached from here. */
export interface DebuggerTarget {
  readonly host: string;
  readonly port: number;
  /** A debugger's client has attached, until that is disposed. */
  attached(): Disposable;
}

/**
 * A port of this machine that leads to the debugger of the container that has it: always the same one, whichever container that is, so that an
 * editor finds it again. Who connects before there is one waits for it.
 */
export class DebuggerPort implements AsyncDisposable {
  readonly port: number;
  readonly #server: net.Server;
  /** The last one counts; those before come back when it goes. */
  #targets: readonly Led[] = [];
  readonly #clients = new Map<net.Socket, Led | undefined>();
  #waiting: (() => void)[] = [];

  private constructor(server: net.Server) {
    this.#server = server;
    this.port = (server.address() as net.AddressInfo).port;
    server.on('connection', (client) => void this.#serve(client));
  }

  /** 0 takes a free one. Errors: PortTaken. */
  static async listen(port: number): Promise<DebuggerPort> {
    const server = net.createServer({ pauseOnConnect: true, noDelay: true });
    server.listen(port, host);
    try {
      await once(server, 'listening');
    } catch (error) {
      const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      throw isTaken ? fail('PortTaken', { address: host, port, option: '--debug-port' }, error) : error;
    }
    return new DebuggerPort(server);
  }

  /** `127.0.0.1:5678` */
  get address(): string {
    return `${host}:${this.port}`;
  }

  /** Leads there until that is disposed. Clients of the target before are cut off: their editors come again. */
  lead(target: DebuggerTarget): Disposable {
    const led = { target };
    for (const client of this.#clients.keys()) if (this.#clients.get(client) !== undefined) client.destroy();
    this.#targets = [...this.#targets, led];
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const goOn of waiting) goOn();
    return {
      [Symbol.dispose]: () => {
        this.#targets = this.#targets.filter((each) => each !== led);
        for (const [client, of] of this.#clients) if (of === led) client.destroy();
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const client of this.#clients.keys()) client.destroy();
    await closed;
  }

  async #serve(client: net.Socket): Promise<void> {
    this.#clients.set(client, undefined);
    client.on('error', () => {}); // its close says all that matters
    client.once('close', () => this.#clients.delete(client));
    while (this.#targets.length === 0 && !client.destroyed) await this.#nextTarget(client);
    const led = this.#targets.at(-1);
    if (client.destroyed || !led) return;
    this.#clients.set(client, led);
    join(client, led.target);
  }

  /** Settles when there is a target, or the client has gone. */
  async #nextTarget(client: net.Socket): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      client.once('close', resolve);
      client.resume().pause(); // a paused socket is not told of its end
    });
  }
}

interface Led {
  readonly target: DebuggerTarget;
}

/** This is a door into a program, so it is for this machine alone. */
const host = '127.0.0.1';

/** Bytes go both ways until one of the two ends. */
function join(client: net.Socket, target: DebuggerTarget): void {
  const container = net.connect({ host: target.host, port: target.port, noDelay: true });
  let attached: Disposable | undefined;
  let greeting: Buffer = Buffer.alloc(0);
  const listen = (chunk: Buffer): void => {
    greeting = Buffer.concat([greeting, chunk]);
    const verdict = isDebugger(greeting);
    if (verdict === undefined) return;
    client.off('data', listen);
    if (verdict) attached = target.attached();
  };
  const end = (): void => {
    client.destroy();
    container.destroy();
    attached?.[Symbol.dispose]();
    attached = undefined;
  };
  container.on('error', () => {});
  client.once('close', end);
  container.once('close', end);
  client.on('data', listen);
  client.pipe(container).pipe(client);
}
