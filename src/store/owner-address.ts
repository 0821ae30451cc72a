import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Home } from './home.ts';

export type Place = Pick<Home, 'path' | 'owners'>;

export const socketSuffix = '.sock';

/** Where an owner is known: a socket below home; on Windows, where sockets have no path, a pipe whose name tells the home. */
export const ownerAddress = (home: Place, id: string, platform: NodeJS.Platform = process.platform): string =>
  platform === 'win32' ? `\\\\.\\pipe\\sm-local-${digestOf(home.path)}-${id}` : join(home.owners, id + socketSuffix);

/** Makes room for an owner's socket and returns the path to listen on. Raises the system's errors. */
export function claimSocket(home: Place, id: string): string {
  const address = ownerAddress(home, id);
  if (isReachable(address)) return address;
  const socket = join(shortDirectory(home), id + socketSuffix);
  // Other processes may have another TMPDIR, so they find the socket by this link.
  symlinkSync(socket, address);
  return socket;
}

/** The path to connect to. Raises ENOENT when there is no such owner. */
export const socketAt = (address: string): string => (isReachable(address) ? address : readlinkSync(address));

/** Socket addresses hold 104 bytes on macOS and 108 on Linux, with a final NUL. */
const longest = 103;

const isReachable = (address: string): boolean => process.platform === 'win32' || Buffer.byteLength(address) <= longest;

function shortDirectory(home: Place): string {
  const temporary = [tmpdir(), '/tmp'].find((path) => Buffer.byteLength(path) < 40) ?? '/tmp';
  const directory = join(temporary, `sm-local-${digestOf(home.path)}`);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { uid, mode } = lstatSync(directory);
  // Everyone can make a directory of this name; only one of ours keeps others from taking our sockets away.
  if (uid !== process.getuid?.() || (mode & 0o170777) !== 0o040700) throw new Error(`${directory} is not a private directory of yours`);
  return directory;
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
