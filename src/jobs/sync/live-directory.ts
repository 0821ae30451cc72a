import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { mkdir, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import type { Container } from '../../engine/engine.ts';
import { codeOf, diskTrouble } from '../../store/disk-trouble.ts';
import { removeTree } from '../../store/temporary.ts';
import { unpackTar } from '../../store/unpack.ts';

/** A directory of a container, as far as this machine sees it. */
export interface LiveDirectory {
  /** A directory of this machine that shows what is in it now; undefined when there is none. */
  look(signal: AbortSignal): Promise<string | undefined>;
  /** Says of a file that was seen whether it is the same as before. */
  signature(path: string): Promise<string>;
  /** Puts an empty file into it. */
  mark(name: string): Promise<void>;
  /** Takes one away; where the engine has no way to do so, it stays. */
  unmark(name: string): Promise<void>;
}

/** One that is a directory of this machine. */
export function boundDirectory(directory: string): LiveDirectory {
  return {
    look: async () => ((await stat(directory).catch(() => undefined))?.isDirectory() ? directory : undefined),
    async signature(path) {
      const { size, mtimeMs, ino } = await stat(path);
      return `${size} ${mtimeMs} ${ino}`;
    },
    async mark(name) {
      const path = join(directory, name);
      try {
        // Not through a link, which the container could have put there.
        const handle = await open(path, constants.O_CREAT | constants.O_WRONLY | constants.O_TRUNC | constants.O_NOFOLLOW, 0o644);
        await handle.close();
      } catch (error) {
        if (codeOf(error) !== 'ENOENT') throw diskTrouble('write', path, error); // else the container has removed the directory
      }
    },
    unmark: (name) => rm(join(directory, name), { force: true }),
  };
}

/**
 * One that only the engine sees: all of it is fetched each time it is looked at.
 *
 * @param path absolute in the container
 * @param copy a directory of ours that need not exist
 */
export function fetchedDirectory(container: Container, path: string, copy: string): LiveDirectory {
  return {
    async look(signal) {
      const tar = await container.getArchive(`${path}/.`);
      await removeTree(copy);
      if (!tar) return undefined;
      await mkdir(copy, { recursive: true });
      await unpackTar(tar, copy, { signal });
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
    async unmark() {},
  };
}
