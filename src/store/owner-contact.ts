import { lstatSync } from 'node:fs';
import { createConnection } from 'node:net';
import { codeOf, diskTrouble } from './disk-trouble.ts';
import { findSocket, type OwnersHome, ownerAddress, type Way } from './owner-address.ts';

/** Connects to an owner and stays until the connection ends, or `signal` aborts. Errors: DiskTrouble. */
export async function hangUp(home: OwnersHome, id: string, signal: AbortSignal | undefined): Promise<'ended' | 'unreached'> {
  const way = findIf(ownerAddress(home, id));
  if (!way) return 'unreached';
  let isReached = false;
  await new Promise<void>((resolve) => {
    const socket = createConnection(way.path);
    const giveUp = (): void => void socket.destroy();
    signal?.addEventListener('abort', giveUp, { once: true });
    const settle = (): void => {
      signal?.removeEventListener('abort', giveUp);
      resolve();
    };
    socket.once('connect', () => {
      isReached = true;
    });
    socket.once('error', settle).once('close', settle);
    socket.resume();
  });
  way[Symbol.dispose]();
  return isReached ? 'ended' : 'unreached';
}

/** 'deaf': its socket is there and nobody listens; 'unseen': its socket is not where this process could see it; 'none': there is no such owner. */
export type Reached = 'answers' | 'deaf' | 'unseen' | 'none';

export async function reach(home: OwnersHome, id: string, message: string | undefined): Promise<Reached> {
  if (!/^[\w-]+$/.test(id)) return 'none';
  const address = ownerAddress(home, id);
  try {
    using way = findSocket(address);
    if (!way) return 'unseen';
    const answer = await answers(way.path, message);
    // A file is what an owner leaves that has let go by itself.
    return answer === 'deaf' && lstatSync(way.path, { throwIfNoEntry: false })?.isFile() ? 'none' : answer;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'none';
    throw diskTrouble('ask', address, error);
  }
}

function findIf(address: string): Way | undefined {
  try {
    return findSocket(address);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw diskTrouble('ask', address, error);
  }
}

/** To be reached is the whole answer, so that also a stopped or busy process counts as alive. */
function answers(path: string, message: string | undefined): Promise<Reached> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      resolve('answers');
      if (message === undefined) socket.destroy();
      else socket.end(message);
    });
    socket.once('error', (error) => {
      const code = codeOf(error) ?? '';
      if (code === 'ENOENT') resolve('none');
      else if (isDeaf.has(code)) resolve('deaf');
      else if (isBusy.has(code)) resolve('answers');
      else reject(error);
    });
  });
}

/** Nobody listens there. */
const isDeaf: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTSOCK']);
/** Somebody listens and has no room for one more, or hung up at once. */
const isBusy: ReadonlySet<string> = new Set(['EAGAIN', 'ECONNRESET', 'EPIPE']);
