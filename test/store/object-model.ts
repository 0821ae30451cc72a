import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import type { Listed, ListOptions, ObjectStore } from '../../src/store/objects.ts';
import { chunks, md5 } from './bytes.ts';
import type { Random } from './random.ts';

interface Thing {
  readonly content: string;
  readonly userMetadata: Readonly<Record<string, string>> | undefined;
}

/** Does random things to a bucket and to a map, and sees that both agree. */
export class ObjectModel {
  readonly #random: Random;
  readonly #things = new Map<string, Thing>();
  readonly #parts: readonly string[];

  constructor(random: Random) {
    this.#random = random;
    // A few names for each run, so that keys meet.
    this.#parts = Array.from({ length: 5 }, () => random.pick(oddParts));
  }

  async step(store: ObjectStore, bucket: string, told: string): Promise<void> {
    const random = this.#random;
    const key = this.#key();
    const address = { bucket, key };
    const thing = this.#things.get(key);
    switch (random.integer(8)) {
      case 0:
      case 1:
      case 2: {
        const content = 'x'.repeat(random.integer(50));
        const userMetadata = random.below(2) < 1 ? { at: told } : undefined;
        await store.put(address, chunks(content), userMetadata && { attributes: { userMetadata } });
        this.#things.set(key, { content, userMetadata });
        break;
      }
      case 3:
        await store.remove(address);
        this.#things.delete(key);
        break;
      case 4: {
        const other = this.#key();
        if (!thing) break;
        await store.copy(address, { bucket, key: other });
        this.#things.set(other, thing);
        break;
      }
      case 5: {
        const object = await store.head(address);
        assert.equal(object?.etag, thing && md5(thing.content), told);
        assert.deepEqual(object?.userMetadata, thing?.userMetadata, told);
        if (thing) assert.equal((await buffer((await store.get(address)).body)).toString(), thing.content, told);
        break;
      }
      default:
        await this.#compareListing(store, bucket, told);
    }
  }

  async #compareListing(store: ObjectStore, bucket: string, told: string): Promise<void> {
    const random = this.#random;
    const some = (): string => this.#key().slice(0, random.integer(12));
    const options: ListOptions = {
      ...(random.below(2) < 1 && { prefix: some() }),
      ...(random.below(3) < 1 && { startAfter: some() }),
      ...(random.below(2) < 1 && { delimiter: random.pick(['/', 'a', '//']) }),
      ...(random.below(3) < 1 && { limit: random.integer(5) }),
    };
    const listed: string[] = [];
    for await (const each of store.list(bucket, options)) listed.push(nameOf(each));
    assert.deepEqual(listed, this.#listing(options), `${told}: ${JSON.stringify(options)}`);
  }

  #listing({ prefix = '', startAfter = '', delimiter = '', limit = Number.POSITIVE_INFINITY }: ListOptions): string[] {
    const names = new Set<string>();
    const keys = [...this.#things.keys()].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
    for (const key of keys) {
      if (!key.startsWith(prefix) || Buffer.compare(Buffer.from(key), Buffer.from(startAfter)) <= 0) continue;
      const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      const group = end < 0 ? undefined : key.slice(0, end + delimiter.length);
      if (group === undefined || group !== startAfter) names.add(group === undefined ? key : `group ${group}`);
    }
    return [...names].slice(0, limit);
  }

  #key(): string {
    for (;;) {
      const parts = Array.from({ length: 1 + this.#random.integer(3) }, () => this.#random.pick(this.#parts));
      const key = parts.join('/');
      if (key !== '' && Buffer.byteLength(key) <= 1024) return key;
    }
  }
}

const nameOf = (each: Listed): string => (each.kind === 'object' ? each.key : `group ${each.prefix}`);

const oddParts = [
  ...['a', 'a', 'b', 'ab', 'a-b', 'A', '', '', '.', '..', '...', '.hidden', ' ', 'a b', 'a+b', '%2e', '%', '~', '#', '?', '\\', '"', "'"],
  ...[
    'é',
    'e\u0301',
    '模型',
    '\u{1F600}',
    '\u{E000}',
    '\uFFFD',
    '\n',
    '\t',
    '\u0001',
    '\u007f',
    'con',
    'NUL',
    'x'.repeat(255),
    'x'.repeat(256),
  ],
  ...['ü'.repeat(100), '.sm-local-x', '.sm-local-uploads', '.DS_Store', 'a:b', 'a*', '<a>', '|', 'a.', 'z'.repeat(300)],
];
