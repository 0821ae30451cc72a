import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mount } from '../../src/engine/engine.ts';
import { rejectionOf, testContainers, uniqueName } from '../support/containers.ts';
import { testLabels } from '../support/real-engine.ts';

describe('volumes of an engine', function () {
  this.timeout(60_000);
  const { engine, create, run, volume, directory, defer } = testContainers();

  it('are listed by their labels and say where they lie', async () => {
    const label = { ...testLabels, 'sm-local.name': uniqueName() };
    const { name, mountpoint } = await engine.volumes.create({ name: uniqueName(), labels: label });
    defer(() => engine.volumes.remove(name));
    assert.ok(mountpoint.includes(name));
    assert.deepEqual(await engine.volumes.list({ 'sm-local.name': label['sm-local.name'] }), [{ name, labels: label }]);
  });

  it('may be removed twice, but not while a container uses them', async () => {
    const { name } = await volume();
    const container = await create('true', { mounts: [{ kind: 'volume', source: name, target: '/data', readOnly: false }] });
    await rejectionOf('EngineFailed', engine.volumes.remove(name));
    await container.remove();
    await engine.volumes.remove(name);
    await engine.volumes.remove(name);
  });

  describe('that show a directory of this machine through an overlay', () => {
    before(async () => {
      assert.ok((await engine.describe()).isNative, 'an overlay of a directory of this machine needs an engine on this machine');
    });

    const overlay = async (lower: string): Promise<readonly Mount[]> => {
      const [upper, work] = [await volume(), await volume()];
      const options = `lowerdir=${lower},upperdir=${upper.mountpoint},workdir=${work.mountpoint}`;
      const merged = await volume({ type: 'overlay', device: 'overlay', options });
      return [{ kind: 'volume', source: merged.name, target: '/opt/ml/input/data/train', readOnly: false }];
    };

    it('can be written without changing the directory', async () => {
      const lower = await directory({ 'a.txt': 'original', 'b/c.txt': 'deep' });
      const mounts = await overlay(lower);
      const script = 'cd /opt/ml/input/data/train; cat a.txt b/c.txt; echo changed > a.txt; rm -r b; echo new > d.txt; cat a.txt; ls';
      assert.equal((await run(script, { mounts })).stdout, 'originaldeepchanged\na.txt\nd.txt\n');
      assert.equal(await readFile(join(lower, 'a.txt'), 'utf8'), 'original');
      assert.equal(await readFile(join(lower, 'b/c.txt'), 'utf8'), 'deep');
      assert.equal((await run('cat /opt/ml/input/data/train/a.txt', { mounts })).stdout, 'changed\n');
    });

    it('cannot be started with when the directory is not there, which is no fault of the image', async () => {
      const container = await create('true', { mounts: await overlay(join(await directory(), 'gone')) });
      assert.match((await rejectionOf('EngineFailed', container.start())).message, /mount/);
    });
  });
});
