import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Mount } from '../../src/engine/engine.ts';
import { archiveOf, unpacked } from '../support/archives.ts';
import { eventually, printedOutput, rejectionOf, testContainers } from '../support/containers.ts';
import { failure } from '../support/failure.ts';

describe('files between here and an engine', function () {
  this.timeout(60_000);
  const { create, startUntilReady, run, volume } = testContainers();

  it('can be written before the start and read after the end, with modes and owners', async () => {
    const container = await create(
      'cat /srv/in/a.txt; stat -c "%a %u:%g" /srv/in/a.txt; mkdir /out; echo result > /out/r.txt; chmod 640 /out/r.txt',
    );
    await container.putArchive('/srv', archiveOf({ 'in/a.txt': { content: 'hello ', mode: 0o600, uid: 7, gid: 8 } }));
    const printed = printedOutput();
    const attachment = await container.attach(printed.add);
    assert.equal((await (await container.start()).exited).code, 0);
    await attachment.ended;
    assert.equal(printed.text('stdout'), 'hello 600 7:8\n');
    const tar = await container.getArchive('/out');
    assert.ok(tar);
    assert.deepEqual(await unpacked(tar), { 'out/': 'directory 755', 'out/r.txt': 'file 640 result\n' });
  });

  it('can be written and read while it runs', async () => {
    const container = await startUntilReady(
      'echo ready; while ! test -f /tmp/go; do sleep 0.05; done; echo went > /tmp/gone; exec sleep 1000',
    );
    await container.putArchive('/tmp', archiveOf({ go: { content: '' } }));
    await eventually(async () => (await container.exec(['test', '-s', '/tmp/gone'])).code === 0, '/tmp/gone is there');
    const tar = await container.getArchive('/tmp/gone');
    assert.ok(tar);
    assert.deepEqual(await unpacked(tar), { gone: 'file 644 went\n' });
  });

  it('that do not exist are undefined', async () => {
    assert.equal(await (await create('true')).getArchive('/no/such/path'), undefined);
  });

  it('of a container that was removed are an error, since nobody can tell what it had', async () => {
    const container = await create('true');
    await container.remove();
    await assert.rejects(container.getArchive('/tmp'), failure('ContainerGone', /removed by somebody else/));
  });

  it('cannot be written below a directory that does not exist', async () => {
    const container = await create('true');
    const { message } = await rejectionOf('EngineFailed', container.putArchive('/no/such', archiveOf({ a: { content: '' } })));
    assert.match(message, /could not write files below \/no\/such of the container/);
  });

  it('of many megabytes pass in both directions', async () => {
    const content = randomBytes(2 ** 20)
      .toString('base64')
      .repeat(8);
    const container = await create('true');
    await container.putArchive('/srv', archiveOf({ big: { content } }));
    const tar = await container.getArchive('/srv/big');
    assert.ok(tar);
    assert.equal((await unpacked(tar)).big, `file 644 ${content}`);
  });

  it('reach a volume that is mounted there, also before the start', async () => {
    const { name } = await volume();
    const mounts: readonly Mount[] = [{ kind: 'volume', source: name, target: '/opt/ml/input', readOnly: false }];
    const container = await create('true', { mounts });
    await container.putArchive('/opt/ml/input', archiveOf({ 'a.txt': { content: 'in the volume' } }));
    assert.equal((await run('cat /opt/ml/input/a.txt', { mounts })).stdout, 'in the volume');
  });

  it('whose source breaks off are an error, the one of the source', async () => {
    const container = await create('true');
    for (const moment of ['before', 'while connecting', 'in the middle']) {
      const broken = new Readable({ read() {} }).on('error', () => {});
      const breakOff = (): void => void broken.destroy(new Error(`on fire ${moment}`));
      if (moment === 'before') breakOff();
      const put = container.putArchive('/srv', broken);
      if (moment === 'while connecting') breakOff();
      if (moment === 'in the middle') setTimeout(breakOff, 50);
      await assert.rejects(put, { message: `on fire ${moment}` });
    }
  });
});
