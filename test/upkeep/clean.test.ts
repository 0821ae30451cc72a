import assert from 'node:assert/strict';
import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { openEmulator } from '../../src/emulator.ts';
import type { TrainingRecord } from '../../src/jobs/record.ts';
import { clean } from '../../src/upkeep/clean.ts';
import { chunks } from '../store/bytes.ts';
import { plant } from '../store/tree.ts';
import { FakeEngine } from '../support/fake-engine.ts';
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
});
