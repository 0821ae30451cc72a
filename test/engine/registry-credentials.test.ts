import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { askHelper } from '../../src/engine/docker/credential-helper.ts';
import { type Login, loginFor, loginsFor } from '../../src/engine/docker/registry-credentials.ts';
import { readDockerConfig } from '../../src/engine/docker-config.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('the credentials for a registry', () => {
  let home: TemporaryDirectory;
  let env: Record<string, string>;
  beforeEach(async () => {
    home = await temporaryDirectory();
    env = { PATH: `${home.path}:${process.env.PATH}`, CALLS: join(home.path, 'calls') };
    await writeFile(env.CALLS ?? '', '');
    await helper('keys', answering);
  });
  afterEach(() => home[Symbol.asyncDispose]());

  /** A stand-in for a program that keeps passwords; it notes what it is asked. */
  async function helper(name: string, script: string): Promise<void> {
    const path = join(home.path, `docker-credential-${name}`);
    await writeFile(path, `#!/bin/sh\nregistry=$(cat)\necho "$1 $registry" >> "$CALLS"\n${script}\n`);
    await chmod(path, 0o755);
  }
  const answering = `printf '{"ServerURL":"%s","Username":"of %s","Secret":"s"}' "$registry" "$registry"`;
  const asked = async (): Promise<string> => await readFile(env.CALLS ?? '', 'utf8');

  async function source(config: object) {
    await mkdir(join(home.path, '.docker'), { recursive: true });
    await writeFile(join(home.path, '.docker/config.json'), JSON.stringify(config));
    return { config: () => readDockerConfig({ env, home: home.path }), env };
  }
  const login = async (registry: string, config: object): Promise<Login | undefined> => loginFor(registry, await source(config));
  const auth = Buffer.from('me:word').toString('base64');
  const me = { username: 'me', password: 'word' };

  it('are those of the file under its host', async () => {
    const config = { auths: { 'a.example': { auth }, 'a.example:5000': { identitytoken: 'i' } } };
    assert.deepEqual(await login('a.example', config), { ...me, serveraddress: 'a.example' });
    assert.deepEqual(await login('a.example:5000', config), { identitytoken: 'i', serveraddress: 'a.example:5000' });
    assert.equal(await login('b.example', config), undefined);
  });

  it('are those of the file under an old way of writing the host', async () => {
    for (const written of ['https://a.example', 'http://a.example/v1/', 'a.example/v2/']) {
      assert.deepEqual(await login('a.example', { auths: { [written]: { auth } } }), { ...me, serveraddress: written });
    }
  });

  it('of Docker Hub are kept under its first address', async () => {
    assert.equal((await login('docker.io', { auths: { 'https://index.docker.io/v1/': { auth } } }))?.username, 'me');
    assert.equal(await login('docker.io', { auths: { 'docker.io': { auth } } }), undefined);
    assert.equal((await login('docker.io', { credsStore: 'keys' }))?.username, 'of https://index.docker.io/v1/');
  });

  it('are those of its own helper, else of the one for all, and not those of the file', async () => {
    await helper('own', `echo '{"Username":"own","Secret":"s"}'`);
    const config = { auths: { 'a.example': { auth }, 'b.example': { auth } }, credHelpers: { 'a.example': 'own' }, credsStore: 'keys' };
    assert.deepEqual(await login('a.example', config), { username: 'own', password: 's', serveraddress: 'a.example' });
    assert.deepEqual(await login('b.example', config), { username: 'of b.example', password: 's', serveraddress: 'b.example' });
    assert.equal(await asked(), 'get a.example\nget b.example\n');
  });

  it('are those of the file where its own helper is the empty one', async () => {
    const config = { auths: { 'a.example': { auth } }, credHelpers: { 'a.example': '' }, credsStore: 'keys' };
    assert.equal((await login('a.example', config))?.username, 'me');
    assert.equal(await asked(), '');
  });

  it('may be a token, and keep the token for the registry that the file has', async () => {
    await helper('tokens', `echo '{"Username":"<token>","Secret":"i"}'`);
    const config = { auths: { 'a.example': { registrytoken: 'r' } }, credsStore: 'tokens' };
    assert.deepEqual(await login('a.example', config), { identitytoken: 'i', registrytoken: 'r', serveraddress: 'a.example' });
  });

  it('are none where the helper has none, which is no trouble', async () => {
    await helper('empty', `echo 'credentials not found in native keychain'; exit 1`);
    const options = { onTrouble: (why: string) => assert.fail(why) };
    assert.equal(await loginFor('a.example', await source({ auths: { 'a.example': { auth } }, credsStore: 'empty' }), options), undefined);
  });

  it('are those of DOCKER_AUTH_CONFIG before all others', async () => {
    env.DOCKER_AUTH_CONFIG = JSON.stringify({ auths: { 'a.example': { auth } } });
    assert.equal((await login('a.example', { credsStore: 'keys' }))?.username, 'me');
    assert.equal((await login('b.example', { credsStore: 'keys' }))?.username, 'of b.example');
    assert.equal(await asked(), 'get b.example\n');
  });

  for (const [what, script, why] of [
    ['says why', 'echo "the key chain is locked"; exit 1', 'docker-credential-bad: the key chain is locked'],
    ['says why elsewhere', 'echo "no session" >&2; exit 1', 'docker-credential-bad: no session'],
    ['says nothing', 'exit 3', 'docker-credential-bad: it ended with exit code 3'],
    [
      'fails with a secret on its lips',
      `echo '{"Username":"u","Secret":"s3cret"}'; exit 1`,
      'docker-credential-bad: it ended with exit code 1',
    ],
    ['answers nonsense', 'echo s3cret', 'docker-credential-bad answered with something else than a user name and a secret'],
  ] as const) {
    it(`are none where the helper ${what}; the reason is told, and no secret`, async () => {
      await helper('bad', script);
      const told: string[] = [];
      const config = await source({ credsStore: 'bad' });
      assert.equal(await loginFor('a.example', config, { onTrouble: (text) => told.push(text) }), undefined);
      assert.deepEqual(told, [why]);
    });
  }

  it('are none where the helper is not there', async () => {
    const told: string[] = [];
    const config = await source({ credsStore: 'absent' });
    assert.equal(await loginFor('a.example', config, { onTrouble: (text) => told.push(text) }), undefined);
    assert.deepEqual(told, ['docker-credential-absent is not on PATH']);
  });

  it('are waited for no longer than the limit, and not once they are no longer wanted', async () => {
    await helper('slow', 'exec sleep 1000');
    const question = { helper: 'slow', registry: 'a.example', env };
    await assert.rejects(askHelper({ ...question, limit: 0.05 }), /docker-credential-slow did not answer within 50 ms/);
    const abort = new AbortController();
    const asking = askHelper({ ...question, limit: 60, signal: abort.signal });
    abort.abort(new Error('enough'));
    await assert.rejects(asking, /enough/);
  });

  describe('for a build', () => {
    const logins = async (registries: readonly string[], config: object) => loginsFor(registries, await source(config));

    it('are all that the file has', async () => {
      assert.deepEqual(await logins([], { auths: { 'https://a.example/v1/': { auth }, 'b.example': {} } }), {
        'https://a.example/v1/': { ...me, serveraddress: 'https://a.example/v1/' },
      });
    });

    it('are of the helpers only what the build needs', async () => {
      const config = { auths: { 'a.example': {}, 'b.example': { auth } }, credHelpers: { 'b.example': 'keys' }, credsStore: 'keys' };
      assert.deepEqual(await logins([], config), {});
      assert.equal(await asked(), '');
      assert.deepEqual(Object.keys(await logins(['docker.io', 'b.example', 'b.example'], config)), [
        'https://index.docker.io/v1/',
        'b.example',
      ]);
      assert.equal((await asked()).trim().split('\n').length, 2);
    });
  });
});
