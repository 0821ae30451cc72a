import assert from 'node:assert/strict';
import { connect } from '../../src/engine/docker/client.ts';
import type { ContainerSpec, Mount } from '../../src/engine/engine.ts';
import { findEngine } from '../../src/engine/find.ts';
import { printedOutput, rejectionOf, testContainers, uniqueName } from '../support/containers.ts';
import { testLabels } from '../support/real-engine.ts';

describe('containers of an engine', function () {
  this.timeout(60_000);
  const { engine, create, start, startUntilReady, run, image, directory, network, volume } = testContainers();

  describe('output', () => {
    it('of one megabyte at once arrives whole', async () => {
      const script = `python3 -c "
import os
data = bytes(range(256)) * 4096
done = 0
while done < len(data): done += os.write(1, data[done:])"`;
      const container = await create(script);
      const chunks: Buffer[] = [];
      const attachment = await container.attach(({ bytes }) => chunks.push(Buffer.from(bytes)));
      assert.equal((await (await container.start()).exited).code, 0);
      await attachment.ended;
      const expected = Buffer.alloc(2 ** 20, Buffer.from(Array.from({ length: 256 }, (_, index) => index)));
      assert.ok(Buffer.concat(chunks).equals(expected));
    });

    it('is told apart: stdout and stderr', async () => {
      const printed = await run('echo out; echo err >&2; echo out again');
      assert.deepEqual([printed.stdout, printed.stderr], ['out\nout again\n', 'err\n']);
    });

    it('without a newline at the end arrives too', async () => {
      assert.equal((await run('printf "no newline"')).stdout, 'no newline');
    });

    it('goes to no terminal', async () => {
      const printed = await run('for n in 0 1 2; do test -t $n && echo "$n is a terminal"; done; wc -c');
      assert.equal(printed.stdout.trim(), '0'); // and stdin is empty
    });

    it('can be read afterwards, and from another process while it comes', async () => {
      const container = await startUntilReady('echo early; echo ready; trap "echo late >&2; exit 0" TERM; while :; do sleep 0.05; done');
      const opened = await engine.containers.open(container.id);
      assert.ok(opened);
      const followed = printedOutput();
      const following = await opened.logs(followed.add, { follow: true });
      await container.stop(20);
      await following.ended;
      assert.deepEqual([followed.text('stdout'), followed.text('stderr')], ['early\nready\n', 'late\n']);
      const read = printedOutput();
      await (await opened.logs(read.add)).ended;
      assert.deepEqual([read.text('stdout'), read.text('stderr')], ['early\nready\n', 'late\n']);
    });

    it('of a program that has printed nothing is empty', async () => {
      const container = await start('true');
      await container.exited;
      const read = printedOutput();
      await (await container.logs(read.add)).ended;
      assert.equal(read.text('stdout'), '');
    });

    it('goes on when whoever attached lets go', async () => {
      const container = await create('echo one; sleep 0.2; for i in $(seq 20000); do echo 0123456789; done; exit 4');
      const attachment = await container.attach(() => attachment.close());
      assert.equal((await (await container.start()).exited).code, 4);
      await attachment.ended;
    });
  });

  describe('the end of a container', () => {
    for (const code of [0, 1, 3, 126, 255]) {
      it(`with exit code ${code} is seen`, async () => {
        assert.deepEqual((await run(`exit ${code}`)).exit, { code, oomKilled: false });
      });
    }

    it('within the first millisecond is seen', async () => {
      const containers = await Promise.all(Array.from({ length: 8 }, () => create('', { command: ['true'] })));
      const exits = await Promise.all(containers.map(async (container) => (await container.start()).exited));
      assert.deepEqual(exits, Array(8).fill({ code: 0, oomKilled: false }));
    });

    it('by a signal has the code of a shell', async () => {
      const container = await startUntilReady('echo ready; exec sleep 1000');
      await container.kill('SIGKILL');
      assert.deepEqual(await container.exited, { code: 137, oomKilled: false });
      await container.kill('SIGKILL'); // it has ended: nothing to do, no error
    });

    it('for want of memory says so', async () => {
      const { exit } = await run('exec python3 -c "print(len(bytearray(1 << 28)))"', { memory: 32 * 2 ** 20 });
      assert.deepEqual(exit, { code: 137, oomKilled: true });
    });

    it('is seen by who opens it afterwards', async () => {
      const container = await start('exit 5');
      await container.exited;
      const opened = await engine.containers.open(container.id);
      assert.equal((await opened?.exited)?.code, 5);
      assert.deepEqual((await opened?.inspect())?.exit, { code: 5, oomKilled: false });
    });

    it('is seen by who opens it while it runs', async () => {
      const container = await startUntilReady('echo ready; exec sleep 1000');
      const opened = await engine.containers.open(container.id);
      assert.ok(opened);
      await container.kill('SIGTERM');
      await container.kill('SIGKILL');
      assert.equal((await opened.exited).code, 137);
    });

    it('comes with its removal', async () => {
      const container = await startUntilReady('echo ready; exec sleep 1000');
      await container.remove();
      assert.equal((await container.exited).code, 137);
    });
  });

  describe('a stop', () => {
    it('gives a program that honours SIGTERM the time to end by itself', async () => {
      const container = await startUntilReady('trap "exit 7" TERM; echo ready; while :; do sleep 0.05; done');
      const begun = Date.now();
      assert.deepEqual(await container.stop(30), { code: 7, oomKilled: false });
      assert.ok(Date.now() - begun < 10_000);
    });

    it('kills a program that ignores SIGTERM after the grace, which may be a fraction of a second', async () => {
      const container = await startUntilReady('trap "" TERM; echo ready; while :; do sleep 0.05; done');
      const begun = Date.now();
      assert.deepEqual(await container.stop(0.6), { code: 137, oomKilled: false });
      assert.ok(Date.now() - begun >= 600);
    });

    it('of one that has ended returns how', async () => {
      const container = await start('exit 6');
      await container.exited;
      assert.equal((await container.stop(10)).code, 6);
    });

    it('reaches the program itself, for no other process stands in front of it', async () => {
      assert.equal((await run('exec cat /proc/1/cmdline')).stdout, 'cat\0/proc/1/cmdline\0');
    });
  });

  describe('a start that fails', () => {
    const notStartable = async (spec: Partial<ContainerSpec>): Promise<string> => {
      const container = await create('', spec);
      const attachment = await container.attach(() => {});
      const { message } = await rejectionOf('NotStartable', container.start());
      attachment.close();
      assert.equal((await container.inspect()).running, false);
      return message;
    };

    it("blames the image in the runtime's own words when the program does not exist, and does not hang", async () => {
      assert.equal(await notStartable({ command: ['train'] }), 'exec: "train": executable file not found in $PATH');
      assert.match(
        await notStartable({ entrypoint: ['./train'], command: [] }),
        /^exec: "\.\/train": stat \.\/train: no such file or directory$/,
      );
    });

    it('blames the image when the program cannot be executed', async () => {
      assert.equal(await notStartable({ command: ['/etc/passwd'] }), 'exec: "/etc/passwd": permission denied');
    });

    it('blames the image when its user does not exist', async () => {
      const built = await image('USER nosuch');
      assert.match(await notStartable({ image: built.id, command: ['true'] }), /^unable to find user nosuch/);
    });

    it('blames the engine when a mount cannot be made', async () => {
      const source = await directory();
      const mounts: readonly Mount[] = [{ kind: 'bind', source, target: '/etc/passwd', readOnly: false }];
      const container = await create('true', { mounts });
      await rejectionOf('EngineFailed', container.start());
    });

    it('for want of a GPU is refused, never run without', async () => {
      if ((await engine.describe()).hasGpuRuntime) return assert.ok(true, 'this engine has GPUs: nothing to refuse');
      const container = await create('true', { gpus: 'all' });
      assert.match((await rejectionOf('NoGpu', container.start())).message, /\(all\)/);
    });

    it('because the network is gone is no fault of the image', async () => {
      const { id } = await engine.networks.create({ name: uniqueName(), labels: testLabels });
      const container = await create('true', { network: id });
      await engine.networks.remove(id);
      await rejectionOf('EngineFailed', container.start());
    });
  });

  it('does not create a container of an image that is not there', async () => {
    await rejectionOf(
      'ImageNotFound',
      engine.containers.create({ image: `sha256:${'0'.repeat(64)}`, command: [], environment: {}, labels: testLabels, mounts: [] }),
    );
  });

  describe('a command in a running container', () => {
    it('returns its exit code and its output', async () => {
      const container = await startUntilReady('echo ready; exec sleep 1000');
      assert.deepEqual(await container.exec(['sh', '-c', 'echo out; exit 9']), { code: 9, output: 'out\n' });
      assert.deepEqual(await container.exec(['sh', '-c', 'echo err >&2']), { code: 0, output: 'err\n' });
      assert.deepEqual(await container.exec(['true']), { code: 0, output: '' });
    });

    it('that does not exist has the exit code of a shell', async () => {
      const container = await startUntilReady('echo ready; exec sleep 1000');
      const { code, output } = await container.exec(['nosuch']);
      assert.ok(code === 126 || code === 127, String(code));
      assert.match(output, /nosuch/);
    });

    it('cannot run in one that has ended', async () => {
      const container = await start('true');
      await container.exited;
      assert.match((await rejectionOf('EngineFailed', container.exec(['true']))).message, /could not run true in the container/);
    });
  });

  describe('containers', () => {
    it('are listed by their labels, in any state', async () => {
      const label = { 'sm-local.name': uniqueName() };
      const created = await create('true', { labels: label });
      const running = await startUntilReady('echo ready; exec sleep 1000', { labels: { ...label, 'sm-local.host': 'algo-2' } });
      const ended = await start('true', { labels: label });
      await ended.exited;
      await ended.inspect(); // answered when the engine has done all that comes after an end, of which it tells before
      const list = await engine.containers.list(label);
      assert.deepEqual(
        new Map(list.map(({ id, state }) => [id, state])),
        new Map([
          [created.id, 'created'],
          [running.id, 'running'],
          [ended.id, 'exited'],
        ]),
      );
      assert.equal(list.find(({ id }) => id === running.id)?.labels['sm-local.host'], 'algo-2');
      assert.deepEqual(
        (await engine.containers.list({ ...label, 'sm-local.host': 'algo-2' })).map(({ id }) => id),
        [running.id],
      );
      assert.deepEqual(await engine.containers.list({ 'sm-local.name': uniqueName() }), []);
    });

    it('may be removed twice, running or not, by themselves or by id', async () => {
      const running = await startUntilReady('echo ready; exec sleep 1000');
      await running.remove();
      await running.remove();
      await engine.containers.remove(running.id);
      assert.equal(await engine.containers.open(running.id), undefined);
      const created = await create('true');
      await engine.containers.remove(created.id);
      await created.remove();
    });

    it('have left their volumes and networks when any of those who remove them at once is done', async () => {
      const { name } = await volume();
      const id = await network();
      const mounts = [{ kind: 'volume', source: name, target: '/data', readOnly: false }] as const;
      const running = await startUntilReady('echo ready; exec sleep 1000', { mounts, network: id });
      const removeAll = async (): Promise<void> => {
        await running.remove();
        await engine.volumes.remove(name);
        await engine.networks.remove(id);
      };
      await Promise.all([removeAll(), removeAll(), removeAll()]);
    });

    it('take the volumes that their image declares along', async () => {
      const built = await image('VOLUME /cache');
      const client = connect(findEngine());
      const container = await start('echo x > /cache/x', { image: built.id });
      await container.exited;
      const mounted = (await client.getContainer(container.id).inspect()).Mounts.map(({ Name }) => Name ?? '');
      assert.equal(mounted.length, 1);
      await container.remove();
      await assert.rejects(client.getVolume(mounted[0] ?? '').inspect(), /no such volume/);
    });
  });
});
