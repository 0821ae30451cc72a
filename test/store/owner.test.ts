import assert from 'node:assert/strict';
import { lutimesSync, readdirSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { isError } from '../../src/errors.ts';
import { type Home, openHome } from '../../src/store/home.ts';
import { isAlive, Owner, sweepOwners } from '../../src/store/owner.ts';
import { ownerAddress } from '../../src/store/owner-address.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { Program } from './commands.ts';

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
    });

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
