import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Scope } from '../../src/scope.ts';
import { type Home, openHome } from '../../src/store/home.ts';
import { LocalObjects } from '../../src/store/local-objects.ts';
import { isAlive, Owner } from '../../src/store/owner.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { chunks, md5 } from './bytes.ts';
import { Program } from './commands.ts';
import { Random } from './random.ts';

describe('writers of one bucket', () => {
  const bucket = 'bucket-1';
  let home: Home;
  let owner: Owner;
  let store: LocalObjects;
  let scope: AsyncDisposable;

  beforeEach(async () => {
    const directory = await temporaryDirectory();
    scope = directory;
    home = await openHome(join(directory.path, 'home'));
    owner = await Owner.start(home);
    store = new LocalObjects(home, { owner: async () => owner.id });
    await store.createBucket(bucket);
  });
  afterEach(async () => {
    await owner[Symbol.asyncDispose]();
    await scope[Symbol.asyncDispose]();
  });

  const started = (...words: string[]): Program => new Program('put-objects', [home.path, bucket, ...words]);
  const setOff = async (programs: readonly Program[]): Promise<void> => {
    for (const program of programs) assert.equal(await program.line(), 'ready');
    for (const program of programs) program.tell('go');
  };
  /** Reads an object, and sees that content, ETag and metadata are of one writer. False when there is none. */
  const isWhole = async (key: string): Promise<boolean> => {
    if (!(await store.head({ bucket, key }))) return false;
    const { object, body } = await store.get({ bucket, key });
    const digest = md5(Buffer.concat(await body.toArray()));
    assert.deepEqual([object.etag, object.userMetadata?.digest], [digest, digest], key);
    return true;
  };
  /** The keys of `a/b` and `a/b/c` are in each other's way, so both places of objects are written. */
  const keys = ['a', 'a/b', 'a/b/c'];

  it('of several processes never mix, and readers see one of them whole', async function () {
    this.timeout(60_000);
    await using programs = new Scope();
    const writers = ['one', 'two', 'three'].map((name) => programs.use(started('rounds', name, '60', ...keys)));
    await setOff(writers);
    const done = Promise.all(writers.map(untilDone)).then(() => true);
    let reads = 0;
    while (!(await Promise.race([done, sleep(0, false)]))) for (const key of keys) if (await isWhole(key)) reads += 1;
    for (const key of keys) assert.ok(await isWhole(key), key);
    assert.ok(reads > 0);
    const listed: string[] = [];
    for await (const each of store.list(bucket)) if (each.kind === 'object') listed.push(each.key);
    assert.deepEqual(listed, keys);
    assert.deepEqual(await readdir(home.tmp), []);
  });

  it('that are killed lose at most the object being written', async function () {
    this.timeout(60_000);
    const random = new Random(7);
    for (let round = 0; round < 6; round += 1) {
      await using program = started('rounds', `writer-${round}`, '1000000', ...keys);
      await setOff([program]);
      assert.equal(await program.line(), '0');
      await sleep(random.below(150));
      await program.kill('SIGKILL');
      let count = 0;
      for (const key of keys) if (await isWhole(key)) count += 1;
      assert.ok(count > 0);
      // What it was writing is known to be of a dead owner, and goes as everything of those does.
      for (const file of await readdir(home.tmp)) {
        assert.equal(await isAlive(home, file.split('.')[0] ?? ''), false);
        await rm(join(home.tmp, file));
      }
    }
    for (const key of keys) await store.remove({ bucket, key });
    await store.removeBucket(bucket);
    assert.deepEqual(await readdir(home.buckets), []);
  });

  it('that set a condition take turns, also when one is killed in its turn', async function () {
    this.timeout(60_000);
    const address = { bucket, key: 'counter' };
    const number = async (): Promise<number> => Number((await (await store.get(address)).body.toArray()).join(''));
    await store.put(address, chunks('0'));
    await using programs = new Scope();
    const endless = programs.use(started('add', 'counter', '1000000'));
    await setOff([endless]);
    while ((await number()) === 0) await sleep(1);
    const others = [1, 2, 3].map(() => programs.use(started('add', 'counter', '25')));
    await setOff(others);
    await endless.kill('SIGKILL');
    await Promise.all(others.map(untilDone));
    assert.ok((await number()) > 75);

    await store.put(address, chunks('0'));
    const last = [1, 2].map(() => programs.use(started('add', 'counter', '20')));
    await setOff(last);
    await Promise.all(last.map(untilDone));
    assert.equal(await number(), 40, 'no step is lost');
  });
});

async function untilDone(program: Program): Promise<void> {
  for (let line = await program.line(); line !== 'done'; line = await program.line()) assert.notEqual(line, undefined, 'it failed');
}
