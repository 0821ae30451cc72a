import { randomBytes } from 'node:crypto';
import { lstatSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
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

  private constructor(id: string, server: Server, paths: readonly string[]) {
    this.id = id;
    this.#server = server;
    this.#paths = paths;
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

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const path of process.platform === 'win32' ? [] : this.#paths) rmSync(path, { force: true });
  }
}

/** Whether the process of this owner still has it. Errors: DiskTrouble when that cannot be told. */
export async function isAlive(home: Place, id: string): Promise<boolean> {
  if (!/^[\w-]+$/.test(id)) return false;
  const address = ownerAddress(home, id);
  try {
    return await answers(socketAt(address));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw diskTrouble('ask', address, error);
  }
}

/** Removes what dead owners have left and returns their ids. Errors: DiskTrouble. */
export async function sweepOwners(home: Place): Promise<string[]> {
  const swept: string[] = [];
  for (const file of socketsIn(home.owners)) {
    const id = file.slice(0, -socketSuffix.length);
    const path = join(home.owners, file);
    // An owner about to listen has its file already and does not answer yet.
    if (ageOf(path) < 60_000 || (await isAlive(home, id))) continue;
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) rmSync(readlinkSync(path), { force: true });
    rmSync(path, { force: true });
    swept.push(id);
  }
  return swept;
}

function listen(path: string): Promise<Server> {
  // To be reached is the whole answer, so that also a stopped or busy process counts as alive.
  const server = createServer((socket) => socket.on('error', () => undefined).destroy());
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => resolve(server.off('error', reject).unref()));
  });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
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
