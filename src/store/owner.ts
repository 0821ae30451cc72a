import { randomBytes } from 'node:crypto';
import { lstatSync, lutimes, readdirSync, readlinkSync, rmSync, type Stats, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, diskTrouble, lacksRoom } from './disk-trouble.ts';
import { claimSocket, leaveDirectory, type OwnersHome, ownerAddress, socketSuffix, type Way } from './owner-address.ts';
import { hangUp, reach } from './owner-contact.ts';
import { placeSuffix, standingOf, thisPlace } from './owner-place.ts';
import { giveUpReserve } from './reserve.ts';

/**
 * A process that runs jobs or endpoints. It is alive as long as its socket answers, and the system closes the socket with the process,
 * however that ends; a pid could belong to somebody else by then. The socket does not keep the process running. Where another machine shares
 * the home, whose sockets do not answer here, an owner counts as alive until it has given no sign for a week (decision 025).
 */
export class Owner implements AsyncDisposable {
  /** Unique for all time; letters, digits and `-`. */
  readonly id: string;
  readonly #home: OwnersHome;
  readonly #server: Server;
  readonly #way: Way;
  readonly #address: string;
  readonly #beat: NodeJS.Timeout;
  readonly #sockets = new Set<Socket>();
  readonly #listeners = new Set<() => void>();

  private constructor(home: OwnersHome, id: string, server: Server, way: Way, between: number) {
    this.#home = home;
    this.id = id;
    this.#server = server;
    this.#way = way;
    this.#address = ownerAddress(home, id);
    this.#beat = setInterval(() => this.#giveSign(), between).unref();
    server.on('connection', (socket) => this.#receive(socket));
  }

  /**
   * Others see the owner alive from when this returns until it is disposed or the process has ended. `between`: milliseconds from one sign of
   * life to the next, for those who cannot ask. Errors: DiskTrouble.
   */
  static async start(home: OwnersHome, between = betweenSigns): Promise<Owner> {
    try {
      return await Owner.#begin(home, between);
    } catch (error) {
      if (!lacksRoom(error)) throw error;
      giveUpReserve(home.owners);
      return await Owner.#begin(home, between);
    }
  }

  static async #begin(home: OwnersHome, between: number): Promise<Owner> {
    const id = `${process.pid}-${randomBytes(6).toString('hex')}-${placeSuffix(thisPlace())}`;
    try {
      await mkdir(home.owners, { recursive: true, mode: 0o700 });
      const way = claimSocket(home, id);
      return new Owner(home, id, await listen(way), way, between);
    } catch (error) {
      throw diskTrouble('listen on', ownerAddress(home, id), error);
    }
  }

  /** Calls `listener` whenever another process says that it has written something for this owner. Returns what ends that. */
  onNews(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends it as death would: what it has not finished can be seen to be without an owner, and is taken over by the next who looks. */
  async abandon(): Promise<void> {
    clearInterval(this.#beat);
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    // Closing removed the socket's file, whose presence says that there was an owner. A file in its place says that it is none any more.
    try {
      if (process.platform !== 'win32') writeFileSync(this.#way.path, '');
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw diskTrouble('write', this.#address, error); // the whole home was removed
    } finally {
      this.#way[Symbol.dispose]();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.abandon();
    if (process.platform === 'win32') return;
    for (const path of [this.#way.socket, this.#address]) rmSync(path, { force: true });
    leaveDirectory(this.#home, this.#way.socket);
  }

  /** For those who cannot ask: another machine, another container's /tmp. */
  #giveSign(): void {
    const now = new Date();
    // Whoever has removed a file has said that its owner is dead, and nobody hears of a disk that is in trouble here.
    for (const path of [this.#way.socket, this.#address]) lutimes(path, now, now, () => {});
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

/** Tells an owner that something was written for it. False when it is gone, or out of reach. Errors: DiskTrouble when that cannot be told. */
export async function tellOwner(home: OwnersHome, id: string): Promise<boolean> {
  return (await reach(home, id, 'news')) === 'answers';
}

/** Whether the process of this owner still has it, as far as it can be told. Errors: DiskTrouble when that cannot be told. */
export async function isAlive(home: OwnersHome, id: string): Promise<boolean> {
  const reached = await reach(home, id, undefined);
  return reached === 'answers' || (reached !== 'none' && mayLive(home, id, reached));
}

/** Whether an owner counts as alive that does not answer here: nothing can be asked of it. Errors: DiskTrouble when that cannot be told. */
export async function isOutOfReach(home: OwnersHome, id: string): Promise<boolean> {
  const reached = await reach(home, id, undefined);
  return reached !== 'answers' && reached !== 'none' && mayLive(home, id, reached);
}

function mayLive(home: OwnersHome, id: string, reached: 'deaf' | 'unseen'): boolean {
  const standing = standingOf(id);
  // Of a socket in another directory than home, a container on the same kernel sees nothing. Elsewhere than on Linux there is one /tmp.
  const isCertain = standing === 'before' || (standing === 'here' && (reached === 'deaf' || process.platform !== 'linux'));
  return !isCertain && silence(join(home.owners, id + socketSuffix)) < longestSilence;
}

/** Settles when this owner is gone, or when `signal` aborts. Errors: DiskTrouble when that cannot be told. */
export async function untilGone(home: OwnersHome, id: string, signal?: AbortSignal): Promise<void> {
  while (!signal?.aborted && (await isAlive(home, id))) {
    // The system closes the connection with the process.
    if ((await hangUp(home, id, signal)) === 'unreached') await sleep(1000, undefined, { ...(signal && { signal }) }).catch(() => {});
  }
}

/** Milliseconds: a living owner gives a sign so often, and counts as dead after so long without one. A laptop may sleep for days. */
const betweenSigns = 10 * 60 * 1000;
const longestSilence = 7 * 24 * 60 * 60 * 1000;

/** Owners that are gone and did not end well: something of theirs may be unfinished. Errors: DiskTrouble. */
export const deadOwners = (home: OwnersHome): Promise<readonly string[]> => ownersWho(home, false);

/** Errors: DiskTrouble. */
export const livingOwners = (home: OwnersHome): Promise<readonly string[]> => ownersWho(home, true);

async function ownersWho(home: OwnersHome, live: boolean): Promise<readonly string[]> {
  const ids = socketsIn(home.owners).map((file) => file.slice(0, -socketSuffix.length));
  const found = await Promise.all(ids.map(async (id) => ((await isAlive(home, id)) === live ? [id] : [])));
  return found.flat();
}

/**
 * Removes what dead owners have left, and returns their ids; except those that `keptOnes` tells of when it is known who is dead. Errors:
 * DiskTrouble.
 */
export async function sweepOwners(
  home: OwnersHome,
  keptOnes: () => Promise<ReadonlySet<string>> = async () => new Set(),
): Promise<string[]> {
  const swept: string[] = [];
  const dead = await deadOwners(home);
  const kept = dead.length > 0 ? await keptOnes() : new Set<string>();
  for (const id of dead) {
    const path = join(home.owners, id + socketSuffix);
    // An owner about to listen has its file already and does not answer yet.
    if (kept.has(id) || silence(path) < 5000) continue;
    const socket = lookAt(path)?.isSymbolicLink() ? readlinkSync(path) : path;
    for (const file of [socket, path]) rmSync(file, { force: true });
    leaveDirectory(home, socket);
    swept.push(id);
  }
  return swept;
}

function listen(way: Way): Promise<Server> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      way[Symbol.dispose]();
      reject(error);
    });
    server.listen(way.path, () => resolve(server.removeAllListeners('error').unref()));
  });
}

function socketsIn(directory: string): string[] {
  try {
    return readdirSync(directory).filter((file) => file.endsWith(socketSuffix));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw diskTrouble('read', directory, error);
  }
}

/** Milliseconds since an owner gave a sign of life; without an end when it has gone. */
const silence = (path: string): number => Date.now() - (lookAt(path)?.mtimeMs ?? -Infinity);

const lookAt = (path: string): Stats | undefined => lstatSync(path, { throwIfNoEntry: false });
