import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { besides } from '../../src/cli/orphans.ts';
import { openEmulator } from '../../src/emulator.ts';
import type { TrainingRecord } from '../../src/jobs/record.ts';
import { serve } from '../../src/library/serve.ts';
import { Owner } from '../../src/store/owner.ts';
import { clean } from '../../src/upkeep/clean.ts';
import { chunks } from '../store/bytes.ts';
import { run } from '../store/commands.ts';
import { plant } from '../store/tree.ts';
import { eventually } from '../support/containers.ts';
import { FakeEngine, serving } from '../support/fake-engine.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('clean', () => {
  it('removes what killed writers of records have left half written, and nothing that may still be written', async () => {
    await using directory = await temporaryDirectory();
    await using engine = new FakeEngine({ images: {} });
    await using emulator = await openEmulator({ home: join(directory.path, 'home'), engine });
    const { records } = emulator.home;
    await emulator.trainingJobs.put('job', { endTime: '2026-01-01T00:00:00Z' } as TrainingRecord);
    const [old, young] = ['.sm-local-0123456789ab', '.sm-local-ba9876543210'];
    await plant(join(records, 'training-job'), { [old]: '{"name": ', [young]: '{"na' });
    await utimes(join(records, 'training-job', old), 1.6e9, 1.6e9);
    await clean(emulator);
    assert.deepEqual((await readdir(join(records, 'training-job'))).sort(), [young, 'job.json']);
  });

  it('removes what a killed writer of objects has left, and no object', async () => {
    await using directory = await temporaryDirectory();
    await using engine = new FakeEngine({ images: {} });
    await using emulator = await openEmulator({ home: join(directory.path, 'home'), engine });
    const { home } = emulator;
    const objects = await emulator.objects;
    await objects.createBucket('bucket-1');
    await objects.put({ bucket: 'bucket-1', key: 'a/' }, chunks('x'), { attributes: { contentType: 'text/csv' } });
    await plant(home.buckets, { 'bucket-1/b': 'by hand' });
    const [sidecar = ''] = await readdir(join(home.annex, 'bucket-1/metadata'), { recursive: true }).then((names) =>
      names.filter((name) => name.endsWith('.given')),
    );
    const stale = join(home.annex, 'bucket-1/metadata', sidecar.replace(/\.\d+-\d+-\d+\./, '.1-2-3.'));
    await plant(home.tmp, { '1-dead.0123456789ab': 'half an object', [`${(await emulator.owner).id}.0123456789ab`]: 'being written' });
    await plant('', { [stale]: '{"key":"a/"}' });
    await utimes(stale, 1.6e9, 1.6e9);
    await clean(emulator);
    assert.deepEqual(await readdir(home.tmp), [`${(await emulator.owner).id}.0123456789ab`]);
    const kept: string[] = [];
    for await (const each of objects.list('bucket-1')) if (each.kind === 'object') kept.push(each.key);
    assert.deepEqual(kept, ['a/', 'b']);
    assert.deepEqual(await readdir(join(home.annex, 'bucket-1/metadata', sidecar, '..')), [sidecar.split('/').at(-1)]);
  });

  it('keeps what a process that dies meanwhile has written down in its last moments', async () => {
    await using directory = await temporaryDirectory();
    await using engine = new FakeEngine({ images: {} });
    await using emulator = await openEmulator({ home: join(directory.path, 'home'), engine });
    const { home } = emulator;
    const dying = await Owner.start(home);
    const labels = { 'sm-local.kind': 'training-job', 'sm-local.name': 'job', 'sm-local.home': home.path, 'sm-local.owner': dying.id };
    await engine.networks.create({ name: 'n', labels });
    const scratch = join(home.tmp, `${dying.id}.job-abc`);
    await mkdir(scratch);
    const list = engine.containers.list.bind(engine.containers);
    engine.containers.list = async (wanted) => {
      const run = { label: dying.id, scratch };
      await emulator.trainingJobs.put('job', { name: 'job', owner: dying.id, run } as unknown as TrainingRecord);
      await dying.abandon();
      return await list(wanted);
    };
    const { networks, directories } = await clean(emulator);
    assert.deepEqual([networks, directories], [0, 0]);
    assert.equal(engine.left().length, 1);
    assert.deepEqual(await readdir(home.tmp), [`${dying.id}.job-abc`]);
  });

  it('removes endpoints that test runs were to reuse and that nobody has used for so long, when it is asked for what is old', async () => {
    await using directory = await temporaryDirectory();
    const echoes = serving(async (request, response) => response.end(request.url === '/ping' ? '' : await text(request)));
    await using engine = new FakeEngine({ images: { echoes } });
    await using other = new FakeEngine({ images: {}, host: 'tcp://other:2375', describe: { id: 'other' } });
    const outer = join(directory.path, 'home');
    const cleaned = async (olderThan: number | undefined, on = engine) => {
      await using emulator = await openEmulator({ home: outer, engine: on });
      const { containers, reused, elsewhere } = await clean(emulator, olderThan === undefined ? {} : { olderThan });
      return { containers, reused, elsewhere };
    };
    const home = join(outer, 'reuse/0123456789abcdef');
    const options = { engine, home, image: 'echoes', name: 'kept', lasting: true, credentials: 'none' as const };
    const endpoint = await serve(options);
    await eventually(async () => (await readFile(join(home, 'engine'), 'utf8')).includes('"id":"fake"'), 'the engine is noted');
    const old = () => utimes(join(home, 'owners'), 1.6e9, 1.6e9);
    await old();
    assert.deepEqual(await cleaned(3600), { containers: 0, reused: 0, elsewhere: [] }, 'its process lives');
    await endpoint[Symbol.asyncDispose]();
    assert.deepEqual(await cleaned(3600), { containers: 0, reused: 0, elsewhere: [] }, 'it was used just now');
    await old();
    assert.deepEqual(await cleaned(undefined), { containers: 0, reused: undefined, elsewhere: [] });
    assert.deepEqual(await cleaned(3600, other), { containers: 0, reused: 0, elsewhere: [home] }, 'its container is in another engine');
    assert.equal(engine.left().length, 1);
    assert.deepEqual(await cleaned(3600), { containers: 1, reused: 1, elsewhere: [] });
    assert.deepEqual(engine.left(), []);
    assert.deepEqual(await readdir(join(outer, 'reuse')), []);
  });

  // Only root can make what root cannot remove.
  const itAsRoot = process.platform === 'linux' && process.getuid?.() === 0 ? it : () => undefined;
  itAsRoot('removes what it can when something cannot be removed, says so, and no other command fails for that', async () => {
    await using directory = await temporaryDirectory();
    await using engine = new FakeEngine({ images: {} });
    await using emulator = await openEmulator({ home: join(directory.path, 'home'), engine });
    const { home } = emulator;
    const dead = '1-0123456789ab';
    const stuck = join(home.tmp, `${dead}.b`);
    const other = emulator.in({ account: '123456789012', region: 'eu-west-1' });
    await other.trainingJobs.put('old', { endTime: '2026-01-01T00:00:00Z' } as TrainingRecord);
    await plant(home.tmp, { [`${dead}.a/file`]: 'x', [`${dead}.b/file`]: 'x', [`${dead}.c/file`]: 'x' });
    await plant(other.home.tmp, { [`${dead}.a/file`]: 'x' });
    await plant(home.owners, { [`${dead}.sock`]: '' });
    await run('chattr', '+i', stuck);
    try {
      await assert.rejects(clean(emulator, { olderThan: 0 }), /Could not remove .*\.b: operation not permitted/);
      assert.deepEqual(await readdir(home.tmp), [`${dead}.b`]);
      assert.deepEqual([await readdir(other.home.tmp), other.trainingJobs.names()], [[], []]);
      const told: string[] = [];
      await (await besides(emulator, (message) => told.push(message))).leave();
      assert.match(told.join(), /^Something is left of processes that are gone: Could not remove .*\.b: operation not permitted$/);
    } finally {
      await run('chattr', '-i', stuck);
    }
    await clean(emulator);
    assert.deepEqual(await readdir(home.tmp), []);
  });

  itAsRoot('is not what it takes to remove what could not be removed in time: the next command does', async () => {
    await using directory = await temporaryDirectory();
    await using engine = new FakeEngine({ images: {} });
    const told: string[] = [];
    const open = () => openEmulator({ home: join(directory.path, 'home'), engine, onWarning: (message) => told.push(message) });
    let stuck = '';
    {
      await using emulator = await open();
      stuck = join(emulator.home.tmp, `${(await emulator.owner).id}.job`);
      await plant(stuck, { file: 'x' });
      await run('chattr', '+i', stuck);
      emulator.janitor.discard(stuck);
    }
    await run('chattr', '-i', stuck);
    assert.match(told.join(), /which the next command tries to remove again: Could not remove .*\.job: operation not permitted$/);
    await using emulator = await open();
    await (await besides(emulator, (message) => told.push(message))).leave();
    assert.deepEqual(await readdir(emulator.home.tmp), []);
    assert.equal(told.length, 1);
  });
});
