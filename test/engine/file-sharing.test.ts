import assert from 'node:assert/strict';
import { chown, mkdtemp, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerSpec, CreatedContainer, Engine } from '../../src/engine/engine.ts';
import { type FileSharing, obstacleTexts, probeFileSharing, type SharingProbe } from '../../src/engine/file-sharing.ts';
import { type ErrorCode, fail, isError } from '../../src/errors.ts';
import { removeTree } from '../../src/store/temporary.ts';
import { archiveOf } from '../support/archives.ts';
import { FakeEngine } from '../support/fake-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('the probe of what an engine makes of files', () => {
  let directory: TemporaryDirectory;
  let fake: FakeEngine;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    fake = new FakeEngine({ images: { any: () => 0 } });
  });
  afterEach(async () => {
    assert.deepEqual(fake.left(), []);
    assert.deepEqual(built, [], 'no image is left');
    await removeTree(directory.path);
  });

  let built: string[] = [];
  /** The fake engine with another way of making containers, or of describing itself. */
  function engine(changes: {
    readonly create?: (spec: ContainerSpec) => Promise<CreatedContainer>;
    readonly usesSelinux?: boolean;
  }): Engine {
    built = [];
    return {
      address: fake.address,
      describe: async () => ({ ...(await fake.describe()), usesSelinux: changes.usesSelinux ?? false }),
      ping: () => fake.ping(),
      settings: () => fake.settings(),
      images: {
        ...fake.images,
        async build(spec, options) {
          options?.signal?.throwIfAborted();
          built.push(spec.tag);
          return await fake.images.build(spec, options);
        },
        async remove(reference) {
          built = built.filter((tag) => tag !== reference);
          await fake.images.remove(reference);
        },
      },
      networks: fake.networks,
      volumes: fake.volumes,
      containers: { ...fake.containers, create: changes.create ?? ((spec) => fake.containers.create(spec)) },
      events: (labels, signal) => fake.events(labels, signal),
      reach: (port) => fake.reach(port),
      async [Symbol.asyncDispose]() {},
    };
  }
  /** A container of the fake engine, something about which is different. */
  const odd = (change: (container: CreatedContainer, spec: ContainerSpec) => Partial<CreatedContainer>) => async (spec: ContainerSpec) => {
    const container = await fake.containers.create(spec);
    return Object.assign(container, change(container, spec));
  };
  const probe = async (on: Engine, options: Partial<SharingProbe> = {}): Promise<FileSharing> => {
    const own = await mkdtemp(join(directory.path, 'probe-'));
    return await probeFileSharing(on, { directory: own, labels: { 'sm-local.kind': 'probe' }, ...options });
  };
  /** Where the probe's mount is on this machine. */
  const sourceOf = ({ mounts }: ContainerSpec): string => mounts[0]?.source ?? '';

  it('finds nothing in the way where files are seen and stay the user’s, with an image at hand and without', async () => {
    const all = { obstacles: [], showsFiles: true, takesFiles: true };
    assert.deepEqual(await probe(engine({})), all);
    const image = (await fake.images.inspect('any'))?.id ?? '';
    const noImages = engine({});
    assert.deepEqual(await probe({ ...noImages, images: fake.images }, { image }), all);
  });

  it('never starts a program and gives the container no network', async () => {
    const specs: ContainerSpec[] = [];
    const create = odd((_container, spec) => {
      specs.push(spec);
      return { start: () => assert.fail('started') };
    });
    await probe(engine({ create }));
    assert.deepEqual(
      specs.map(({ network, labels, mounts }) => [network, labels['sm-local.kind'], mounts.length]),
      [['none', 'probe', 1]],
    );
  });

  const unseen = { obstacles: ['unseen'], showsFiles: false, takesFiles: false };
  const refusals = [
    'invalid mount config for type "bind": stat /home/a/tmp: permission denied',
    'invalid mount config for type "bind": bind source path does not exist: /tmp/x',
    'Mounts denied: The path /tmp/x is not shared from the host and is not known to Docker.',
    'statfs /tmp/x: no such file or directory',
  ];
  for (const message of refusals) {
    it(`takes "${message.slice(0, 50)}…" for an engine that does not see the files`, async () => {
      const create = () => Promise.reject(fail('EngineFailed', { action: 'create a container', message }));
      assert.deepEqual(await probe(engine({ create })), unseen);
    });
  }

  it('knows an engine elsewhere that has such a directory by chance, or makes one', async () => {
    for (const answer of [undefined, () => archiveOf({ token: { content: 'another one' } })]) {
      const create = odd(() => ({ getArchive: async () => answer?.() }));
      assert.deepEqual(await probe(engine({ create })), unseen);
    }
  });

  it('names an engine whose root may not read or write here, as on a network file system', async () => {
    const refuse = (message: string) => () => Promise.reject(fail('EngineFailed', { action: 'x', message }));
    const cannotRead = odd(() => ({ getArchive: refuse('open /shared/token: permission denied') }));
    assert.deepEqual(await probe(engine({ create: cannotRead })), unseen);
    const cannotWrite = odd(() => ({ putArchive: refuse('lchown /shared/file-1000: operation not permitted') }));
    assert.deepEqual(await probe(engine({ create: cannotWrite })), { obstacles: ['unwritable'], showsFiles: true, takesFiles: false });
  });

  it('names SELinux, under which files can be seen by the engine and not by containers', async () => {
    assert.deepEqual(await probe(engine({ usesSelinux: true })), { obstacles: ['selinux'], showsFiles: false, takesFiles: false });
  });

  if (process.getuid?.() === 0) {
    it('names a root in containers that is another user here', async () => {
      const create = odd((container, spec) => ({
        async putArchive(path, tar) {
          await container.constructor.prototype.putArchive.call(container, path, tar);
          for (const name of ['file-0', 'directory-0']) await chown(join(sourceOf(spec), name), 100_000, 100_000);
        },
      }));
      assert.deepEqual(await probe(engine({ create })), { obstacles: ['remapped'], showsFiles: false, takesFiles: false });
    });
  }

  it('sends what is for its owner alone, and directories that are empty, so that anybody can remove them', async () => {
    let sent: string[] = [];
    const create = odd((container, spec) => ({
      async putArchive(path, tar) {
        await container.constructor.prototype.putArchive.call(container, path, tar);
        const source = sourceOf(spec);
        const found = (await readdir(source)).sort();
        sent = await Promise.all(found.map(async (name) => `${name} ${((await stat(join(source, name))).mode & 0o777).toString(8)}`));
        for (const name of found.filter((each) => each.startsWith('directory'))) assert.deepEqual(await readdir(join(source, name)), []);
      },
    }));
    await probe(engine({ create }));
    assert.deepEqual(sent, ['directory-0 700', 'directory-1000 700', 'file-0 600', 'file-1000 600', 'token 600']);
  });

  const troubles: readonly (readonly [what: string, code: ErrorCode, create: (spec: ContainerSpec) => Promise<CreatedContainer>])[] = [
    ['does not answer', 'EngineUnreachable', () => Promise.reject(fail('EngineUnreachable', { where: 'x', rule: 'y' }))],
    ['fails', 'EngineFailed', () => Promise.reject(fail('EngineFailed', { action: 'create', message: 'no space left on device' }))],
    [
      'breaks off while files go in',
      'EngineFailed',
      odd(() => ({ putArchive: () => Promise.reject(fail('EngineFailed', { action: 'write files', message: 'unexpected EOF' })) })),
    ],
  ];
  for (const [what, code, create] of troubles) {
    it(`does not take an engine that ${what} for an answer, and leaves nothing`, async () => {
      await assert.rejects(probe(engine({ create })), (error) => isError(error, code));
    });
  }

  it('leaves nothing when its signal aborts, at whatever moment', async () => {
    const reason = new Error('enough');
    const abort = new AbortController();
    const create = odd((container) => {
      abort.abort(reason);
      return { getArchive: (path) => container.constructor.prototype.getArchive.call(container, path) };
    });
    await assert.rejects(probe(engine({ create }), { signal: abort.signal }), reason);
    await assert.rejects(probe(engine({}), { signal: abort.signal }), reason);
  });

  it('says what is wrong with a directory of ours', async () => {
    await assert.rejects(probe(engine({}), { directory: join(directory.path, 'none') }), (error) => isError(error, 'DiskTrouble'));
  });

  it('has a sentence for each of its findings', () => {
    for (const text of Object.values(obstacleTexts)) assert.match(text, /^[a-zS].*[^.]$/);
  });
});
