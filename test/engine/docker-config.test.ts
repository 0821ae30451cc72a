import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DockerConfig, readDockerConfig } from '../../src/engine/docker-config.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('the docker config', () => {
  let home: TemporaryDirectory;
  beforeEach(async () => {
    home = await temporaryDirectory();
    await mkdir(join(home.path, '.docker'));
  });
  afterEach(() => home[Symbol.asyncDispose]());

  const read = (env: Record<string, string> = {}): DockerConfig => readDockerConfig({ env, home: home.path });
  const written = async (config: object | string, env: Record<string, string> = {}): Promise<DockerConfig> => {
    await writeFile(join(home.path, '.docker/config.json'), typeof config === 'string' ? config : JSON.stringify(config));
    return read(env);
  };
  const base64 = (text: string): string => Buffer.from(text).toString('base64');

  it('may be absent or empty: then there is nothing in it, and nothing is wrong', async () => {
    for (const config of [read(), await written(''), await written('{}'), await written('null'), await written({ auths: null })]) {
      assert.deepEqual([config.auths.size, config.credHelpers.size, config.proxies.size, config.credsStore], [0, 0, 0, undefined]);
      assert.deepEqual(config.warnings, []);
    }
  });

  it('lies in DOCKER_CONFIG, which is a directory', async () => {
    await mkdir(join(home.path, 'elsewhere'));
    await writeFile(join(home.path, 'elsewhere/config.json'), '{"credsStore":"elsewhere"}');
    assert.equal(read({ DOCKER_CONFIG: join(home.path, 'elsewhere') }).credsStore, 'elsewhere');
  });

  it('has credentials encoded, spelled out, and as tokens', async () => {
    const { auths } = await written({
      auths: {
        'encoded.example': { auth: base64('me:pass:word') },
        'spelled.example': { username: 'me', password: 'word' },
        'both.example': { auth: base64('encoded:1'), username: 'spelled', password: '2' },
        'tokens.example': { auth: base64('me:'), identitytoken: 'i', registrytoken: 'r' },
        'padded.example': { auth: base64('me:word\0\0') },
        'stored.example': {},
      },
    });
    assert.deepEqual(Object.fromEntries(auths), {
      'encoded.example': { username: 'me', password: 'pass:word' },
      'spelled.example': { username: 'me', password: 'word' },
      'both.example': { username: 'encoded', password: '1' },
      'tokens.example': { username: 'me', password: '', identitytoken: 'i', registrytoken: 'r' },
      'padded.example': { username: 'me', password: 'word' },
      'stored.example': {},
    });
  });

  it('that is broken somewhere is left out there, which is said without a word of what it holds', async () => {
    const secret = 'c2VjcmV0'; // no user and password in it
    for (const [config, why] of [
      [`{"auths":{"a":{"auth":"${secret}`, /is not JSON/],
      [{ auths: [secret] }, /something else than an object where "auths"/],
      [{ auths: { a: secret } }, /something else than an object where "auths" of a/],
      [{ auths: { a: { auth: secret } } }, /an "auth" for a that cannot be decoded/],
      [{ auths: { a: { auth: '!!' } } }, /an "auth" for a that cannot be decoded/],
      [{ credsStore: { secret } }, /a "credsStore" that is no text/],
      [{ credHelpers: { a: [secret] } }, /a "a" in "credHelpers" that is no text/],
      [{ proxies: { default: secret } }, /where "proxies of default"/],
    ] as const) {
      const { warnings } = await written(config);
      assert.equal(warnings.length, 1, JSON.stringify(config));
      assert.match(warnings[0] ?? '', why);
      assert.ok(warnings[0]?.includes(join(home.path, '.docker/config.json')));
      assert.ok(!warnings[0]?.includes(secret));
    }
  });

  it('keeps what is right beside what is broken', async () => {
    const { auths, credsStore, proxies } = await written({
      auths: { 'broken.example': { auth: '!!' }, 'right.example': { auth: base64('me:word') } },
      credsStore: 'store',
      proxies: { default: { httpProxy: 'http://proxy:3128', noProxy: 7 } },
    });
    assert.deepEqual(auths.get('right.example'), { username: 'me', password: 'word' });
    assert.deepEqual(auths.get('broken.example'), {});
    assert.equal(credsStore, 'store');
    assert.deepEqual(Object.fromEntries(proxies.get('default') ?? []), { httpProxy: 'http://proxy:3128' });
  });

  it('that is no file is left out, which is said', async () => {
    await mkdir(join(home.path, '.docker/config.json'));
    assert.match(read().warnings.join(), /cannot be read \(EISDIR\)/);
  });

  it('may be added to by DOCKER_AUTH_CONFIG', async () => {
    const env = { DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { 'ci.example': { auth: base64('ci:word') } } }) };
    assert.deepEqual(Object.fromEntries((await written('{}', env)).environmentAuths), {
      'ci.example': { username: 'ci', password: 'word' },
    });
    assert.match((await written('{}', { DOCKER_AUTH_CONFIG: '{"auths"' })).warnings.join(), /DOCKER_AUTH_CONFIG is not JSON/);
  });
});
