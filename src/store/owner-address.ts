import { createHash } from 'node:crypto';
import { closeSync, existsSync, lstatSync, mkdirSync, openSync, readlinkSync, rmdirSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { codeOf } from './disk-trouble.ts';
import type { Home } from './home.ts';

export type OwnersHome = Pick<Home, 'path' | 'owners'>;

export const socketSuffix = '.sock';

/** Where an owner is known: a socket below home; on Windows, where sockets have no path, a pipe whose name tells the home. */
export const ownerAddress = (home: OwnersHome, id: string, platform: NodeJS.Platform = process.platform): string =>
  platform === 'win32' ? `\\\\.\\pipe\\sm-local-${digestOf(home.path)}-${id}` : join(home.owners, id + socketSuffix);

/** What leads to a socket until it is disposed. */
export interface Way extends Disposable {
  /** To listen on, or to connect to. */
  readonly path: string;
  /** The file that it is; not below home where that cannot be had. */
  readonly socket: string;
}

/** Makes room for an owner's socket. Raises the system's errors. */
export function claimSocket(home: OwnersHome, id: string): Way {
  const address = ownerAddress(home, id);
  const way = wayTo(address);
  if (way) return way;
  const socket = join(shortDirectory(home), id + socketSuffix);
  // Other processes may have another TMPDIR, so they find the socket by this link.
  symlinkSync(socket, address);
  return direct(socket);
}

/** Raises ENOENT when there is no such owner; undefined when its socket is nowhere in sight, as in another container's own /tmp. */
export function findSocket(address: string): Way | undefined {
  if (process.platform === 'win32') return direct(address);
  const target = lstatSync(address).isSymbolicLink() ? readlinkSync(address) : undefined;
  if (target !== undefined) return existsSync(target) ? direct(target) : undefined;
  return wayTo(address) ?? direct(address);
}

/** Removes the directory of a socket that is not below home, when it was the last one there. Raises the system's errors. */
export function leaveDirectory(home: OwnersHome, socket: string): void {
  const directory = dirname(socket);
  if (basename(directory) !== shortName(home)) return;
  try {
    rmdirSync(directory);
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(codeOf(error) ?? '')) throw error;
  }
}

/** Socket addresses hold 104 bytes on macOS and 108 on Linux, with a final NUL. */
const longest = 103;

/** On Linux every path has a short name: below the open directory that it lies in. Undefined where it has none. */
function wayTo(address: string): Way | undefined {
  if (process.platform === 'win32' || Buffer.byteLength(address) <= longest) return direct(address);
  if (process.platform !== 'linux') return undefined;
  const directory = openSync(dirname(address), 'r');
  const short = `/proc/self/fd/${directory}`;
  if (existsSync(short)) {
    let isOpen = true;
    const close = (): void => {
      if (isOpen) closeSync(directory); // twice would close whatever has its number by then
      isOpen = false;
    };
    return { path: join(short, basename(address)), socket: address, [Symbol.dispose]: close };
  }
  closeSync(directory); // there is no /proc, as in some sandboxes
  return undefined;
}

const direct = (socket: string): Way => ({ path: socket, socket, [Symbol.dispose]() {} });

const shortName = (home: OwnersHome): string => `sm-local-${digestOf(home.path)}`;

function shortDirectory(home: OwnersHome): string {
  const temporary = [tmpdir(), '/tmp'].find((path) => Buffer.byteLength(path) < 30) ?? '/tmp';
  const directory = join(temporary, shortName(home));
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { uid, mode } = lstatSync(directory);
  // Everyone can make a directory of this name; only one of ours keeps others from taking our sockets away.
  if (uid !== process.getuid?.() || (mode & 0o170777) !== 0o040700) throw new Error(`${directory} is not a private directory of yours`);
  return directory;
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
