import { randomBytes } from 'node:crypto';
import { lstatSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { codeOf, diskTrouble } from './disk-trouble.ts';
import { claimSocket, ownerAddress, type Place, socketAt, socketSuffix } from './owner-address.ts';

/**
 * A process that runs jobs or endpoints. It is alive as long as its socket answers, and the system closes the socket with the process,
 * however that ends; a pid could belong to somebody else by then. The socket does not keep the process running.
 */
export class Owner implements AsyncDisposable {
  /** Unique for all time; letters, digits and `-`. */
  readonly id: string;
  readonly #server: Server;
  readonly #paths: readonly string[];
  readonly #sockets = new Set<Socket>();
  readonly #listeners = new Set<() => void>();

  private constructor(id: string, server: Server, paths: readonly string[]) {
    this.id = id;
    this.#server = server;
    this.#paths = paths;
    server.on('connection', (socket) => this.#receive(socket));
  }

  /** Others see the owner alive from when this returns until it is disposed or the process has ended. Errors: DiskTrouble. */
  static async start(home: Place): Promise<Owner> {
    const id = `${process.pid}-${randomBytes(6).toString('hex')}`;
    const address = ownerAddress(home, id);
    try {
      await mkdir(home.owners, { recursive: true, mode: 0o700 });
      const socket = claimSocket(home, id);
      return new Owner(id, await listen(socket), [socket, address]);
    } catch (error) {
      throw diskTrouble('listen on', address, error);
    }
  }

  /** Calls `listener` whenever another process says that it has written something for this owner. Returns what ends that. */
  onNews(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends it as death would: what it has not finished can be seen to be without an owner, and is taken over by the next who looks. */
  async abandon(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    // Closing removed the socket's file, whose presence says that there was an owner.
    const [socket] = this.#paths;
    if (process.platform !== 'win32' && socket !== undefined) writeFileSync(socket, '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.abandon();
    for (const path of process.platform === 'win32' ? [] : this.#paths) rmSync(path, { force: true });
  }

  #receive(socket: Socket): void {
    this.#sockets.add(socket);
    socket.unref();
    socket.on('error', () => undefined); // a process that asked and was killed
    socket.on('close', () => this.#sockets.delete(socket));
    // Most only connect, which answers their question.
    socket.on('data', () => {
      for (const listener of this.#listeners) listener();
      socket.end();
    });
  }
}

/** Tells an owner that something was written for it. False when it is gone. Errors: DiskTrouble when that cannot be told. */
export async function tellOwner(home: Place, id: string): Promise<boolean> {
  return await reach(home, id, 'news');
}

/** Whether the process of this owner still has it. Errors: DiskTrouble when that cannot be told. */
export async function isAlive(home: Place, id: string): Promise<boolean> {
  return await reach(home, id, undefined);
}

/** Settles when this owner is gone, or when `signal` aborts. Errors: DiskTrouble when that cannot be told. */
export async function untilGone(home: Place, id: string, signal?: AbortSignal): Promise<void> {
  while (!signal?.aborted && (await isAlive(home, id))) {
    await new Promise<void>((resolve) => {
      // The system closes the connection with the process.
      const socket = createConnection(socketAt(ownerAddress(home, id)));
      const giveUp = (): void => void socket.destroy();
      signal?.addEventListener('abort', giveUp, { once: true });
      const settle = (): void => {
        signal?.removeEventListener('abort', giveUp);
        resolve();
      };
      socket.once('error', settle).once('close', settle);
      socket.resume();
    });
  }
}

async function reach(home: Place, id: string, message: string | undefined): Promise<boolean> {
  if (!/^[\w-]+$/.test(id)) return false;
  const address = ownerAddress(home, id);
  try {
    return await answers(socketAt(address), message);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw diskTrouble('ask', address, error);
  }
}

/** Owners that are gone and did not end well: something of theirs may be unfinished. Errors: DiskTrouble. */
export async function deadOwners(home: Place): Promise<readonly string[]> {
  const ids = socketsIn(home.owners).map((file) => file.slice(0, -socketSuffix.length));
  const dead = await Promise.all(ids.map(async (id) => ((await isAlive(home, id)) ? [] : [id])));
  return dead.flat();
}

/** Removes what dead owners have left, except those in `kept`, and returns their ids. Errors: DiskTrouble. */
export async function sweepOwners(home: Place, kept: ReadonlySet<string> = new Set()): Promise<string[]> {
  const swept: string[] = [];
  for (const id of await deadOwners(home)) {
    const path = join(home.owners, id + socketSuffix);
    // An owner about to listen has its file already and does not answer yet.
    if (kept.has(id) || ageOf(path) < 5000) continue;
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) rmSync(readlinkSync(path), { force: true });
    rmSync(path, { force: true });
    swept.push(id);
  }
  return swept;
}

function listen(path: string): Promise<Server> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => resolve(server.off('error', reject).unref()));
  });
}

/** To be reached is the whole answer, so that also a stopped or busy process counts as alive. */
function answers(path: string, message: string | undefined): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      resolve(true);
      if (message === undefined) socket.destroy();
      else socket.end(message);
    });
    socket.once('error', (error) => {
      const code = codeOf(error) ?? '';
      if (isDeaf.has(code)) resolve(false);
      else if (isBusy.has(code)) resolve(true);
      else reject(error);
    });
  });
}

/** Nobody listens there. */
const isDeaf: ReadonlySet<string> = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTSOCK']);
/** Somebody listens and has no room for one more, or hung up at once. */
const isBusy: ReadonlySet<string> = new Set(['EAGAIN', 'ECONNRESET', 'EPIPE']);

function socketsIn(directory: string): string[] {
  try {
    return readdirSync(directory).filter((file) => file.endsWith(socketSuffix));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw diskTrouble('read', directory, error);
  }
}

/** Milliseconds since the file was made; 0 when it is gone. */
const ageOf = (path: string): number => Date.now() - (lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
