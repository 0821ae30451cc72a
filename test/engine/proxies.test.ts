import assert from 'node:assert/strict';
import type { DockerConfig } from '../../src/engine/docker-config.ts';
import { containerProxies, proxiesFor, withoutPasswords, withProxies } from '../../src/engine/proxies.ts';

const configOf = (proxies: Record<string, Record<string, string>>): DockerConfig => ({
  auths: new Map(),
  environmentAuths: new Map(),
  credHelpers: new Map(),
  proxies: new Map(Object.entries(proxies).map(([host, entry]) => [host, new Map(Object.entries(entry))])),
  warnings: [],
});

describe('the proxies of the docker config', () => {
  const engine = 'unix:///var/run/docker.sock';

  it('are variables in capitals and in small letters', () => {
    const all = { httpProxy: 'h', httpsProxy: 's', noProxy: 'n', ftpProxy: 'f', allProxy: 'a', other: 'o' };
    assert.deepEqual(proxiesFor(engine, configOf({ default: all })), {
      from: 'proxies.default',
      variables: {
        HTTP_PROXY: 'h',
        http_proxy: 'h',
        HTTPS_PROXY: 's',
        https_proxy: 's',
        NO_PROXY: 'n',
        no_proxy: 'n',
        FTP_PROXY: 'f',
        ftp_proxy: 'f',
        ALL_PROXY: 'a',
        all_proxy: 'a',
      },
    });
  });

  it('are those of this engine where it has its own, and then nothing of the others', () => {
    const proxies = proxiesFor(engine, configOf({ default: { httpProxy: 'all', noProxy: 'n' }, [engine]: { httpProxy: 'own' } }));
    assert.deepEqual(proxies, { from: `proxies["${engine}"]`, variables: { HTTP_PROXY: 'own', http_proxy: 'own' } });
  });

  it('are none where it has none, or empty ones', () => {
    assert.equal(proxiesFor(engine, configOf({})), undefined);
    assert.equal(proxiesFor(engine, configOf({ default: { httpProxy: '' } })), undefined);
    assert.equal(proxiesFor(engine, configOf({ 'tcp://other:2375': { httpProxy: 'h' } })), undefined);
  });

  it("give way to the user's own, in whichever letters", () => {
    const proxies = proxiesFor(engine, configOf({ default: { httpProxy: 'h', httpsProxy: 's' } }));
    assert.deepEqual(withProxies({ HTTP_PROXY: 'mine', other: '1' }, proxies), {
      HTTP_PROXY: 'mine',
      other: '1',
      HTTPS_PROXY: 's',
      https_proxy: 's',
    });
    assert.deepEqual(withProxies({ other: '1' }, undefined), { other: '1' });
  });

  it('leave a container a direct way to itself, to its hosts and to its credentials', () => {
    const of = (entry: Record<string, string>): string | undefined =>
      containerProxies(proxiesFor(engine, configOf({ default: entry })), ['algo-1'])?.variables.no_proxy;
    assert.equal(of({ httpProxy: 'h' }), 'localhost,127.0.0.1,169.254.170.2,algo-1');
    assert.equal(of({ httpProxy: 'h', noProxy: '.corp.example, localhost' }), '.corp.example,localhost,127.0.0.1,169.254.170.2,algo-1');
    assert.equal(containerProxies(undefined), undefined);
  });

  it('are shown without the passwords in them', () => {
    assert.equal(withoutPasswords('http://me:p@ss:word@proxy:3128/'), 'http://me:***@proxy:3128/');
    assert.equal(withoutPasswords('me:word@proxy:3128'), 'me:***@proxy:3128');
    assert.equal(withoutPasswords('http://proxy:3128'), 'http://proxy:3128');
    assert.equal(withoutPasswords('file:///a:b@c'), 'file:///a:b@c');
  });
});
