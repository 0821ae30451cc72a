import assert from 'node:assert/strict';
import { lutimesSync, readdirSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { isError } from '../../src/errors.ts';
import { type Home, openHome } from '../../src/store/home.ts';
import { isAlive, Owner, sweepOwners, tellOwner, untilGone } from '../../src/store/owner.ts';
import { ownerAddress } from '../../src/store/owner-address.ts';
import { type Place, placeSuffix, standingOf, thisPlace } from '../../src/store/owner-place.ts';
import { eventually } from '../support/containers.ts';
import { sayNotRun } from '../support/private-engine.ts';
import { projectRoot } from '../support/real-engine.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { Program } from './commands.ts';
import { deafOwner } from './deaf-owner.ts';

for (const [what, depth] of Object.entries({ 'an owner': 0, 'an owner whose home has a long path': 24 })) {
  describe(what, () => {
    let root: string;
    let home: Home;
    const { TMPDIR } = process.env;
    let scope: AsyncDisposable;
    /** As if all owners had been there for an hour. */
    const grow = (): void => {
      for (const file of readdirSync(home.owners)) lutimesSync(join(home.owners, file), Date.now() / 1000 - 3600, Date.now() / 1000 - 3600);
    };
    const started = async (environment: Record<string, string> = {}): Promise<Program & { id: string }> => {
      const program = new Program('start-owner', [home.path], environment);
      return Object.assign(program, { id: (await program.line()) ?? '' });
    };

    beforeEach(async () => {
      const directory = await temporaryDirectory();
      scope = directory;
      root = directory.path;
      for (const name of ['t', 'u']) await mkdir(join(root, name));
      process.env.TMPDIR = join(root, 't');
      home = await openHome(join(directory.path, `home${'-long'.repeat(depth)}`));
    });
    afterEach(async () => {
      delete process.env.TMPDIR;
      if (TMPDIR !== undefined) process.env.TMPDIR = TMPDIR;
      await scope[Symbol.asyncDispose]();
    });

    it('is alive for its own process until it is disposed, and leaves nothing', async () => {
      const owner = await Owner.start(home);
      assert.match(owner.id, /^[\w-]+$/);
      assert.equal(await isAlive(home, owner.id), true);
      await owner[Symbol.asyncDispose]();
      assert.equal(await isAlive(home, owner.id), false);
      assert.deepEqual(await readdir(home.owners), []);
      assert.deepEqual(await readdir(join(root, 't')), []);
    });

    if (process.platform === 'linux') {
      it('has its socket below home, where every container finds it that has the home', async () => {
        await using owner = await Owner.start(home);
        assert.ok((await lstat(join(home.owners, `${owner.id}.sock`))).isSocket());
      });
    }

    it('is alive for other processes, also with another TMPDIR', async () => {
      await using there = await started({ TMPDIR: join(root, 'u') });
      assert.equal(await isAlive(home, there.id), true);
    });

    it('is dead after kill -9', async () => {
      await using there = await started();
      assert.equal(await isAlive(home, there.id), true);
      await there.kill('SIGKILL');
      assert.equal(await isAlive(home, there.id), false);
    });

    it('is alive while its process is stopped', async () => {
      await using there = await started();
      await there.kill('SIGSTOP');
      assert.equal(await isAlive(home, there.id), true);
    });

    it('does not keep its process running', async () => {
      await using there = await started();
      there.tell('end');
      await there.exited;
      assert.equal(await isAlive(home, there.id), false);
    });

    it('is swept when it is dead and old enough, and only then', async () => {
      await using alive = await started();
      await using dead = await started();
      await dead.kill('SIGKILL');
      assert.deepEqual(await sweepOwners(home), []);
      grow();
      assert.deepEqual(await sweepOwners(home), [dead.id]);
      assert.deepEqual(await readdir(home.owners), [`${alive.id}.sock`]);
      assert.equal(await isAlive(home, alive.id), true);
      assert.deepEqual(await sweepOwners(home), []);
    });
  });
}

describe('an owner of another place', () => {
  const random = '0123456789ab';
  const here: Place = { kernel: '0000000a', machine: '0000000b' };
  const idAt = (place: Place): string => `4711-${random}-${placeSuffix(place)}`;

  it('is told by its id', () => {
    assert.equal(standingOf(idAt(here), here), 'here');
    assert.equal(standingOf(idAt({ kernel: '0000000a' }), here), 'here', 'another container of this machine');
    assert.equal(standingOf(idAt({ kernel: '0000000a', machine: '0000000c' }), here), 'here');
    assert.equal(standingOf(idAt({ kernel: '0000000d', machine: '0000000b' }), here), 'before', 'this machine before it was started again');
    assert.equal(standingOf(idAt({ kernel: '0000000d', machine: '0000000c' }), here), 'elsewhere');
    assert.equal(standingOf(idAt({ kernel: '0000000d' }), here), 'elsewhere');
    assert.equal(standingOf(idAt({ kernel: '0000000d' }), { kernel: '0000000a' }), 'elsewhere', 'two that have no name are not the same');
    assert.equal(standingOf(`4711-${random}`, here), 'here', 'of an older version');
  });

  it('is there in the id of each owner', async () => {
    await using directory = await temporaryDirectory();
    await using owner = await Owner.start(await openHome(directory.path));
    assert.equal(owner.id.split('-').slice(2).join('-'), placeSuffix(thisPlace()));
  });

  /** A home with the socket of a process that was killed, as an owner of `place`; given a sign of life that many days ago. */
  async function withDeaf(place: Place, days: number, test: (home: Home, id: string) => Promise<void>): Promise<void> {
    await using directory = await temporaryDirectory();
    const home = await openHome(directory.path);
    const id = await deafOwner(home, place);
    const then = Date.now() / 1000 - days * 24 * 3600;
    await utimes(ownerAddress(home, id), then, then);
    await test(home, id);
  }

  it('whose socket does not answer here is alive, and is not swept', () =>
    withDeaf({ kernel: 'ffffffff' }, 6, async (home, id) => {
      assert.equal(await isAlive(home, id), true);
      assert.deepEqual(await sweepOwners(home), []);
      assert.equal(await tellOwner(home, id), false, 'nothing reaches it');
      const patience = AbortSignal.timeout(20);
      await untilGone(home, id, patience);
      assert.ok(patience.aborted, 'it was waited for');
    }));

  it('is dead when its machine was started again', async () => {
    const { kernel, machine = undefined } = thisPlace();
    const before = { kernel: kernel === 'ffffffff' ? 'eeeeeeee' : 'ffffffff', ...(machine !== undefined && { machine }) };
    await withDeaf(before, 1, async (home, id) => assert.equal(await isAlive(home, id), machine === undefined));
  });

  it('is dead when it has given no sign for more than a week, or has let go by itself', () =>
    withDeaf({ kernel: 'ffffffff' }, 8, async (home, id) => {
      assert.equal(await isAlive(home, id), false);
      assert.deepEqual(await sweepOwners(home), [id]);
      await writeFile(ownerAddress(home, id), '');
      assert.equal(await isAlive(home, id), false);
    }));

  it('gives signs of life', async () => {
    await using directory = await temporaryDirectory();
    const home = await openHome(directory.path);
    await using owner = await Owner.start(home, 10);
    const path = ownerAddress(home, owner.id);
    await utimes(path, 1.6e9, 1.6e9);
    await eventually(async () => (await lstat(path)).mtimeMs > 1.7e12, 'the socket is touched');
  });

  it('is dead when its socket was removed', async () => {
    await using directory = await temporaryDirectory();
    assert.equal(await isAlive(await openHome(directory.path), idAt({ kernel: 'ffffffff' })), false);
  });

  if (process.platform === 'linux') {
    it('is alive as long as its socket lies where this process does not see it', async () => {
      await using directory = await temporaryDirectory();
      const home = await openHome(directory.path);
      await symlink('/tmp/sm-local-of-another-container/1-abc.sock', ownerAddress(home, '1-abc'));
      assert.equal(await isAlive(home, '1-abc'), true);
      lutimesSync(ownerAddress(home, '1-abc'), 1.6e9, 1.6e9);
      assert.equal(await isAlive(home, '1-abc'), false);
    });
  }

  // Each has a /tmp of its own, in which the project is where it was.
  const ownTmp = [
    'mount --bind "$PROJECT" /mnt && mount -t tmpfs tmpfs /tmp',
    'case "$PROJECT" in /tmp/*) mkdir -p "$PROJECT" && mount --bind /mnt "$PROJECT" ;; esac',
    'exec "$@"',
  ];
  const ownMounts = ['--mount', '--uts', '--ipc', 'sh', '-ec', ownTmp.join('\n'), 'sh'];
  const surroundings = { TMPDIR: '/tmp', PROJECT: projectRoot };
  if (process.platform !== 'linux' || process.getuid?.() !== 0) sayNotRun('owners in two mount namespaces', 'that takes root on Linux');
  else {
    for (const depth of [0, 24]) {
      it(`is asked across containers of one machine that have the home, at a path of ${depth === 0 ? 'a few' : 'many'} characters`, async () => {
        const root = await mkdtemp('/var/tmp/sm-local-test-');
        try {
          const home = await openHome(join(root, `home${'-long'.repeat(depth)}`));
          await using living = new Program('start-owner', [home.path], surroundings, ['unshare', ...ownMounts]);
          await using killed = new Program('start-owner', [home.path], surroundings, ['unshare', ...ownMounts]);
          const [one = '', other = ''] = [await living.line(), await killed.line()];
          assert.deepEqual([await isAlive(home, one), await isAlive(home, other)], [true, true]);
          await killed.kill('SIGKILL');
          assert.deepEqual([await isAlive(home, one), await isAlive(home, other)], [true, false]);
        } finally {
          await rm(root, { recursive: true });
        }
      });
    }
  }
});

describe('owners', () => {
  it('that never were are dead, and so are ids that are none', async () => {
    await using directory = await temporaryDirectory();
    const home = await openHome(directory.path);
    for (const id of ['1-abc', '', '../../etc/x', 'a/b']) assert.equal(await isAlive(home, id), false, id);
    await writeFile(join(home.owners, 'file.sock'), '');
    assert.equal(await isAlive(home, 'file'), false);
  });

  it('with a full queue of connections are alive', async () => {
    await using directory = await temporaryDirectory();
    const home = await openHome(directory.path);
    const server = createServer().listen({ path: ownerAddress(home, 'busy'), backlog: 1 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => isAlive(home, 'busy')));
    server.close();
    assert.ok(answers.every(Boolean));
  });

  it('cannot be told apart where they cannot be asked, and this is said', async () => {
    await using directory = await temporaryDirectory();
    const home = await openHome(directory.path);
    const blocked = { path: home.path, owners: join(home.path, 'format') };
    await assert.rejects(isAlive(blocked, '1-abc'), (error) => isError(error, 'DiskTrouble'));
  });

  it('listen on a pipe named after the home on Windows', () => {
    const home = { path: 'C:\\Users\\me\\.sm-local', owners: 'C:\\Users\\me\\.sm-local\\owners' };
    const address = ownerAddress(home, '1-abc', 'win32');
    assert.match(address, /^\\\\\.\\pipe\\sm-local-[0-9a-f]{16}-1-abc$/);
    assert.notEqual(address, ownerAddress({ ...home, path: 'C:\\other' }, '1-abc', 'win32'));
  });
});
