import { fail, isError } from '../errors.ts';
import type { Records, RecordWriter } from '../store/records.ts';

/** Things that are made once, never change, and are found by their exact name: models and endpoint configurations. */
export interface Catalogue<T> {
  /**
   * There when this returns, also for the next process where that is wanted. A name that differs in case only is taken too, since ARNs hold
   * names in lower case. `taken`: what is said then. Errors: AlreadyExists, DiskTrouble.
   */
  create(name: string, value: T, taken: string): Promise<void>;
  /** Undefined when there is none. Errors: DiskTrouble, RecordBroken. */
  read(name: string): Promise<T | undefined>;
  /** What cannot be read is left out. Errors: DiskTrouble. */
  list(): Promise<readonly T[]>;
  /** Whether there was one. Errors: DiskTrouble. */
  remove(name: string): Promise<boolean>;
}

/** Of one process; gone with it. */
export class MemoryCatalogue<T> implements Catalogue<T> {
  readonly #values = new Map<string, T>();

  async create(name: string, value: T, taken: string): Promise<void> {
    if (isTaken(this.#values.keys(), name)) throw fail('AlreadyExists', { message: taken });
    this.#values.set(name, value);
  }

  async read(name: string): Promise<T | undefined> {
    return this.#values.get(name);
  }

  async list(): Promise<readonly T[]> {
    return [...this.#values.values()];
  }

  async remove(name: string): Promise<boolean> {
    return this.#values.delete(name);
  }
}

/** On the disk, as records. */
export class RecordCatalogue<T> implements Catalogue<T> {
  readonly #records: Records<T>;
  /** Names in lower case whose record this process is writing. */
  readonly #begun = new Set<string>();

  constructor(records: Records<T>) {
    this.#records = records;
  }

  async create(name: string, value: T, taken: string): Promise<void> {
    const key = name.toLowerCase();
    if (this.#begun.has(key) || isTaken(this.#records.names(), name)) throw fail('AlreadyExists', { message: taken });
    this.#begun.add(key);
    try {
      await createRecord(this.#records, name, value, taken);
    } finally {
      this.#begun.delete(key);
    }
  }

  read(name: string): Promise<T | undefined> {
    return this.#records.read(name);
  }

  async list(): Promise<readonly T[]> {
    return (await this.#records.list()).records.map(({ value }) => value);
  }

  async remove(name: string): Promise<boolean> {
    const isThere = this.#records.names().includes(name);
    if (isThere) await this.#records.remove(name);
    return isThere;
  }
}

/** A record of something whose names AWS guards as those of models. Errors: AlreadyExists, DiskTrouble. */
export async function createRecord<T>(records: Records<T>, name: string, value: T, taken: string): Promise<RecordWriter<T>> {
  try {
    return await records.create(name, value, taken);
  } catch (error) {
    throw isError(error, 'ResourceInUse') ? fail('AlreadyExists', { message: taken }) : error;
  }
}

/** Whether there is one of this name, or of one that differs in case only. */
export function isTaken(names: Iterable<string>, name: string): boolean {
  const key = name.toLowerCase();
  for (const each of names) if (each.toLowerCase() === key) return true;
  return false;
}
