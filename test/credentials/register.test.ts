import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Entry, Register, userRegister } from '../../src/credentials/register.ts';
import { failure } from '../support/failure.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';
import { mountTmpfs } from '../support/tmpfs.ts';

const id = '058f3674-e697-4dc9-ab8a-7713b4d99598';
const other = '97811c76-fdf7-4fa9-a600-ea9e888ad0e5';
const entry: Entry = { kind: 'metadata', home: '/home', owner: '1-a', metadata: { Name: 'job', Image: 'image', ImageID: 'sha256:1' } };

describe('the register of what containers are answered', () => {
  let root: TemporaryDirectory;
  let register: Register;
  beforeEach(async () => {
    root = await temporaryDirectory();
    register = new Register(join(root.path, 'sm-local/credentials'));
  });
  afterEach(() => root[Symbol.asyncDispose]());

  it('gives back what was put under an id, until that is removed', async () => {
    assert.equal(await register.read(id), undefined);
    await register.put(id, entry);
    assert.deepEqual(await register.read(id), entry);
    assert.equal(await register.read(other), undefined);
    await register.remove(id);
    await register.remove(id);
    assert.equal(await register.read(id), undefined);
    assert.deepEqual(await readdir(register.directory), []);
  });

  it('is for the user alone', async () => {
    await register.put(id, entry);
    const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);
    assert.equal(await modeOf(register.directory), '700');
    assert.equal(await modeOf(join(root.path, 'sm-local')), '700');
    assert.equal(await modeOf(join(register.directory, `${id}.json`)), '600');
  });

  it('takes no directory that others can read', async () => {
    await mkdir(join(root.path, 'sm-local'));
    await chmod(join(root.path, 'sm-local'), 0o755);
    await assert.rejects(register.put(id, entry), failure('DiskTrouble', /is not a private directory of yours/));
  });

  it('can be swept: of what nobody wants, of what is not whole, of what killed writers left', async () => {
    await register.sweep(async () => true); // there is none yet
    await register.put(id, entry);
    await register.put(other, { ...entry, owner: '2-b' });
    await writeFile(join(register.directory, 'c0ffee00-0000-4000-8000-000000000000.json'), '{"kind":');
    await writeFile(join(register.directory, '.sm-local-old'), '');
    await writeFile(join(register.directory, '.sm-local-new'), '');
    await utimes(join(register.directory, '.sm-local-old'), 0, 0);
    await register.sweep(async ({ owner }) => owner === '1-a');
    assert.deepEqual((await readdir(register.directory)).sort(), ['.sm-local-new', `${id}.json`]);
  });

  it('is made again where somebody has emptied its place', async () => {
    await register.put(id, entry);
    await rm(dirname(register.directory), { recursive: true });
    await register.put(other, entry);
    assert.deepEqual(await register.read(other), entry);
  });

  it('is in memory for root where /run is not, unless others could take it from there', async function () {
    if (process.getuid?.() !== 0) this.skip(); // of places that are root's
    const tmpfs = join(root.path, 'shm');
    const run = join(root.path, 'run');
    for (const path of [tmpfs, run]) await mkdir(path, { mode: 0o755 });
    const placed = async (): Promise<string> => (await userRegister(0, { run, shm: tmpfs })).directory;
    assert.equal(await placed(), join(run, 'sm-local/credentials'), 'no tmpfs');
    await using _mounted = await mountTmpfs(tmpfs);
    assert.equal(await placed(), join(run, 'sm-local/credentials'), 'others may rename what is there');
    await chmod(tmpfs, 0o1777);
    assert.equal(await placed(), join(tmpfs, 'sm-local-0/credentials'));
    await mkdir(join(tmpfs, 'sm-local-0'), { mode: 0o755 });
    assert.equal(await placed(), join(run, 'sm-local/credentials'), 'somebody was there before');
    assert.equal((await userRegister(4711, { run, shm: tmpfs })).directory, '/tmp/sm-local-4711/credentials');
  });

  it('is the same one for all processes of a user, whatever their environment', async () => {
    const { directory } = await userRegister();
    const { XDG_RUNTIME_DIR, TMPDIR } = process.env;
    Object.assign(process.env, { XDG_RUNTIME_DIR: root.path, TMPDIR: root.path });
    try {
      assert.equal((await userRegister()).directory, directory);
    } finally {
      for (const [name, value] of Object.entries({ XDG_RUNTIME_DIR, TMPDIR })) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
    assert.equal((await userRegister(4711)).directory, '/tmp/sm-local-4711/credentials');
  });
});
