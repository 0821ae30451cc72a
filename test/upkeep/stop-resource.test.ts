import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { openEmulator } from '../../src/emulator.ts';
import type { TrainingRecord } from '../../src/jobs/record.ts';
import { neverStopped } from '../../src/stop.ts';
import { ownerAddress } from '../../src/store/owner-address.ts';
import { Records } from '../../src/store/records.ts';
import { endApi } from '../../src/up/api-process.ts';
import { readResource } from '../../src/upkeep/resources.ts';
import { stopResource } from '../../src/upkeep/stop-resource.ts';
import { deafOwner } from '../store/deaf-owner.ts';
import { failure } from '../support/failure.ts';
import { FakeEngine } from '../support/fake-engine.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('what a process on another machine runs that shares the home', () => {
  it('cannot be stopped from here, which is said', async () => {
    await using directory = await temporaryDirectory();
    await using engine = new FakeEngine({ images: {} });
    await using emulator = await openEmulator({ home: directory.path, engine });
    const { home } = emulator;
    const owner = await deafOwner(home, { kernel: 'ffffffff' });
    const job = { owner, name: 'job', status: 'InProgress', secondaryStatus: 'Training', transitions: [], files: {}, metrics: [], run: {} };
    const times = { creationTime: '2026-01-01T00:00:00Z', request: { TrainingJobName: 'job' } };
    await emulator.trainingJobs.put('job', { ...job, ...times, arn: 'arn' } as unknown as TrainingRecord);
    const resource = await readResource(emulator, 'training-job', 'job');
    assert.equal(resource?.isRunning, true);
    const options = { isHard: false, signal: neverStopped.stop, observer: { event() {}, log() {} } };
    await assert.rejects(stopResource(emulator, resource, options), failure('OwnerElsewhere', /The training-job job belongs to/));

    await new Records(home, 'api').put('up', { owner, pid: 4711 });
    await assert.rejects(endApi(emulator, false), failure('OwnerElsewhere', /The sm-local up of/));
    await rm(ownerAddress(home, owner)); // as the remedy says
    assert.equal((await readResource(emulator, 'training-job', 'job'))?.isOrphan, true);
    await assert.rejects(endApi(emulator, false), failure('ApiNotRunning', /./));
  });
});
