import { readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Readable } from 'node:stream';
import dockerignore from '@balena/dockerignore';
import { pack } from 'tar-fs';

/**
 * A directory as the tar stream a builder takes, without what its .dockerignore names. The Dockerfile and the .dockerignore itself are
 * always sent, as the docker program does: the builder needs the one and applies the other.
 */
export async function packContext(directory: string, dockerfile: string): Promise<Readable> {
  const ignored = await readIgnored(directory, dockerfile);
  const packed = pack(directory, {
    ignore: (path) =>
      ignored(
        path
          .slice(directory.length + 1)
          .split(sep)
          .join('/'),
      ),
    // The builder copies as root whatever the archive says; leaving the user's ids out keeps the layer cache equal between users.
    map: (header) => ({ ...header, uid: 0, gid: 0 }),
  });
  return packed as unknown as Readable; // its type is of the stream library it brings along
}

// The package is CommonJS and exports the function itself, which its types call `default`.
const ignoreRules = dockerignore as unknown as typeof dockerignore.default;

async function readIgnored(directory: string, dockerfile: string): Promise<(path: string) => boolean> {
  const text = (await readIfThere(join(directory, `${dockerfile}.dockerignore`))) ?? (await readIfThere(join(directory, '.dockerignore')));
  if (text === undefined) return () => false;
  const rules = ignoreRules({ ignorecase: false }).add(text);
  const always = new Set([dockerfile, '.dockerignore', `${dockerfile}.dockerignore`]);
  // A directory is entered even when it is ignored as long as a later rule lets something below it back in.
  const hasExceptions = /^\s*!/m.test(text);
  return (path) => !always.has(path) && rules.ignores(path) && !(hasExceptions && mayHoldException(text, path));
}

function mayHoldException(text: string, path: string): boolean {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('!'))
    .some(
      (line) =>
        line
          .slice(1)
          .replace(/^\.?\//, '')
          .startsWith(`${path}/`) || line.includes('*'),
    );
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
