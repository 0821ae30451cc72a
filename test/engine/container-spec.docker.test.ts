import assert from 'node:assert/strict';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { connect } from '../../src/engine/docker/client.ts';
import type { Mount } from '../../src/engine/engine.ts';
import { findEngine } from '../../src/engine/find.ts';
import { archiveOf } from '../support/archives.ts';
import { testContainers, uniqueName } from '../support/containers.ts';

describe('the specification of a container', function () {
  this.timeout(60_000);
  const { engine, base, create, start, startUntilReady, run, image, volume, directory } = testContainers();

  describe('gives it', () => {
    it('the variables as they are, those of its image and of the engine, and no others', async () => {
      const given = { SIMPLE: 'x', EMPTY: '', GREETING: 'a=b "c" $d \'e\'', UNICODE: 'Grüße 世界', LINES: 'one\ntwo', 'WITH.DOT': '1' };
      const command = ['python3', '-c', 'import json, os; print(json.dumps(dict(os.environ)))'];
      const seen = JSON.parse((await run('', { command, environment: given, hostname: 'own-name' })).stdout);
      assert.deepEqual(seen, { ...base().environment, ...given, HOSTNAME: 'own-name', HOME: '/root' });
    });

    it("arguments that replace its image's own, behind its image's entrypoint", async () => {
      const built = await image('ENTRYPOINT ["echo", "entry"]', 'CMD ["default"]');
      assert.equal((await run('', { image: built.id, command: ['train'] })).stdout, 'entry train\n');
    });

    it('an entrypoint that drops what its image would run', async () => {
      const built = await image('ENTRYPOINT ["echo", "entry"]', 'CMD ["default"]');
      assert.equal((await run('', { image: built.id, entrypoint: ['echo', 'mine'], command: [] })).stdout, 'mine\n');
      assert.equal((await run('', { image: built.id, entrypoint: ['echo', 'mine'], command: ['a b', ''] })).stdout, 'mine a b \n');
    });

    it('a host name', async () => {
      assert.equal((await run('hostname', { hostname: 'ip-10-0-1-2.ec2.internal' })).stdout, 'ip-10-0-1-2.ec2.internal\n');
    });

    it('lines of the hosts file', async () => {
      const script = `exec python3 -c "import socket; print(socket.gethostbyname('algo-1'), socket.gethostbyname('algo-2'))"`;
      const extraHosts = { 'algo-1': '127.0.0.1', 'algo-2': '10.1.2.3' };
      assert.equal((await run(script, { extraHosts })).stdout, '127.0.0.1 10.1.2.3\n');
    });

    it('shared memory of a size', async () => {
      const script = `exec python3 -c "import os; s = os.statvfs('/dev/shm'); print(s.f_frsize * s.f_blocks)"`;
      assert.equal((await run(script, { shmSize: 200 * 2 ** 20 })).stdout, `${200 * 2 ** 20}\n`);
    });

    it('limits of its processes', async () => {
      const ulimits = [{ name: 'nofile', soft: 256, hard: 512 }];
      assert.equal((await run('ulimit -Sn; ulimit -Hn', { ulimits })).stdout, '256\n512\n');
    });

    it('files over those of its image, the later ones over the earlier, with modes and owners', async () => {
      const path = await directory();
      const [first, second] = [join(path, 'first.tar'), join(path, 'second.tar')];
      await pipeline(
        archiveOf({ 'opt/own.txt': { content: 'first ' }, 'etc/hostname-of-image': { content: 'image ' } }),
        createWriteStream(first),
      );
      await pipeline(archiveOf({ 'opt/own.txt': { content: 'second ', mode: 0o640, uid: 7, gid: 8 } }), createWriteStream(second));
      const script = 'cat /opt/own.txt /etc/hostname-of-image; stat -c "%a %u:%g" /opt/own.txt';
      assert.equal((await run(script, { patches: [first, second] })).stdout, 'second image 640 7:8\n');
    });

    it('a share of the processors', async () => {
      const script = 'cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu.max 2>/dev/null; true';
      assert.match((await run(script, { cpus: 0.5 })).stdout, /^50000\b/);
    });

    it('a name, under which nothing of ours looks for it', async () => {
      const name = uniqueName();
      const container = await create('true', { name });
      const [found] = await connect(findEngine()).listContainers({ all: true, filters: { id: [container.id] } });
      assert.deepEqual(found?.Names, [`/${name}`]);
    });

    it('directories of this machine, to read or to write', async () => {
      const source = await directory({ 'in.txt': 'in' });
      const mounts: readonly Mount[] = [
        { kind: 'bind', source, target: '/opt/ml/writable', readOnly: false },
        { kind: 'bind', source, target: '/opt/ml/read only', readOnly: true },
      ];
      const script =
        'cat /opt/ml/writable/in.txt; echo out > /opt/ml/writable/out.txt; echo no > "/opt/ml/read only/no.txt" || echo refused';
      assert.equal((await run(script, { mounts })).stdout, 'inrefused\n');
      assert.equal(await readFile(join(source, 'out.txt'), 'utf8'), 'out\n');
    });

    it('volumes as they are: empty ones are not filled from the image', async () => {
      const { name } = await volume();
      const mounts: readonly Mount[] = [{ kind: 'volume', source: name, target: '/etc', readOnly: false }];
      assert.equal(
        (await run('ls -A /etc | grep -vE "^(hostname|hosts|resolv.conf|mtab)$"; echo kept > /etc/kept', { mounts })).stdout,
        '',
      );
      const again: readonly Mount[] = [{ kind: 'volume', source: name, target: '/data', readOnly: true }];
      assert.equal((await run('cat /data/kept; echo x > /data/x || echo refused', { mounts: again })).stdout, 'kept\nrefused\n');
    });
  });

  describe('has ports that', () => {
    const serve =
      "cd /etc; exec python3 -u -c \"import http.server as s; h = s.ThreadingHTTPServer(('', 8080), s.SimpleHTTPRequestHandler); print('ready'); h.serve_forever()\"";

    it('can be reached at its own address, where the engine is on this machine', async () => {
      const container = await startUntilReady(serve);
      const { running, address, ports, exit } = await container.inspect();
      assert.deepEqual([running, exit, ports.size], [true, undefined, 0]);
      assert.ok(address);
      if ((await engine.describe()).isNative) assert.match(await get(`http://${address}:8080/passwd`), /^root:/);
    });

    it('can be published on loopback, on a port that the engine picks', async () => {
      const container = await startUntilReady(serve, { publish: [8080] });
      const port = (await container.inspect()).ports.get(8080);
      assert.ok(port !== undefined && port > 0);
      assert.match(await get(`http://127.0.0.1:${port}/passwd`), /^root:/);
      const [found] = await connect(findEngine()).listContainers({ filters: { id: [container.id] } });
      assert.deepEqual([...new Set(found?.Ports.map(({ IP }) => IP))], ['127.0.0.1']);
    });

    it('are gone with the address when it has ended', async () => {
      const container = await start('true', { publish: [8080] });
      await container.exited;
      const { running, address, ports } = await container.inspect();
      assert.deepEqual([running, address, ports.size], [false, undefined, 0]);
    });

    it('cannot be reached without a network', async () => {
      const container = await startUntilReady('echo ready; exec sleep 1000', { network: 'none' });
      assert.equal((await container.inspect()).address, undefined);
    });
  });
});

function get(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    http.get(url, { agent: false }, (response) => resolve(text(response))).on('error', reject);
  });
}
