import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { lstat, mkdir, readdir, readFile, rm, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ContainerMetadata, Keys } from '../contract/container-credentials.ts';
import { codeOf, diskTrouble } from '../store/disk-trouble.ts';
import { beside } from '../store/temporary.ts';

/** What is answered under an id. */
export type Entry = {
  /** The home and the process that it belongs to. */
  readonly home: string;
  readonly owner: string;
} & (
  | {
      readonly kind: 'credentials';
      readonly roleArn: string;
      readonly keys: Keys;
      /** ISO 8601; without it the keys are good for ever. */
      readonly expiration?: string;
    }
  | { readonly kind: 'metadata'; readonly metadata: ContainerMetadata }
);

/**
 * What the containers of all processes of one user are answered, whichever of them listens: one file an id, `<id>.json`. It outlives its
 * process, so that a container whose process was killed finds its credentials until that has been adopted.
 */
export class Register {
  readonly directory: string;
  #isMade = false;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Answered from when this returns. Errors: DiskTrouble. */
  async put(id: string, entry: Entry): Promise<void> {
    const path = this.#pathOf(id);
    try {
      await this.#make();
      if (this.#isWritten(path, entry)) return;
      this.#isMade = false; // somebody has emptied the place meanwhile
      await this.#make();
      if (!this.#isWritten(path, entry)) throw new Error(`${this.directory} goes away again and again`);
    } catch (error) {
      throw diskTrouble('write', path, error);
    }
  }

  /** Undefined when there is none. Errors: DiskTrouble. */
  async read(id: string): Promise<Entry | undefined> {
    const path = this.#pathOf(id);
    try {
      return JSON.parse(await readFile(path, 'utf8')) as Entry;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw diskTrouble('read', path, error);
    }
  }

  /** Removing what is gone already is not an error. Errors: DiskTrouble. */
  async remove(id: string): Promise<void> {
    const path = this.#pathOf(id);
    try {
      rmSync(path, { force: true });
    } catch (error) {
      throw diskTrouble('remove', path, error);
    }
  }

  /** Removes what nobody needs any more, and what writers that were killed have left. Errors: DiskTrouble. */
  async sweep(isWanted: (entry: Entry) => Promise<boolean>): Promise<void> {
    for (const file of await this.#files()) {
      const id = /^([0-9a-f-]{36})\.json$/.exec(file)?.[1];
      if (id === undefined) await this.#removeOld(join(this.directory, file));
      else {
        const entry = await this.read(id).catch(() => undefined); // one that is not whole is of no use to anybody
        if (!entry || !(await isWanted(entry))) await this.remove(id);
      }
    }
  }

  /** Whole for every reader. It need not outlive the machine, so nobody waits for a disk. False where the directory has gone. Errors: the system's. */
  #isWritten(path: string, entry: Entry): boolean {
    const temporary = beside(path);
    try {
      writeFileSync(temporary, JSON.stringify(entry), { mode: 0o600, flag: 'wx' });
      renameSync(temporary, path);
      return true;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false;
      throw error;
    }
  }

  async #removeOld(path: string): Promise<void> {
    const made = (await lstat(path).catch(() => undefined))?.mtimeMs ?? Date.now();
    if (Date.now() - made > 60_000) await rm(path, { force: true });
  }

  async #files(): Promise<readonly string[]> {
    try {
      return await readdir(this.directory);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw diskTrouble('read', this.directory, error);
    }
  }

  async #make(): Promise<void> {
    if (this.#isMade) return;
    for (const directory of [dirname(this.directory), this.directory]) await makePrivate(directory);
    this.#isMade = true;
  }

  #pathOf(id: string): string {
    return join(this.directory, `${id}.json`);
  }
}

/** Where the system keeps what lasts until it ends; others in tests. */
export interface RuntimePlaces {
  readonly run: string;
  readonly shm: string;
}

/**
 * The one directory of all processes of this user, whatever their environment and their homes. In memory where the system has such a place:
 * credentials of a real role shall not stay on a disk. In many containers `/run` is no such place, and `/dev/shm` is: for root, since at the last
 * logout of anybody else systemd empties it of what is his.
 */
export async function userRegister(
  uid: number = process.getuid?.() ?? -1,
  { run, shm }: RuntimePlaces = { run: '/run', shm: '/dev/shm' },
): Promise<Register> {
  const runtime = uid === 0 ? run : join(run, 'user', `${uid}`);
  const name = `sm-local-${uid}`;
  if (uid === 0 && !(await isInMemory(runtime)) && (await isKeptApart(shm)) && (await isFree(join(shm, name), uid)))
    return new Register(join(shm, name, 'credentials'));
  return new Register(join((await isOwn(runtime, uid)) ? join(runtime, 'sm-local') : join('/tmp', name), 'credentials'));
}

async function isOwn(directory: string, uid: number): Promise<boolean> {
  const found = await lstat(directory).catch(() => undefined);
  return found?.isDirectory() === true && found.uid === uid && (found.mode & 0o022) === 0;
}

/** In memory, and nobody can rename there what is another's. */
async function isKeptApart(directory: string): Promise<boolean> {
  const found = await lstat(directory).catch(() => undefined);
  return found?.isDirectory() === true && found.uid === 0 && (found.mode & 0o1000) !== 0 && (await isInMemory(directory));
}

/** Nobody else was there before. */
async function isFree(directory: string, uid: number): Promise<boolean> {
  const found = await lstat(directory).catch(() => undefined);
  return found === undefined || (found.isDirectory() && found.uid === uid && (found.mode & 0o777) === 0o700);
}

/** Whether it is a tmpfs. */
const isInMemory = (directory: string): Promise<boolean> =>
  statfs(directory).then(
    ({ type }) => type === 0x01021994,
    () => false,
  );

/** Everyone can make a directory below /tmp; only one that is ours alone keeps others from reading and changing what we answer. */
async function makePrivate(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const { uid, mode } = await lstat(directory);
  if (uid !== process.getuid?.() || (mode & 0o170777) !== 0o040700) throw new Error(`${directory} is not a private directory of yours`);
}
