import { execFileSync } from 'node:child_process';

/** A file system in memory at `path`, until it is disposed; root's alone to mount. `size`: `4m`, where it has an end. */
export async function mountTmpfs(path: string, size?: string): Promise<AsyncDisposable> {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `mode=0777${size === undefined ? '' : `,size=${size}`}`, 'tmpfs', path]);
  return { [Symbol.asyncDispose]: async () => void execFileSync('umount', [path]) };
}
