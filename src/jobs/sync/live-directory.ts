import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { lstat, mkdir, open, rm, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import type { Container, Containers } from '../../engine/engine.ts';
import { reasonOf } from '../../errors.ts';
import { codeOf, diskTrouble } from '../../store/disk-trouble.ts';
import { removeTree } from '../../store/temporary.ts';
import { unpackTar } from '../../store/unpack.ts';

/** A directory of a container, as far as this machine sees it. */
export interface LiveDirectory {
  /**
   * A directory of this machine that shows what is in it now; undefined when the container has none. `onLeftOut` is told of what cannot be
   * shown. Errors: DiskTrouble, ContainerGone and trouble of the engine where it cannot be told, so that nobody takes that for "empty".
   */
  look(signal: AbortSignal, onLeftOut: (message: string) => void): Promise<string | undefined>;
  /** Says of a file that was seen whether it is the same as before. */
  signature(path: string): Promise<string>;
  /** Puts an empty file into it. */
  mark(name: string): Promise<void>;
  /** Takes some away. Says why they stay where they cannot be. */
  unmark(names: readonly string[]): Promise<string | undefined>;
}

/**
 * One that is a directory of this machine.
 *
 * @param mount what the container sees it through: the directory itself, or one above it; no container can remove that
 */
export function boundDirectory(directory: string, mount: string): LiveDirectory {
  return {
    async look() {
      if (await isBelow(mount, directory)) return directory;
      if (directory !== mount && (await isBelow(mount, mount))) return undefined;
      throw diskTrouble('look at', mount, new Error('no such file or directory'));
    },
    async signature(path) {
      const { size, mtimeMs, ino } = await stat(path);
      return `${size} ${mtimeMs} ${ino}`;
    },
    async mark(name) {
      const path = join(directory, name);
      if (!(await isBelow(mount, dirname(path)))) return; // the container has removed the directory
      try {
        // Not through a link, which the container could have put there.
        const handle = await open(path, constants.O_CREAT | constants.O_WRONLY | constants.O_TRUNC | constants.O_NOFOLLOW, 0o644);
        await handle.close();
      } catch (error) {
        if (codeOf(error) !== 'ENOENT') throw diskTrouble('write', path, error); // else the container has removed the directory
      }
    },
    async unmark(names) {
      for (const name of names) {
        const path = join(directory, name);
        if (await isBelow(mount, dirname(path))) await rm(path, { force: true });
      }
      return undefined;
    },
  };
}

/**
 * Whether there is a directory at `path`, which is `mount` or below it. A link on the way, which the container has put there, could lead to
 * any file of this machine: it is no directory, nor is it none. Errors: DiskTrouble.
 */
async function isBelow(mount: string, path: string): Promise<boolean> {
  let at = mount;
  for (const part of ['', ...relative(mount, path).split('/')]) {
    at = join(at, part);
    const found = await lstat(at).catch((error: unknown) => {
      if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return undefined;
      throw diskTrouble('look at', at, error);
    });
    if (found?.isSymbolicLink()) throw diskTrouble('look at', at, new Error('it is a symlink, which is not followed'));
    if (!found?.isDirectory()) return false;
  }
  return true;
}

/**
 * One that only the engine sees: all of it is fetched each time it is looked at.
 *
 * @param path absolute in the container
 * @param copy a directory of ours that need not exist
 */
export function fetchedDirectory(container: Container, path: string, copy: string, containers: Pick<Containers, 'open'>): LiveDirectory {
  return {
    async look(signal, onWarning) {
      const tar = await container.getArchive(`${path}/.`);
      await removeTree(copy);
      if (!tar) return undefined;
      await mkdir(copy, { recursive: true });
      await unpackTar(tar, copy, { signal, onWarning });
      return copy;
    },
    // Times of files in an engine's archives are whole seconds, in which a program can write twice.
    async signature(file) {
      const hash = createHash('sha256');
      for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
      return hash.digest('hex');
    },
    async mark(name) {
      const archive = pack();
      archive.entry({ name, mode: 0o644 }, '');
      archive.finalize();
      await container.putArchive(path, Readable.from(archive as AsyncIterable<Buffer>, { objectMode: false }));
    },
    // No archive API takes files away.
    unmark: (names) =>
      removeInside(
        container.id,
        names.map((name) => `${path}/${name}`),
        containers,
      ),
  };
}

/** With the image's own `rm`, while the program runs: afterwards nobody looks, and what is left goes with its volume. */
async function removeInside(id: string, paths: readonly string[], containers: Pick<Containers, 'open'>): Promise<string | undefined> {
  const container = await containers.open(id);
  if (!container || !(await container.inspect()).running) return undefined;
  const removed = await container.exec(['rm', '-f', '--', ...paths]).catch((error: unknown) => ({ code: 126, output: reasonOf(error) }));
  if (removed.code === 0 || !(await container.inspect()).running) return undefined;
  return `rm in the image: ${removed.output.trim().split('\n')[0] || `exit code ${removed.code}`}`;
}
