import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openEmulator } from '../src/emulator.ts';
import type { TrainingRecord } from '../src/jobs/record.ts';
import { isAlive } from '../src/store/owner.ts';
import { clean } from '../src/upkeep/clean.ts';
import { chunks } from './store/bytes.ts';
import { plant } from './store/tree.ts';
import { FakeEngine } from './support/fake-engine.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';

const elsewhere = { account: '123456789012', region: 'eu-west-1' };

describe('accounts and regions of a home', () => {
  it('have records, logs and owners of their own, and objects together', async () => {
    await using directory = await temporaryDirectory();
    await using engine = new FakeEngine({ images: {} });
    await using emulator = await openEmulator({ home: join(directory.path, 'home'), engine });
    const other = emulator.in(elsewhere);
    assert.equal(emulator.in(elsewhere), other);
    assert.equal(other.in(emulator), emulator);
    await emulator.trainingJobs.put('job', { endTime: '2026-01-01T00:00:00Z' } as TrainingRecord);
    assert.equal(await other.trainingJobs.read('job'), undefined);
    await other.trainingJobs.create('job', { endTime: '2026-01-01T00:00:00Z' } as TrainingRecord, 'taken');
    assert.notEqual(emulator.home.logs, other.home.logs);
    const [one, two] = [await emulator.owner, await other.owner];
    assert.notEqual(one.id, two.id);
    assert.ok(await isAlive(other.home, two.id));
    assert.equal(await isAlive(emulator.home, two.id), false);
    const objects = await emulator.objects;
    assert.equal(await other.objects, objects);
    await objects.createBucket('bucket-1');
    await objects.put({ bucket: 'bucket-1', key: 'a' }, chunks('x'));
    assert.ok(await (await other.objects).head({ bucket: 'bucket-1', key: 'a' }));
  });

  it('are found again by the next process, which may begin with any of them', async () => {
    await using directory = await temporaryDirectory();
    await using engine = new FakeEngine({ images: {} });
    const home = join(directory.path, 'home');
    {
      await using emulator = await openEmulator({ home, engine, ...elsewhere });
      assert.equal(emulator.account, elsewhere.account);
      await emulator.trainingJobs.put('job', { endTime: '2026-01-01T00:00:00Z' } as TrainingRecord);
    }
    await using emulator = await openEmulator({ home, engine, region: 'us-west-2' });
    const found = (await emulator.everywhere()).map(({ account, region }) => `${account}/${region}`);
    assert.deepEqual(found, ['000000000000/us-east-1', '123456789012/eu-west-1']);
    assert.ok(await emulator.in(elsewhere).trainingJobs.read('job'));
    assert.equal(emulator.root.home.path, home);
  });

  it('are all cleaned', async () => {
    await using directory = await temporaryDirectory();
    await using engine = new FakeEngine({ images: {} });
    await using emulator = await openEmulator({ home: join(directory.path, 'home'), engine });
    const { home } = emulator.in(elsewhere);
    await plant(home.tmp, { '1-dead.scratch': 'left behind' });
    const { directories } = await clean(emulator);
    assert.equal(directories, 1);
    assert.equal(existsSync(join(home.tmp, '1-dead.scratch')), false);
  });

  it('end together', async () => {
    await using directory = await temporaryDirectory();
    await using engine = new FakeEngine({ images: {} });
    const emulator = await openEmulator({ home: join(directory.path, 'home'), engine });
    const other = emulator.in(elsewhere);
    const { id } = await other.owner;
    await emulator[Symbol.asyncDispose]();
    assert.equal(await isAlive(other.home, id), false);
  });

  it('tell of a record that somebody has broken, and show the others', async () => {
    await using directory = await temporaryDirectory();
    await using engine = new FakeEngine({ images: {} });
    await using emulator = await openEmulator({ home: join(directory.path, 'home'), engine });
    await plant(emulator.home.records, { 'model/broken.json': '{}' });
    await assert.rejects(emulator.models.read('broken'), /is not whole: it lacks name, arn/);
    const { records, broken } = await emulator.models.list();
    assert.deepEqual([records.length, broken.length], [0, 1]);
  });
});

describe('what is left of a job and cannot be removed', () => {
  it('is told to who asked for it', async () => {
    await using directory = await temporaryDirectory();
    await using engine = new FakeEngine({ images: {} });
    const told: string[] = [];
    {
      await using emulator = await openEmulator({ home: join(directory.path, 'home'), engine, onWarning: (message) => told.push(message) });
      emulator.in(elsewhere).janitor.discard(join(directory.path, 'no\0name'));
    }
    assert.match(told.join(), /^Something is left of a job, which the next command tries to remove again: Could not remove /);
  });

  it('is a warning of the process where nobody asked', async () => {
    await using directory = await temporaryDirectory();
    await using engine = new FakeEngine({ images: {} });
    const warned = once(process, 'warning') as Promise<[Error]>;
    {
      await using emulator = await openEmulator({ home: join(directory.path, 'home'), engine });
      emulator.janitor.discard(join(directory.path, 'no\0name'));
    }
    const [{ name, message }] = await warned;
    assert.equal(name, 'sm-local');
    assert.match(message, /^Something is left of a job/);
  });
});
