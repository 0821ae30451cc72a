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
      // Whole for every reader. It need not outlive the machine, so nobody waits for a disk.
      const temporary = beside(path);
      writeFileSync(temporary, JSON.stringify(entry), { mode: 0o600, flag: 'wx' });
      renameSync(temporary, path);
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

/**
 * The one directory of all processes of this user, whatever their environment and their homes. In memory where the system has such a place:
 * credentials of a real role shall not stay on a disk. `/run` is none in many containers, and `/dev/shm` is.
 */
export async function userRegister(uid: number = process.getuid?.() ?? -1): Promise<Register> {
  const run = uid === 0 ? '/run' : `/run/user/${uid}`;
  const own = (await isOwn(run, uid)) ? join(run, 'sm-local') : undefined;
  const shared = `sm-local-${uid}`;
  const base = own !== undefined && (await isInMemory(run)) ? own : (await isInMemory('/dev/shm')) ? join('/dev/shm', shared) : own;
  return new Register(join(base ?? join('/tmp', shared), 'credentials'));
}

async function isOwn(directory: string, uid: number): Promise<boolean> {
  const found = await lstat(directory).catch(() => undefined);
  return found?.isDirectory() === true && found.uid === uid && (found.mode & 0o022) === 0;
}

/** Whether it is a tmpfs. */
const isInMemory = (directory: string): Promise<boolean> =>
  statfs(directory).then(
    ({ type }) => type === 0x01021994,
    () => false,
  );

/** Everyone can make a directory below /tmp and /dev/shm; only one that is ours alone keeps others from reading and changing what we answer. */
async function makePrivate(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const { uid, mode } = await lstat(directory);
  if (uid !== process.getuid?.() || (mode & 0o170777) !== 0o040700) throw new Error(`${directory} is not a private directory of yours`);
}
