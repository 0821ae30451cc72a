import { homedir } from 'node:os';
import { posix, win32 } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** What paths mean depends on the system; this process's own by default, another one's in tests. */
type System = Extract<NodeJS.Platform, 'win32' | 'darwin' | 'linux'> | NodeJS.Platform;

const here: System = process.platform;

/** Whether a text can only be meant as a path: `./x`, `/x`, `~/x`, `x/`; on Windows also `C:\x`, `\\server\share` and `.\x`. */
export const looksLikePath = (text: string, system: System = here): boolean =>
  /^[./~]|\/$/.test(text) || (system === 'win32' && (/^[a-z]:([\\/]|$)/i.test(text) || text.startsWith('\\')));

/** An address with a scheme; `C:\data` and `C:/data` are none. */
export const isAddress = (text: string): boolean => /^[a-z][a-z0-9+.-]+:\/\//i.test(text);

/** `~/data` in the user's own directory: shells leave it alone behind an `=`. */
export function expandHome(text: string, home: string = homedir(), system: System = here): string {
  const [, rest] = (system === 'win32' ? /^~(?=$|[\\/])(.*)$/s : /^~(?=$|\/)(.*)$/s).exec(text) ?? [];
  return rest === undefined ? text : `${home}${rest}`;
}

/** An absolute path, one that begins with `~` or a relative one as an absolute path. A slash at the end, which means a directory, stays. */
export function absolutePath(text: string, directory: string, { home = homedir(), system = here }: Partial<Place> = {}): string {
  const { resolve, sep } = pathsOf(system);
  const path = resolve(directory, expandHome(text, home, system));
  const hasSlash = text.endsWith('/') || (system === 'win32' && text.endsWith('\\'));
  return hasSlash && !path.endsWith(sep) ? `${path}${sep}` : path;
}

interface Place {
  readonly home: string;
  readonly system: System;
}

const pathsOf = (system: System): typeof posix => (system === 'win32' ? win32 : posix);

/** `file:///C:/data`, `file://server/share`, `file:///srv/data`. */
export const fileUri = (path: string, system: System = here): string => pathToFileURL(path, { windows: system === 'win32' }).href;

/** The path of a file:// address. Errors: TypeError, for one of another machine, or without a drive letter on Windows. */
export const pathOfFileUri = (uri: string, system: System = here): string => fileURLToPath(uri, { windows: system === 'win32' });

/** The name of a Windows pipe as an engine's address: `\\.\pipe\docker_engine` is `npipe:////./pipe/docker_engine`. Undefined for anything else. */
export function namedPipe(text: string): string | undefined {
  const [, name] = /^[\\/]{2}\.[\\/]pipe[\\/]([^\\/]+)$/i.exec(text) ?? [];
  return name === undefined ? undefined : `npipe:////./pipe/${name}`;
}

/**
 * Where Docker Desktop's virtual machine has a directory of this machine. Binds it translates by itself; what a volume driver mounts it does not. Undefined
 * for what only the system that asks can reach, such as a directory of a WSL distribution. Source: observed by others, not tried here.
 */
export function inDockerDesktop(path: string, system: System = here): string | undefined {
  const [, drive, rest = ''] = (system === 'win32' ? /^([a-z]):[\\/](.*)$/is : /^\/mnt\/([a-z])(?:\/(.*))?$/s).exec(path) ?? [];
  if (drive !== undefined && system !== 'darwin')
    return posix.join('/run/desktop/mnt/host', drive.toLowerCase(), rest.replaceAll('\\', '/'));
  return system === 'darwin' ? posix.join('/host_mnt', canonical(path, system)) : undefined;
}

/** Whether an engine says that it is Docker Desktop's. */
export const isDockerDesktop = (operatingSystem: string): boolean => /docker desktop/i.test(operatingSystem);

/** macOS has links of its own at its root: `/var/folders` is `/private/var/folders`, whichever of them a program tells. */
const canonical = (path: string, system: System): string =>
  system === 'darwin' ? path.replace(/^\/(?=(?:var|tmp|etc)(?:\/|$))/, '/private/') : path;

/** Whether two absolute paths name the same place, as far as their texts say: case does not count on Windows, and as a rule not on macOS. */
export function isSamePath(one: string, other: string, system: System = here): boolean {
  const { normalize } = pathsOf(system);
  const plain = (path: string): string => {
    const text = canonical(normalize(path), system).replace(/(?<=.)[\\/]+$/, '');
    return system === 'win32' || system === 'darwin' ? text.normalize('NFC').toLowerCase() : text;
  };
  return plain(one) === plain(other);
}
