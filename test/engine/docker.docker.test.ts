import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { extract, pack } from 'tar-stream';
import { connect } from '../../src/engine/docker/client.ts';
import type {
  ContainerEvent,
  ContainerSpec,
  CreatedContainer,
  Engine,
  Exit,
  Image,
  Mount,
  Output,
  StartedContainer,
} from '../../src/engine/engine.ts';
import { findEngine } from '../../src/engine/find.ts';
import { type ErrorCode, isError, type SmLocalError } from '../../src/errors.ts';
import { Scope } from '../../src/scope.ts';
import { baseImage, temporaryImage, testEngine, testLabels } from '../support/docker.ts';
import { withLeftoverCheck } from '../support/leftovers.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** What every engine behind the seam must do; these tests say nothing of Docker but where they look behind the seam to check it. */
describe('the seam to the engine', function () {
  this.timeout(60_000);
  withLeftoverCheck();

  let engine: Engine;
  let base: Image;
  let undo: Scope;

  before(async () => {
    engine = await testEngine();
    base = await engine.images.ensure(await baseImage());
  });
  beforeEach(() => {
    undo = new Scope();
  });
  afterEach(() => undo[Symbol.asyncDispose]());

  const unique = (): string => `sm-local-test-${randomBytes(6).toString('hex')}`;

  /** A container of the base image that runs a shell script, removed when the test ends. */
  async function create(script: string, changes: Partial<ContainerSpec> = {}): Promise<CreatedContainer> {
    const own = { image: base.id, command: ['sh', '-c', script], environment: {}, mounts: [] };
    const container = await engine.containers.create({ ...own, ...changes, labels: { ...testLabels, ...changes.labels } });
    undo.defer(() => container.remove());
    return container;
  }

  const start = async (script: string, changes: Partial<ContainerSpec> = {}): Promise<StartedContainer> =>
    (await create(script, changes)).start();

  interface Printed {
    readonly exit: Exit;
    readonly stdout: string;
    readonly stderr: string;
  }

  /** Runs a script to its end. */
  async function run(script: string, changes: Partial<ContainerSpec> = {}): Promise<Printed> {
    const container = await create(script, changes);
    const printed = collector();
    const attachment = await container.attach(printed.add);
    const exit = await (await container.start()).exited;
    await attachment.ended;
    return { exit, stdout: printed.text('stdout'), stderr: printed.text('stderr') };
  }

  /** Starts a script and waits until it has printed `ready`. */
  async function startUntilReady(script: string, changes: Partial<ContainerSpec> = {}): Promise<StartedContainer> {
    const container = await create(script, changes);
    let ready = (): void => {};
    const isReady = new Promise<void>((resolve) => {
      ready = resolve;
    });
    await container.attach(({ bytes }) => bytes.includes('ready') && ready());
    const started = await container.start();
    const early = started.exited.then(({ code }) => assert.fail(`ended with ${code} before it was ready`));
    await Promise.race([isReady, early]);
    early.catch(() => {});
    return started;
  }

  async function volume(mount?: { type: string; device: string; options: string }): Promise<{ name: string; mountpoint: string }> {
    const made = await engine.volumes.create({ name: unique(), labels: testLabels, ...(mount && { mount }) });
    undo.defer(() => engine.volumes.remove(made.name));
    return made;
  }

  async function directory(files: Readonly<Record<string, string>> = {}): Promise<string> {
    const { path } = undo.use(await temporaryDirectory());
    for (const [name, content] of Object.entries(files)) {
      await mkdir(join(path, name, '..'), { recursive: true });
      await writeFile(join(path, name), content);
    }
    return path;
  }

  const rejectsWith = async (code: ErrorCode, promise: Promise<unknown>): Promise<SmLocalError> => {
    const error = await promise.then(
      () => assert.fail(`${code} expected`),
      (thrown: unknown) => thrown,
    );
    assert.ok(isError(error, code), `${code} expected, not ${error}`);
    return error;
  };

  describe('images', () => {
    it('can be looked up by tag and by id, with what they run', async () => {
      await using image = await temporaryImage(
        'ENTRYPOINT ["echo", "entry"]',
        'CMD ["default"]',
        'ENV EMPTY= GREETING="a=b c"',
        'USER 65534:65534',
        'WORKDIR /srv',
        'LABEL team=ours',
      );
      const found = await engine.images.inspect(image.id);
      assert.ok(found);
      assert.match(found.id, /^sha256:[0-9a-f]{64}$/);
      assert.deepEqual(found.tags, image.tags);
      assert.deepEqual(await engine.images.inspect(image.tags[0] ?? ''), found);
      assert.deepEqual(await engine.images.ensure(image.id), found);
      assert.deepEqual([found.entrypoint, found.command], [['echo', 'entry'], ['default']]);
      assert.deepEqual([found.environment.EMPTY, found.environment.GREETING], ['', 'a=b c']);
      assert.deepEqual([found.user, found.workingDirectory, found.labels.team, found.os], ['65534:65534', '/srv', 'ours', 'linux']);
      assert.ok(found.size > 1_000_000);
    });

    it('that are nowhere are reported within five seconds, with what to do', async () => {
      const reference = `registry.invalid/${unique()}:1`;
      assert.equal(await engine.images.inspect(reference), undefined);
      const begun = Date.now();
      const { message, remedy } = await rejectsWith('ImageNotFound', engine.images.ensure(reference));
      assert.ok(Date.now() - begun < 5000);
      assert.ok(message.includes(reference));
      assert.match(remedy, /docker images.*docker login/);
    });

    it('are found under no name that no image can have', async () => {
      for (const reference of ['UPPER', 'two words', '-x', 'x:'])
        assert.equal(await engine.images.inspect(reference), undefined, reference);
      await rejectsWith('ImageNotFound', engine.images.ensure('UPPER'));
    });

    it('are built from a directory, line by line', async () => {
      const context = await directory({
        Dockerfile: `ARG BASE\nFROM $BASE AS first\nARG WORD\nCOPY . /srv/\nRUN echo "the word is $WORD"\nFROM first AS second\nRUN echo never\n`,
        'data.txt': 'data',
        'secret.txt': 'secret',
        '.dockerignore': 'secret.txt\n',
      });
      const tag = `sm-local-test/built:${randomBytes(6).toString('hex')}`;
      undo.defer(() => engine.images.remove(tag));
      const lines: string[] = [];
      const spec = {
        directory: context,
        tag,
        target: 'first',
        buildArguments: { BASE: await baseImage(), WORD: 'ü' },
        labels: { own: '1' },
      };
      const image = await engine.images.build(spec, { onLine: (line) => lines.push(line) });
      assert.deepEqual([image.tags, image.labels.own], [[tag], '1']);
      assert.ok(lines.includes('the word is ü'), lines.join('\n'));
      assert.ok(!lines.some((line) => line.includes('never') || line.endsWith('\n') || line === ''));
      assert.equal((await run('cat /srv/data.txt; ls /srv', { image: image.id })).stdout, 'dataDockerfile\ndata.txt\n');
    });

    it('that cannot be built end with the last lines of the step that failed', async () => {
      const context = await directory({ Dockerfile: `FROM ${await baseImage()}\nRUN echo fine\nRUN echo why it failed >&2; exit 3\n` });
      const error = await rejectsWith('BuildFailed', engine.images.build({ directory: context, tag: unique() }));
      assert.match(error.message, /returned a non-zero code: 3\n {2}Step 3\/3 : RUN echo why it failed >&2; exit 3\n {2}why it failed$/);
      assert.ok(error.message.includes(context));
    });

    it('whose Dockerfile makes no sense or is not there cannot be built', async () => {
      const wrong = await directory({ Dockerfile: 'FORM scratch\n' });
      assert.match((await rejectsWith('BuildFailed', engine.images.build({ directory: wrong, tag: unique() }))).message, /FORM/);
      const none = await directory({ 'train.py': '' });
      assert.match((await rejectsWith('BuildFailed', engine.images.build({ directory: none, tag: unique() }))).message, /Dockerfile/);
    });

    it('whose base image is nowhere cannot be built, and the remedy names the argument', async () => {
      const context = await directory({ Dockerfile: `ARG BASE_IMAGE=registry.invalid/${unique()}\nFROM $BASE_IMAGE\n` });
      const error = await rejectsWith('BuildFailed', engine.images.build({ directory: context, tag: unique() }));
      assert.match(error.remedy, /--build-arg BASE_IMAGE=/);
    });

    it('stop being built when the signal aborts: nothing of the build goes on running', async () => {
      const marker = unique();
      const context = await directory({ Dockerfile: `FROM ${await baseImage()}\nRUN echo ready; echo ${marker}; sleep 1000\n` });
      const abort = new AbortController();
      const onLine = (line: string): void => {
        if (line === 'ready') abort.abort(new Error('enough'));
      };
      const begun = Date.now();
      await assert.rejects(engine.images.build({ directory: context, tag: marker }, { signal: abort.signal, onLine }), /enough/);
      assert.ok(Date.now() - begun < 20_000);
      const client = connect(findEngine());
      const isBuilding = async (): Promise<boolean> =>
        (await client.listContainers({ all: true })).some(({ Command }) => Command.includes(marker));
      await eventually(async () => !(await isBuilding()), 'the container of the step is gone');
      assert.equal(await engine.images.inspect(marker), undefined);
    });

    it('for another platform are refused, and say for which they are', async () => {
      const context = await directory({ Dockerfile: 'FROM scratch\nLABEL l=1\n' });
      const tag = `sm-local-test/foreign:${randomBytes(6).toString('hex')}`;
      undo.defer(() => engine.images.remove(tag));
      const image = await engine.images.build({ directory: context, tag, platform: 'linux/s390x' });
      assert.deepEqual([image.os, image.architecture], ['linux', 's390x']);
      const { message } = await rejectsWith('WrongPlatform', engine.images.ensure(tag, { platform: 'linux/amd64' }));
      assert.match(message, /is for linux\/s390x; linux\/amd64 is wanted/);
      assert.equal((await engine.images.ensure(tag, { platform: 'linux/s390x' })).id, image.id);
      assert.equal((await engine.images.ensure(tag)).id, image.id);
    });

    it('may be removed twice', async () => {
      await using image = await temporaryImage('LABEL l=1');
      const tag = image.tags[0] ?? '';
      await engine.images.remove(tag);
      assert.equal(await engine.images.inspect(tag), undefined);
      await engine.images.remove(tag);
    });
  });

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
      const followed = collector();
      const following = await opened.logs(followed.add, { follow: true });
      await container.stop(20);
      await following.ended;
      assert.deepEqual([followed.text('stdout'), followed.text('stderr')], ['early\nready\n', 'late\n']);
      const read = collector();
      await (await opened.logs(read.add)).ended;
      assert.deepEqual([read.text('stdout'), read.text('stderr')], ['early\nready\n', 'late\n']);
    });

    it('of a program that has printed nothing is empty', async () => {
      const container = await start('true');
      await container.exited;
      const read = collector();
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
      const { message } = await rejectsWith('NotStartable', container.start());
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
      await using image = await temporaryImage('USER nosuch');
      assert.match(await notStartable({ image: image.id, command: ['true'] }), /^unable to find user nosuch/);
    });

    it('blames the engine when a mount cannot be made', async () => {
      const source = await directory();
      const mounts: readonly Mount[] = [{ kind: 'bind', source, target: '/etc/passwd', readOnly: false }];
      const container = await create('true', { mounts });
      await rejectsWith('EngineFailed', container.start());
    });

    it('for want of a GPU is refused, never run without', async () => {
      if ((await engine.describe()).hasGpuRuntime) return assert.ok(true, 'this engine has GPUs: nothing to refuse');
      const container = await create('true', { gpus: 'all' });
      assert.match((await rejectsWith('NoGpu', container.start())).message, /\(all\)/);
    });

    it('because the network is gone is no fault of the image', async () => {
      const { id } = await engine.networks.create({ name: unique(), labels: testLabels });
      const container = await create('true', { network: id });
      await engine.networks.remove(id);
      await rejectsWith('EngineFailed', container.start());
    });
  });

  it('does not create a container of an image that is not there', async () => {
    await rejectsWith(
      'ImageNotFound',
      engine.containers.create({ image: `sha256:${'0'.repeat(64)}`, command: [], environment: {}, labels: testLabels, mounts: [] }),
    );
  });

  describe('what a container is given:', () => {
    it('the variables as they are, those of its image and of the engine, and no others', async () => {
      const given = { SIMPLE: 'x', EMPTY: '', GREETING: 'a=b "c" $d \'e\'', UNICODE: 'Grüße 世界', LINES: 'one\ntwo', 'WITH.DOT': '1' };
      const script = 'exec python3 -c "import json, os; print(json.dumps(dict(os.environ)))"';
      const seen = JSON.parse((await run(script, { environment: given, hostname: 'own-name' })).stdout) as Record<string, string>;
      const { PWD: _pwd, SHLVL: _level, OLDPWD: _old, _: _last, ...others } = seen; // what the shell adds
      assert.deepEqual(others, { ...base.environment, ...given, HOSTNAME: 'own-name', HOME: '/root' });
    });

    it("arguments that replace its image's own, behind its image's entrypoint", async () => {
      await using image = await temporaryImage('ENTRYPOINT ["echo", "entry"]', 'CMD ["default"]');
      assert.equal((await run('', { image: image.id, command: ['train'] })).stdout, 'entry train\n');
    });

    it('an entrypoint that drops what its image would run', async () => {
      await using image = await temporaryImage('ENTRYPOINT ["echo", "entry"]', 'CMD ["default"]');
      assert.equal((await run('', { image: image.id, entrypoint: ['echo', 'mine'], command: [] })).stdout, 'mine\n');
      assert.equal((await run('', { image: image.id, entrypoint: ['echo', 'mine'], command: ['a b', ''] })).stdout, 'mine a b \n');
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

    it('a share of the processors', async () => {
      const script = 'cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu.max 2>/dev/null; true';
      assert.match((await run(script, { cpus: 0.5 })).stdout, /^50000\b/);
    });

    it('a name, under which nothing of ours looks for it', async () => {
      const name = unique();
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

  describe('the ports of a container', () => {
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

    it('are none without a network', async () => {
      const container = await startUntilReady('echo ready; exec sleep 1000', { network: 'none' });
      assert.equal((await container.inspect()).address, undefined);
    });
  });

  describe('files of a container', () => {
    it('can be written before the start and read after the end, with modes and owners', async () => {
      const container = await create(
        'cat /srv/in/a.txt; stat -c "%a %u:%g" /srv/in/a.txt; mkdir /out; echo result > /out/r.txt; chmod 640 /out/r.txt',
      );
      await container.putArchive('/srv', archive({ 'in/a.txt': { content: 'hello ', mode: 0o600, uid: 7, gid: 8 } }));
      const printed = collector();
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
      await container.putArchive('/tmp', archive({ go: { content: '' } }));
      await eventually(async () => (await container.getArchive('/tmp/gone')) !== undefined, '/tmp/gone is there');
      const tar = await container.getArchive('/tmp/gone');
      assert.ok(tar);
      assert.deepEqual(await unpacked(tar), { gone: 'file 644 went\n' });
    });

    it('that do not exist are undefined', async () => {
      assert.equal(await (await create('true')).getArchive('/no/such/path'), undefined);
    });

    it('cannot be written below a directory that does not exist', async () => {
      const container = await create('true');
      const { message } = await rejectsWith('EngineFailed', container.putArchive('/no/such', archive({ a: { content: '' } })));
      assert.match(message, /could not write files below \/no\/such of the container/);
    });

    it('of many megabytes pass in both directions', async () => {
      const content = randomBytes(2 ** 20)
        .toString('base64')
        .repeat(8);
      const container = await create('true');
      await container.putArchive('/srv', archive({ big: { content } }));
      const tar = await container.getArchive('/srv/big');
      assert.ok(tar);
      assert.equal((await unpacked(tar)).big, `file 644 ${content}`);
    });

    it('reach a volume that is mounted there, also before the start', async () => {
      const { name } = await volume();
      const mounts: readonly Mount[] = [{ kind: 'volume', source: name, target: '/opt/ml/input', readOnly: false }];
      const container = await create('true', { mounts });
      await container.putArchive('/opt/ml/input', archive({ 'a.txt': { content: 'in the volume' } }));
      assert.equal((await run('cat /opt/ml/input/a.txt', { mounts })).stdout, 'in the volume');
    });

    it('whose source breaks off are an error', async () => {
      const container = await create('true');
      const broken = new Readable({ read() {} });
      const put = container.putArchive('/srv', broken);
      broken.destroy(new Error('the disk is on fire'));
      assert.match((await rejectsWith('EngineFailed', put)).message, /the disk is on fire/);
    });
  });

  describe('a command in a running container', () => {
    it('returns its exit code and its output', async () => {
      const container = await startUntilReady('echo ready; exec sleep 1000');
      assert.deepEqual(await container.exec(['sh', '-c', 'echo out; echo err >&2; exit 9']), { code: 9, output: 'out\nerr\n' });
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
      assert.match((await rejectsWith('EngineFailed', container.exec(['true']))).message, /could not run true in the container/);
    });
  });

  describe('containers', () => {
    it('are listed by their labels, in any state', async () => {
      const label = { 'sm-local.name': unique() };
      const created = await create('true', { labels: label });
      const running = await startUntilReady('echo ready; exec sleep 1000', { labels: { ...label, 'sm-local.host': 'algo-2' } });
      const ended = await start('true', { labels: label });
      await ended.exited;
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
      assert.deepEqual(await engine.containers.list({ 'sm-local.name': unique() }), []);
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

    it('take the volumes that their image declares along', async () => {
      await using image = await temporaryImage('VOLUME /cache');
      const client = connect(findEngine());
      const container = await start('echo x > /cache/x', { image: image.id });
      await container.exited;
      const mounted = (await client.getContainer(container.id).inspect()).Mounts.map(({ Name }) => Name ?? '');
      assert.equal(mounted.length, 1);
      await container.remove();
      await assert.rejects(client.getVolume(mounted[0] ?? '').inspect(), /no such volume/);
    });
  });

  describe('networks', () => {
    const network = async (options: { internal?: boolean } = {}): Promise<string> => {
      const { id } = await engine.networks.create({ name: unique(), labels: testLabels, ...options });
      undo.defer(() => engine.networks.remove(id));
      return id;
    };

    it('let containers find each other by their aliases', async () => {
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

    it('are listed by their labels', async () => {
      const label = { ...testLabels, 'sm-local.name': unique() };
      const { id } = await engine.networks.create({ name: unique(), labels: label });
      undo.defer(() => engine.networks.remove(id));
      assert.deepEqual(await engine.networks.list({ 'sm-local.name': label['sm-local.name'] }), [{ id, labels: label }]);
    });

    it('can be internal: without a way out', async () => {
      const id = await network({ internal: true });
      const { Internal } = (await connect(findEngine()).getNetwork(id).inspect()) as { Internal: boolean };
      assert.equal(Internal, true);
    });

    it('of a name that exists are refused', async () => {
      const spec = { name: unique(), labels: testLabels };
      const { id } = await engine.networks.create(spec);
      undo.defer(() => engine.networks.remove(id));
      assert.match((await rejectsWith('EngineFailed', engine.networks.create(spec))).message, /already exists/);
    });

    it('may be removed twice, but not while a container uses them', async () => {
      const id = await network();
      const container = await startUntilReady('echo ready; exec sleep 1000', { network: id });
      await rejectsWith('EngineFailed', engine.networks.remove(id));
      await container.remove();
      await engine.networks.remove(id);
      await engine.networks.remove(id);
    });
  });

  describe('volumes', () => {
    it('are listed by their labels and say where they lie', async () => {
      const label = { ...testLabels, 'sm-local.name': unique() };
      const { name, mountpoint } = await engine.volumes.create({ name: unique(), labels: label });
      undo.defer(() => engine.volumes.remove(name));
      assert.ok(mountpoint.includes(name));
      assert.deepEqual(await engine.volumes.list({ 'sm-local.name': label['sm-local.name'] }), [{ name, labels: label }]);
    });

    it('may be removed twice, but not while a container uses them', async () => {
      const { name } = await volume();
      const container = await create('true', { mounts: [{ kind: 'volume', source: name, target: '/data', readOnly: false }] });
      await rejectsWith('EngineFailed', engine.volumes.remove(name));
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
        assert.match((await rejectsWith('EngineFailed', container.start())).message, /mount/);
      });
    });
  });

  describe('events', () => {
    it('tell what happens to containers with a label, from the moment of asking, until the signal', async () => {
      const label = { 'sm-local.name': unique() };
      const abort = new AbortController();
      const events = engine.events(label, abort.signal);
      const seen: ContainerEvent[] = [];
      const watching = (async () => {
        for await (const event of events) {
          seen.push(event);
          if (event.action === 'destroy') abort.abort();
        }
      })();
      const other = await start('true');
      await other.exited;
      const container = await start('exit 3', { labels: label });
      await container.exited;
      await container.remove();
      await watching;
      const actions = seen.map(({ action }) => action);
      for (const action of ['create', 'start', 'die', 'destroy']) assert.ok(actions.includes(action), `${action} among ${actions}`);
      assert.ok(seen.every(({ id, labels }) => id === container.id && labels['sm-local.name'] === label['sm-local.name']));
    });

    it('are over at once when the signal aborts', async () => {
      const abort = new AbortController();
      const next = engine.events(testLabels, abort.signal)[Symbol.asyncIterator]().next();
      abort.abort();
      assert.equal((await next).done, true);
    });
  });

  it('describes itself', async () => {
    const description = await engine.describe();
    assert.match(description.version, /^\d+\./);
    assert.match(description.apiVersion, /^\d+\.\d+$/);
    assert.equal(description.os, 'linux');
    assert.equal(description.architecture, base.architecture);
    assert.ok(description.cpus >= 1 && description.memory > 2 ** 28);
    for (const text of [description.name, description.id, description.operatingSystem, description.storageDriver]) assert.ok(text);
  });
});

function collector(): { add(output: Output): void; text(stream: Output['stream']): string } {
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  return {
    add: ({ stream, bytes }) => void chunks[stream].push(bytes),
    text: (stream) => Buffer.concat(chunks[stream]).toString(),
  };
}

async function eventually(isSo: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await isSo())) assert.ok(Date.now() < deadline, what);
}

function get(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    http
      .get(url, { agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part) => {
          text += part;
        });
        response.on('end', () => resolve(text));
      })
      .on('error', reject);
  });
}

function archive(files: Readonly<Record<string, { content: string; mode?: number; uid?: number; gid?: number }>>): Readable {
  const writer = pack();
  for (const [name, { content, ...header }] of Object.entries(files)) writer.entry({ name, mode: 0o644, ...header }, content);
  writer.finalize();
  return Readable.from(writer);
}

/** Name -> type, mode and content. */
async function unpacked(tar: Readable): Promise<Record<string, string>> {
  const reader = extract();
  tar.pipe(reader);
  const found: Record<string, string> = {};
  for await (const entry of reader) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    const { name, type, mode = 0 } = entry.header;
    found[name] = `${type} ${(mode & 0o777).toString(8)} ${Buffer.concat(chunks)}`.trimStart().replace(/ $/, '');
  }
  return found;
}
