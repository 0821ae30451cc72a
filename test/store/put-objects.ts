import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { isError } from '../../src/errors.ts';
import { openHome } from '../../src/store/home.ts';
import { LocalObjects } from '../../src/store/local-objects.ts';
import { Owner } from '../../src/store/owner.ts';

/** Writes to one bucket of a home from a process of its own. Prints `ready`, waits for a line, and does one of these. */
const [path = '', bucket = '', action = '', ...words] = process.argv.slice(2);
const home = await openHome(path);
const owner = await Owner.start(home);
const store = new LocalObjects(home, { owner: async () => owner.id });
const print = (line: string): boolean => process.stdout.write(`${line}\n`);

const actions: Readonly<Record<string, () => Promise<void>>> = {
  /** Objects of many sizes under a few keys, each with the digest of its content as metadata, until it is killed or `count` are written. */
  async rounds() {
    const [name = '', count = '', ...keys] = words;
    for (let round = 0; round < Number(count); round += 1) {
      const content = Buffer.from(`${name} ${round} `.repeat(1 + ((round * 7919) % 20_000)));
      const digest = createHash('md5').update(content).digest('hex');
      const key = keys[round % keys.length] ?? '';
      await store.put({ bucket, key }, pieces(content), { attributes: { userMetadata: { digest } } });
      if (round % 10 === 0) print(`${round}`);
    }
  },
  /** Adds to a number in an object, as often as it says, on the condition that nobody else has meanwhile. */
  async add() {
    const [key = '', count = ''] = words;
    const address = { bucket, key };
    for (let added = 0; added < Number(count); ) {
      const { object, body } = await store.get(address);
      const number = Number((await body.toArray()).join(''));
      try {
        await store.put(address, pieces(Buffer.from(`${number + 1}`)), { condition: { ifMatch: object.etag } });
        added += 1;
      } catch (error) {
        if (!isError(error, 'PreconditionFailed')) throw error;
      }
    }
  },
};

async function* pieces(content: Buffer): AsyncGenerator<Buffer, void> {
  for (let at = 0; at < content.length; at += 30_000) yield content.subarray(at, at + 30_000);
}

print('ready');
await once(process.stdin, 'data');
await actions[action]?.();
print('done');
await owner[Symbol.asyncDispose]();
process.stdin.destroy();
