import { mkdirSync, readdirSync, readFileSync, type Stats, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fail, reasonOf, type SmLocalError } from '../errors.ts';
import { createAtomically, writeAtomically } from './atomic.ts';
import { codeOf, diskTrouble } from './disk-trouble.ts';
import { fileNameOf, nameOf } from './file-names.ts';
import type { Home } from './home.ts';
import { slices } from './slices.ts';

/** All records of a kind, and what is wrong with those that cannot be read. Sorted by name. */
export interface Listing<T> {
  readonly records: readonly { readonly name: string; readonly value: T }[];
  readonly broken: readonly { readonly name: string; readonly error: SmLocalError }[];
}

/**
 * The records of one kind, such as `training-job`: `<home>/records/<kind>/<name>.json`. Each is replaced as a whole and written by its owner
 * only; what others have to say goes into records of another kind, because the last writer wins.
 */
export class Records<T> {
  readonly kind: string;
  readonly #directory: string;
  /** What was read, by path: a record that is still the same file is not read again. */
  readonly #seen = new Map<string, { readonly file: Stats; readonly value: T }>();

  readonly #members: readonly string[];

  /** `members`: those that every record has; one without them is broken. */
  constructor(home: Pick<Home, 'records'>, kind: string, members: readonly (string & keyof T)[] = []) {
    this.kind = kind;
    this.#members = members;
    this.#directory = join(home.records, kind);
  }

  /**
   * Makes the record, on the disk when this returns, and hands out the writer for its later states.
   *
   * @param taken what the user is told when there is a record of this name already
   * @throws ResourceInUse, DiskTrouble
   */
  async create(name: string, value: T, taken: string): Promise<RecordWriter<T>> {
    const path = this.pathOf(name);
    this.#makeDirectory();
    try {
      await createAtomically(path, textOf(value));
    } catch (error) {
      throw codeOf(error) === 'EEXIST' ? fail('ResourceInUse', { message: taken }) : diskTrouble('write', path, error);
    }
    return this.writer(name);
  }

  /** Where the record of this name is, or would be. */
  pathOf(name: string): string {
    return join(this.#directory, fileNameOf(name));
  }

  /** Writes the record, whether there is one or not; on the disk when this returns. Errors: DiskTrouble. */
  async put(name: string, value: T): Promise<void> {
    this.#makeDirectory();
    await this.update(name, value);
  }

  /** Replaces the record; on the disk when this returns. Errors: DiskTrouble. */
  async update(name: string, value: T): Promise<void> {
    const path = this.pathOf(name);
    try {
      await writeAtomically(path, textOf(value));
    } catch (error) {
      throw diskTrouble('write', path, error);
    }
  }

  /** Undefined when there is none; not to be changed. Errors: DiskTrouble; RecordBroken for one that is not whole. */
  async read(name: string): Promise<T | undefined> {
    return this.#readFile(this.pathOf(name));
  }

  /** All there are, not to be changed. What has changed since it was last read is read, whichever process has changed it. */
  async list(): Promise<Listing<T>> {
    const records: { name: string; value: T }[] = [];
    const broken: { name: string; error: SmLocalError }[] = [];
    const turn = slices();
    const names = this.names();
    this.#forgetAllBut(names);
    for (const name of names) {
      try {
        const value = this.#readFile(this.pathOf(name));
        if (value !== undefined) records.push({ name, value });
      } catch (error) {
        broken.push({ name, error: error as SmLocalError });
      }
      await turn();
    }
    return { records, broken };
  }

  /** Of all there are, also of those that cannot be read; sorted. Errors: DiskTrouble. */
  names(): string[] {
    try {
      const names = readdirSync(this.#directory).map(nameOf);
      return names.filter((name) => name !== undefined).sort();
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw diskTrouble('read', this.#directory, error);
    }
  }

  /** Removing what is gone already is not an error. Errors: DiskTrouble. */
  async remove(name: string): Promise<void> {
    const path = this.pathOf(name);
    await rm(path, { force: true }).catch((error: unknown) => {
      throw diskTrouble('remove', path, error);
    });
  }

  /** For a record that is there already, whose owner the caller is now. */
  writer(name: string): RecordWriter<T> {
    return new RecordWriter((value) => this.update(name, value));
  }

  #makeDirectory(): void {
    try {
      mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw diskTrouble('make', this.#directory, error);
    }
  }

  #forgetAllBut(names: readonly string[]): void {
    if (this.#seen.size <= names.length) return; // what is gone from the middle of them is forgotten some other time
    const paths = new Set(names.map((name) => this.pathOf(name)));
    for (const path of this.#seen.keys()) if (!paths.has(path)) this.#seen.delete(path);
  }

  #readFile(path: string): T | undefined {
    const file = statOf(path);
    const seen = this.#seen.get(path);
    if (seen && file && isSame(seen.file, file)) return seen.value;
    this.#seen.delete(path);
    const value = file && valueIn(path, this.#members);
    if (value !== undefined && file && isSettled(file)) this.#seen.set(path, { file, value: value as T });
    return value as T | undefined;
  }
}

/** Undefined when there is no such file. Errors: DiskTrouble; RecordBroken. */
function valueIn(path: string, members: readonly string[]): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw diskTrouble('read', path, error);
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('it holds no object');
    const lacking = members.filter((member) => !Object.hasOwn(value, member));
    if (lacking.length > 0) throw new Error(`it lacks ${lacking.join(', ')}`);
    return value;
  } catch (error) {
    throw fail('RecordBroken', { path, why: reasonOf(error) }, error);
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw diskTrouble('read', path, error);
  }
}

const isSame = (one: Stats, other: Stats): boolean =>
  one.ino === other.ino && one.size === other.size && one.mtimeMs === other.mtimeMs && one.ctimeMs === other.ctimeMs;

/**
 * Whether a later file in its place can be told from it. Inodes are used again at once and clocks of file systems are coarse, so that two that
 * follow each other quickly can look the same.
 */
const isSettled = ({ ctimeMs }: Stats): boolean => Date.now() - ctimeMs > coarsestClock;

/** Milliseconds: of HFS+ and ext3, the coarsest that can hold the sockets of owners. */
const coarsestClock = 1000;

/**
 * Writes the states of one record in the background, so that nobody waits for the disk: a state that is overtaken before its turn is not
 * written at all, nor are those that follow each other at once. Whoever must know that the last one is safe awaits `flush`.
 */
export class RecordWriter<T> {
  readonly #write: (value: T) => Promise<void>;
  #next: { readonly value: T } | undefined;
  #working: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(write: (value: T) => Promise<void>) {
    this.#write = write;
  }

  /** `value` must not be changed afterwards. */
  put(value: T): void {
    this.#next = { value };
    this.#working ??= this.#work();
  }

  /** Settles when everything put so far is on the disk. Errors: DiskTrouble, for the last state that could not be written. */
  async flush(): Promise<void> {
    await this.#working;
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure) throw failure.error;
  }

  async #work(): Promise<void> {
    for (await nextTurn(); this.#next; await nextTurn()) {
      const { value } = this.#next;
      this.#next = undefined;
      try {
        await this.#write(value);
        this.#failure = undefined;
      } catch (error) {
        this.#failure = { error };
      }
    }
    this.#working = undefined;
  }
}

const textOf = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;
