import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openEmulator } from '../src/emulator.ts';
import { openEphemeral } from '../src/ephemeral.ts';
import { isAlive } from '../src/store/owner.ts';
import { reset } from '../src/up/reset.ts';
import { clean } from '../src/upkeep/clean.ts';
import { eventually } from './support/containers.ts';
import { failure } from './support/failure.ts';
import { FakeEngine } from './support/fake-engine.ts';
import { type LibraryProcess, libraryProcess } from './support/library-process.ts';
import { type TemporaryDirectory, temporaryDirectory } from './support/temporary-directory.ts';

describe('an ephemeral home', () => {
  let root: TemporaryDirectory;
  let own: FakeEngine;
  let other: FakeEngine;
  const home = (): string => join(root.path, 'home');
  beforeEach(async () => {
    root = await temporaryDirectory();
    own = new FakeEngine({ images: {}, host: 'unix:///own.sock', describe: { id: 'own' } });
    other = new FakeEngine({ images: {}, host: 'tcp://other:2375', describe: { id: 'other' } });
  });
  afterEach(async () => {
    await own[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
    await root[Symbol.asyncDispose]();
  });

  /** As a process leaves it that is killed, with something in the engine; `noted` is what it wrote of that. */
  async function killed(engine: FakeEngine, noted?: object): Promise<string> {
    await using _made = await openEmulator({ home: home(), engine });
    const path = join(home(), 'tmp/123-0a1b2c3d4e5f.ephemeral-abcdef');
    await mkdir(path, { recursive: true });
    await writeFile(join(path, 'format'), '3\n');
    if (noted) await writeFile(join(path, 'engine'), JSON.stringify(noted));
    await engine.networks.create({ name: 'n', labels: { 'sm-local.home': `${path}/accounts/1/r` } });
    return path;
  }
  const start = async (engine: FakeEngine): Promise<void> => await (await openEphemeral({ home: home(), engine }))[Symbol.asyncDispose]();

  it('says which engine it is for, at once by the address and soon by its id', async () => {
    await using ephemeral = await openEphemeral({ home: home(), engine: own });
    const noted = async (): Promise<object> => JSON.parse(await readFile(join(ephemeral.emulator.root.home.path, 'engine'), 'utf8'));
    assert.equal(((await noted()) as { address: string }).address, 'unix:///own.sock');
    await eventually(async () => 'id' in (await noted()), 'it was asked');
    assert.deepEqual(await noted(), { address: 'unix:///own.sock', id: 'own' });
  });

  it('of a killed process goes with the next start on its engine, however that is reached', async () => {
    for (const noted of [{ address: 'unix:///own.sock' }, { address: 'ssh://own', id: 'own' }, undefined]) {
      const path = await killed(own, noted);
      await start(own);
      assert.deepEqual(own.left(), []);
      assert.ok(!existsSync(path));
    }
  });

  it('of a killed process stays while its containers are in another engine, which takes them along', async () => {
    for (const noted of [{ address: 'tcp://other:2375' }, { address: 'unix:///own.sock', id: 'other' }]) {
      const path = await killed(other, noted);
      await start(own);
      assert.ok(existsSync(path));
      {
        await using emulator = await openEmulator({ home: home(), engine: own });
        const { elsewhere, directories } = await clean(emulator);
        assert.deepEqual([elsewhere, directories], [[path], 0]);
        assert.deepEqual((await reset(emulator)).elsewhere, [path]);
        assert.deepEqual(
          await readdir(home(), { recursive: true }).then((names) => names.filter((name) => /format|engine/.test(name)).sort()),
          ['format', ...['engine', 'format'].map((name) => `tmp/123-0a1b2c3d4e5f.ephemeral-abcdef/${name}`)],
        );
      }
      assert.equal(other.left().length, 1);
      await start(other);
      assert.deepEqual(other.left(), []);
      assert.ok(!existsSync(path));
    }
  });

  it('of an engine that was replaced by another goes when it is old, and that is asked for', async () => {
    const path = await killed(own, { address: 'unix:///own.sock', id: 'earlier' });
    await utimes(path, 1.6e9, 1.6e9);
    await using emulator = await openEmulator({ home: home(), engine: own });
    assert.deepEqual((await clean(emulator)).elsewhere, [path]);
    assert.equal((await clean(emulator, { olderThan: 3600 })).directories, 1);
    assert.ok(!existsSync(path));
    assert.equal(own.left().length, 1, 'what bears its name here is nothing that it knew of');
  });

  it('of canned replies goes with any start, and keeps none of an engine', async () => {
    const path = await killed(other, { address: 'replies://localhost', id: 'replies' });
    await start(own);
    assert.ok(!existsSync(path));
    const next = await killed(other, { address: 'tcp://other:2375', id: 'other' });
    await using process = await libraryProcess(home());
    assert.ok(existsSync(next));
    await process.end();
  });

  describe('of a living process', () => {
    let living: LibraryProcess;
    beforeEach(async () => {
      living = await libraryProcess(home());
    });
    afterEach(() => living[Symbol.asyncDispose]());

    it('is not touched by clean, or by another start', async () => {
      await start(own);
      await using emulator = await openEmulator({ home: home(), engine: own });
      assert.deepEqual([(await clean(emulator)).directories, (await clean(emulator, { olderThan: 0 })).directories], [0, 0]);
      assert.equal(await living.ask(), 200);
    });

    it('keeps its outer home from being emptied, until it has ended', async () => {
      await using emulator = await openEmulator({ home: home(), engine: own });
      await assert.rejects(reset(emulator), failure('HomeInUse', new RegExp(`process ${living.pid} has tmp/${living.pid}-.*ephemeral-`)));
      assert.equal(await living.ask(), 200);
      await living.end();
      await reset(emulator);
      assert.deepEqual(await readdir(home()), ['format']);
    });

    it('goes with the next start when it is killed', async () => {
      const [owner = ''] = (await readdir(join(home(), 'tmp'))).map((name) => name.split('.')[0] ?? '');
      assert.ok(await isAlive({ path: home(), owners: join(home(), 'owners') }, owner));
      await living.kill();
      await start(own);
      assert.deepEqual(await readdir(join(home(), 'tmp')), []);
    });
  });
});
