import assert from 'node:assert/strict';
import { pullProgress } from '../../src/engine/docker/pull-progress.ts';

describe('the progress of a pull', () => {
  const layer = (id: string, status: string, current?: number, total?: number, units?: string): Record<string, unknown> => ({
    id,
    status,
    progressDetail: { ...(current !== undefined && { current }), ...(total !== undefined && { total }), ...(units && { units }) },
  });

  it('adds the layers up, and knows how much there is when every one has begun to arrive', () => {
    const progress = pullProgress('image');
    const image = 'image';
    assert.equal(progress({ status: 'Pulling from team/image', id: '1' }), undefined);
    assert.deepEqual(progress(layer('a', 'Pulling fs layer')), { image, stage: 'download', done: 0 });
    progress(layer('b', 'Pulling fs layer'));
    assert.deepEqual(progress(layer('a', 'Downloading', 10, 100)), { image, stage: 'download', done: 10 });
    assert.deepEqual(progress(layer('b', 'Downloading', 5, 50)), { image, stage: 'download', done: 15, total: 150 });
    assert.deepEqual(progress(layer('a', 'Verifying Checksum')), { image, stage: 'download', done: 105, total: 150 });
    assert.deepEqual(progress(layer('a', 'Extracting', 60, 100)), { image, stage: 'download', done: 105, total: 150 });
    assert.deepEqual(progress(layer('b', 'Download complete')), { image, stage: 'unpack', done: 60, total: 150 });
    assert.deepEqual(progress(layer('a', 'Pull complete')), { image, stage: 'unpack', done: 100, total: 150 });
    assert.deepEqual(progress(layer('b', 'Pull complete')), { image, stage: 'unpack', done: 150, total: 150 });
    assert.equal(progress({ status: 'Digest: sha256:1' }), undefined);
  });

  it('leaves out layers that are there already, and those too small to be seen arriving', () => {
    const progress = pullProgress('image');
    progress(layer('a', 'Pulling fs layer'));
    progress(layer('b', 'Pulling fs layer'));
    progress(layer('c', 'Already exists'));
    progress(layer('a', 'Download complete'));
    assert.deepEqual(progress(layer('b', 'Downloading', 5, 50)), { image: 'image', stage: 'download', done: 5, total: 50 });
  });

  it('takes the seconds in which newer engines count the unpacking for no bytes', () => {
    const progress = pullProgress('image');
    progress(layer('a', 'Downloading', 50, 50));
    assert.equal(progress(layer('a', 'Extracting', 3, undefined, 's'))?.done, 0);
    assert.equal(progress(layer('a', 'Pull complete'))?.done, 50);
  });

  it('of base images that a build pulls is told for each by its name', () => {
    const progress = pullProgress();
    progress({ status: 'Pulling from library/python', id: '3.11' });
    assert.equal(progress(layer('a', 'Downloading', 5, 50))?.image, 'library/python:3.11');
    progress({ status: 'Pulling from team/iris', id: '1' });
    assert.deepEqual(progress(layer('b', 'Downloading', 1, 2)), { image: 'team/iris:1', stage: 'download', done: 1, total: 2 });
    assert.equal(progress({ stream: 'Step 1/2' }), undefined);
    assert.equal(progress({ status: 'Status: Downloaded newer image', id: undefined }), undefined);
  });
});
