import assert from 'node:assert/strict';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import type { ContainerEvent, EngineDescription, Exit, Mount } from '../../src/engine/engine.ts';
import { probeFileSharing } from '../../src/engine/file-sharing.ts';
import { archiveOf, unpacked } from '../support/archives.ts';
import { type EngineUnderTest, printedOutput, rejectionOf, testContainers, uniqueName } from '../support/containers.ts';
import { failure } from '../support/failure.ts';
import { testLabels } from '../support/real-engine.ts';
import { workConformance } from './work-conformance.ts';

/** What an engine must say of itself; where it differs from Docker on this machine, so do some promises. */
export interface Expected extends Pick<EngineDescription, 'kind' | 'isNative' | 'keepsContainers' | 'reportsOutOfMemory'> {
  /** Mounts show containers what is on this machine. */
  readonly sharesFiles: boolean;
}

/** On this machine, through its socket. */
export const ordinary: Expected = { kind: 'docker', sharesFiles: true, isNative: true, keepsContainers: false, reportsOutOfMemory: true };

/** On another machine. */
export const remote: Expected = { ...ordinary, sharesFiles: false, isNative: false };

/**
 * In a `describe`: what any engine must do for sm-local, from one container to a training job and an endpoint. The rarer corners are in the
 * suites of test/engine, which run on the ordinary engine only.
 */
export function conformance(on: EngineUnderTest, expected: Expected = ordinary): void {
  describe('keeps the promises of an engine:', () => engineConformance(on, expected));
  describe('does the work of sm-local:', () => workConformance(on, expected));
}

function engineConformance(on: EngineUnderTest, expected: Expected): void {
  const bench = testContainers(on);
  const { base, create, start, startUntilReady, run, network, volume, image, directory, defer } = bench;

  it('describes itself', async () => {
    const found = await bench.engine.describe();
    const { kind, isNative, keepsContainers, reportsOutOfMemory } = found;
    const { sharesFiles: _sharesFiles, ...described } = expected;
    assert.deepEqual({ kind, isNative, keepsContainers, reportsOutOfMemory }, described);
    assert.match(`${found.version} ${found.apiVersion}`, /^\d+\..+ \d+\.\d+$/);
    assert.deepEqual([found.os, found.architecture, found.rootless], ['linux', base().architecture, false]);
    assert.ok(found.cpus >= 1 && found.memory > 2 ** 28);
    for (const word of [found.name, found.id, found.operatingSystem, found.storageDriver]) assert.ok(word);
  });

  it('shows containers what is on this machine, or is found out not to', async () => {
    const labels = { ...testLabels, 'sm-local.kind': 'probe' };
    const { obstacles } = await probeFileSharing(bench.engine, { directory: await directory(), labels });
    assert.deepEqual(obstacles, expected.sharesFiles ? [] : ['unseen']);
  });

  it('hands over output from the first byte to the last, by stream, and exit codes', async () => {
    for (const code of [0, 3, 255]) {
      const printed = await run(`echo out; echo err >&2; printf "no newline"; exit ${code}`);
      assert.deepEqual(printed, { exit: exitOf(code), stdout: 'out\nno newline', stderr: 'err\n' });
    }
    assert.equal((await run('head -c 1048576 /dev/zero')).stdout.length, 2 ** 20);
  });

  it('sees every end, also within the first millisecond', async () => {
    const containers = await Promise.all(Array.from({ length: 4 }, () => create('', { command: ['true'] })));
    const exits = await Promise.all(containers.map(async (container) => (await container.start()).exited));
    assert.deepEqual(exits, Array(4).fill(exitOf(0)));
  });

  it('says whose fault it is that a container cannot start', async () => {
    for (const command of [['/no/such/program'], ['/etc/passwd']]) {
      await rejectionOf('NotStartable', (await create('', { command })).start());
    }
  });

  it('does not know an image that is not there', async () => {
    assert.equal(await bench.engine.images.inspect('sm-local-test/none:1'), undefined);
    await rejectionOf('ImageNotFound', create('true', { image: `sha256:${'0'.repeat(64)}` }));
  });

  it('stops with SIGTERM, and with SIGKILL after the grace', async () => {
    const polite = await startUntilReady('trap "exit 7" TERM; echo ready; while :; do sleep 0.05; done');
    assert.deepEqual(await polite.stop(30), exitOf(7));
    const deaf = await startUntilReady('trap "" TERM; echo ready; while :; do sleep 0.05; done');
    const begun = Date.now();
    assert.deepEqual(await deaf.stop(0.6), exitOf(137));
    assert.ok(Date.now() - begun >= 600);
  });

  it('kills, and does not mind what has ended', async () => {
    const container = await startUntilReady('echo ready; exec sleep 1000');
    await container.kill('SIGKILL');
    assert.deepEqual(await container.exited, exitOf(137));
    await container.kill('SIGKILL');
  });

  it('starts a container again that has ended, with what it has written', async () => {
    const container = await start('echo again >> /tmp/runs; exit $(wc -l < /tmp/runs)');
    assert.deepEqual(await container.exited, exitOf(1));
    const again = await on.engine().containers.startAgain(container.id);
    assert.deepEqual(await again.exited, exitOf(2));
  });

  it('tells a kill for want of memory from one that was asked for', async () => {
    const memory = 32 * 2 ** 20;
    const { exit } = await run('exec python3 -c "print(len(bytearray(1 << 28)))"', { memory });
    assert.deepEqual(exit, { code: 137, oomKilled: true });
    const container = await startUntilReady('echo ready; exec sleep 1000', { memory });
    await container.kill('SIGKILL');
    assert.deepEqual(await container.exited, exitOf(137));
  });

  it('keeps logs, and hands them over while they come, to another process too', async () => {
    const container = await startUntilReady('echo early; echo ready; trap "echo late >&2; exit 0" TERM; while :; do sleep 0.05; done');
    const opened = await bench.engine.containers.open(container.id);
    assert.ok(opened);
    const followed = printedOutput();
    const following = await opened.logs(followed.add, { follow: true });
    await container.stop(20);
    await following.ended;
    assert.deepEqual([followed.text('stdout'), followed.text('stderr')], ['early\nready\n', 'late\n']);
    assert.deepEqual(await opened.exited, exitOf(0));
    const read = printedOutput();
    await (await opened.logs(read.add)).ended;
    assert.deepEqual([read.text('stdout'), read.text('stderr')], ['early\nready\n', 'late\n']);
  });

  it('runs programs inside', async () => {
    const container = await startUntilReady('echo ready; exec sleep 1000');
    assert.deepEqual(await container.exec(['sh', '-c', 'echo out; exit 4']), { code: 4, output: 'out\n' });
  });

  it('takes files before the start and gives them after the end', async () => {
    const container = await create('cat /srv/in/a.txt; stat -c "%a %u:%g" /srv/in/a.txt; mkdir /out; echo result > /out/r.txt');
    await container.putArchive('/srv', archiveOf({ 'in/a.txt': { content: 'hello ', mode: 0o600, uid: 7, gid: 8 } }));
    const printed = printedOutput();
    const attachment = await container.attach(printed.add);
    assert.deepEqual(await (await container.start()).exited, exitOf(0));
    await attachment.ended;
    assert.equal(printed.text('stdout'), 'hello 600 7:8\n');
    const tar = await container.getArchive('/out');
    assert.ok(tar);
    assert.equal((await unpacked(tar))['out/r.txt'], 'file 644 result\n');
    assert.equal(await container.getArchive('/no/such/path'), undefined);
    await container.remove();
    await assert.rejects(container.getArchive('/out'), failure('ContainerGone', /removed by somebody else/));
  });

  it('says what has changed in its file system since the image', async () => {
    const container = await create('echo 1 > /etc/hostname-of-mine; echo 2 >> /etc/passwd; rm /etc/group');
    await (await container.start()).exited;
    const changes = (await container.changes()).filter(({ path }) => ['/etc/hostname-of-mine', '/etc/passwd', '/etc/group'].includes(path));
    assert.deepEqual(
      new Set(changes.map(({ path, kind }) => `${kind} ${path}`)),
      new Set(['added /etc/hostname-of-mine', 'modified /etc/passwd', 'deleted /etc/group']),
    );
  });

  it('keeps files in volumes, which are not filled from the image', async () => {
    const { name } = await volume();
    const writable: readonly Mount[] = [{ kind: 'volume', source: name, target: '/etc/ssl', readOnly: false }];
    assert.equal((await run('ls -A /etc/ssl; echo kept > /etc/ssl/kept', { mounts: writable })).stdout, '');
    const readOnly: readonly Mount[] = [{ kind: 'volume', source: name, target: '/data', readOnly: true }];
    assert.equal((await run('cat /data/kept; echo x > /data/x || echo refused', { mounts: readOnly })).stdout, 'kept\nrefused\n');
  });

  it('joins containers by a network, where they find each other by their aliases', async () => {
    const id = await network();
    await startUntilReady('echo hello > /tmp/index.html; echo ready; exec busybox httpd -f -p 8000 -h /tmp', {
      network: id,
      aliases: ['algo-2', 'other'],
    });
    const script = `exec python3 -c "
import time, urllib.request
for attempt in range(100):
  try: print([urllib.request.urlopen(f'http://{name}:8000/').read().decode().strip() for name in ('algo-2', 'other')]); break
  except OSError: time.sleep(0.05)"`;
    assert.equal((await run(script, { network: id, aliases: ['algo-1'] })).stdout, "['hello', 'hello']\n");
  });

  it('joins a container to networks besides its own, whose containers know each other by name', async () => {
    const [first, second] = [await network(), await network()];
    await startUntilReady('echo hello > /tmp/index.html; echo ready; exec busybox httpd -f -p 8000 -h /tmp', {
      network: 'bridge',
      networks: [{ network: first, aliases: ['db', 'database'] }],
    });
    const script = `exec python3 -c "
import socket, time, urllib.request
for attempt in range(100):
  try: print([urllib.request.urlopen(f'http://{name}:8000/').read().decode().strip() for name in ('db', 'database')]); break
  except OSError: time.sleep(0.05)
print(len({entry[4][0] for name in ('one', 'two') for entry in socket.getaddrinfo(name, 80)}))"`;
    const networks = [
      { network: first, aliases: ['one'] },
      { network: second, aliases: ['two'] },
    ];
    assert.equal((await run(script, { network: 'bridge', networks })).stdout, "['hello', 'hello']\n2\n");
  });

  it('leaves no container that cannot join a network', async () => {
    const labels = { ...testLabels, 'sm-local.name': uniqueName() };
    await rejectionOf('EngineFailed', create('true', { network: 'bridge', networks: [{ network: 'host' }], labels }));
    assert.deepEqual(await bench.engine.containers.list({ 'sm-local.name': labels['sm-local.name'] }), []);
  });

  it('finds a network by its id and by its name', async () => {
    const name = uniqueName();
    const { id } = await bench.engine.networks.create({ name, labels: testLabels });
    defer(() => bench.engine.networks.remove(id));
    assert.deepEqual(await bench.engine.networks.find(name), { id, name });
    assert.deepEqual(await bench.engine.networks.find(id), { id, name });
    assert.equal(await bench.engine.networks.find(uniqueName()), undefined);
  });

  it('gives a container what was asked for', async () => {
    const script = [
      'hostname',
      'grep -w algo-1 /etc/hosts | tr "\\t" " "',
      'df -k /dev/shm | tail -n 1 | tr -s " " | cut -d " " -f 2',
      'echo "$A"',
      'read -r first < /proc/1/comm; echo "$first"',
    ];
    const asked = { hostname: 'ip-10-0-1-2', extraHosts: { 'algo-1': '127.0.0.1' }, shmSize: 2 ** 27, environment: { A: 'b=c d' } };
    assert.equal((await run(script.join('; '), asked)).stdout, 'ip-10-0-1-2\n127.0.0.1 algo-1\n131072\nb=c d\nsh\n');
  });

  it('leads from here to a port', async () => {
    const serve = 'echo ready; exec busybox httpd -f -p 8080 -h /etc';
    const container = await startUntilReady(serve, { publish: [8080] });
    const { address, ports } = await container.inspect();
    const reached = await bench.engine.reach(ports.get(8080) ?? 0);
    try {
      assert.match(await (on.get ?? get)(`http://${reached.host}:${reached.port}/passwd`), /^root:/);
    } finally {
      reached.close();
    }
    if (expected.isNative) assert.match(await get(`http://${address}:8080/passwd`), /^root:/);
  });

  it('finds containers, networks and volumes by their labels', async () => {
    const labels = { ...testLabels, 'sm-local.name': uniqueName() };
    const { containers, networks, volumes } = bench.engine;
    const { id } = await create('true', { labels });
    const made = await networks.create({ name: uniqueName(), labels });
    defer(() => networks.remove(made.id));
    const { name } = await volumes.create({ name: uniqueName(), labels });
    defer(() => volumes.remove(name));
    const wanted = { 'sm-local.name': labels['sm-local.name'] };
    assert.deepEqual(await networks.list(wanted), [{ id: made.id, labels }]);
    assert.deepEqual(await volumes.list(wanted), [{ name, labels }]);
    const [found, ...others] = await containers.list(wanted);
    assert.deepEqual([found?.id, found?.state, others], [id, 'created', []]);
    assert.equal(found?.labels['sm-local.name'], labels['sm-local.name']);
    assert.deepEqual(await containers.list({ 'sm-local.name': 'another' }), []);
  });

  it('refuses a second network of one name', async () => {
    const spec = { name: uniqueName(), labels: testLabels };
    const { id } = await bench.engine.networks.create(spec);
    defer(() => bench.engine.networks.remove(id));
    assert.match((await rejectionOf('EngineFailed', bench.engine.networks.create(spec))).message, /already (exists|used)/);
  });

  it('reports what happens to containers with a label', async () => {
    const labels = { 'sm-local.name': uniqueName() };
    const abort = new AbortController();
    const events = bench.engine.events(labels, abort.signal);
    const seen: ContainerEvent[] = [];
    const watching = (async () => {
      for await (const event of events) {
        seen.push(event);
        if (event.action === 'destroy' || event.action === 'remove') abort.abort();
      }
    })();
    await (await start('true')).exited;
    const container = await start('exit 3', { labels });
    await container.exited;
    await container.remove();
    await watching;
    const actions = seen.map(({ action }) => action);
    for (const action of ['create', 'start', 'die']) assert.ok(actions.includes(action), `${action} among ${actions}`);
    assert.ok(seen.every(({ id }) => id === container.id));
  });

  it('removes what runs, and does not mind what is gone', async () => {
    const { containers, networks, volumes } = bench.engine;
    const [network1, volume1] = [await network(), (await volume()).name];
    const mounts: readonly Mount[] = [{ kind: 'volume', source: volume1, target: '/data', readOnly: false }];
    const container = await startUntilReady('echo ready; exec sleep 1000', { network: network1, mounts });
    // podman says yes and does nothing: harmless, because containers always go first.
    if (expected.kind === 'docker') await rejectionOf('EngineFailed', networks.remove(network1));
    await rejectionOf('EngineFailed', volumes.remove(volume1));
    for (let times = 0; times < 2; times += 1) {
      await container.remove();
      await containers.remove(container.id);
      await networks.remove(network1);
      await volumes.remove(volume1);
    }
    assert.equal(await containers.open(container.id), undefined);
  });

  it('lists images by their labels, and removes none that a container needs', async () => {
    const own = { label: 'sm-local.test.image', value: uniqueName() };
    const before = Date.now() - 60_000; // its clock need not be ours to the second
    const { id, tags } = await image(`LABEL ${own.label}=${own.value}`);
    const { images, containers } = bench.engine;
    const [only, ...others] = await images.list({ [own.label]: own.value });
    assert.deepEqual([only?.id, others], [id, []]);
    assert.ok(
      tags.every((tag) => only?.references.includes(tag)),
      only?.references.join(),
    );
    assert.ok((only?.builtAt ?? 0) > before);
    const container = await create('true', { image: id });
    assert.equal((await containers.list(testLabels)).find((each) => each.id === container.id)?.image, id);
    assert.equal(await images.removeUnused(tags[0] ?? ''), false);
    await container.remove();
    assert.equal(await images.removeUnused(tags[0] ?? ''), true);
    assert.equal(await images.removeUnused(tags[0] ?? ''), true);
    assert.deepEqual(await images.list({ [own.label]: own.value }), []);
  });

  it('builds images, and says which step failed', async () => {
    const { id, labels, tags } = await image('RUN echo built > /built', 'LABEL a=b');
    assert.equal((await run('cat /built', { image: id })).stdout, 'built\n');
    assert.deepEqual([labels.a, tags.length], ['b', 1]);
    assert.match((await rejectionOf('BuildFailed', image('RUN echo what is wrong; exit 9'))).message, /what is wrong/);
  });
}

const exitOf = (code: number): Exit => ({ code, oomKilled: false });

function get(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    http.get(url, { agent: false }, (response) => resolve(text(response))).on('error', reject);
  });
}
