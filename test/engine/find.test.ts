import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineAddress } from '../../src/engine/engine.ts';
import { type FindContext, findEngine } from '../../src/engine/find.ts';
import { isError } from '../../src/errors.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

describe('finding the engine', () => {
  let home: TemporaryDirectory;
  beforeEach(async () => {
    home = await temporaryDirectory();
  });
  afterEach(() => home[Symbol.asyncDispose]());

  /** A machine whose home is real and on which, of all sockets, only `sockets` exist. */
  const machine = (env: FindContext['env'] = {}, sockets: readonly string[] = [], platform: NodeJS.Platform = 'linux'): FindContext => ({
    env,
    home: home.path,
    platform,
    exists: (path) => sockets.includes(path) || (!path.endsWith('.sock') && existsSync(path)),
  });

  const write = async (path: string, content: string): Promise<void> => {
    const file = join(home.path, path);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, content);
  };
  const hashOf = (context: string): string => createHash('sha256').update(context).digest('hex');
  const makeContext = (name: string, host: string, directory = '.docker'): Promise<void> =>
    write(`${directory}/contexts/meta/${hashOf(name)}/meta.json`, JSON.stringify({ Name: name, Endpoints: { docker: { Host: host } } }));
  const useContext = (name: string): Promise<void> => write('.docker/config.json', JSON.stringify({ currentContext: name }));

  describe('takes the first rule that says something:', () => {
    it('1. the explicit address, whatever the environment and the config say', async () => {
      await makeContext('colima', 'unix:///colima.sock');
      await useContext('colima');
      const context = machine({ DOCKER_HOST: 'tcp://env:2375', DOCKER_CONTEXT: 'colima' }, ['/var/run/docker.sock']);
      assert.deepEqual(findEngine('unix:///own.sock', context), { host: 'unix:///own.sock', rule: '--engine' });
    });

    it('2. DOCKER_HOST', async () => {
      await makeContext('colima', 'unix:///colima.sock');
      await useContext('colima');
      const context = machine({ DOCKER_HOST: 'tcp://env:2375', DOCKER_CONTEXT: 'colima' }, ['/var/run/docker.sock']);
      assert.deepEqual(findEngine(undefined, context), { host: 'tcp://env:2375', rule: 'DOCKER_HOST' });
    });

    it('3. DOCKER_CONTEXT', async () => {
      await makeContext('colima', 'unix:///colima.sock');
      await makeContext('desktop', 'unix:///desktop.sock');
      await useContext('desktop');
      const context = machine({ DOCKER_HOST: '', DOCKER_CONTEXT: 'colima' }, ['/var/run/docker.sock']);
      assert.deepEqual(findEngine(undefined, context), {
        host: 'unix:///colima.sock',
        rule: 'docker context "colima", from DOCKER_CONTEXT',
      });
    });

    it('4. currentContext of the docker config', async () => {
      await makeContext('desktop', 'unix:///desktop.sock');
      await useContext('desktop');
      assert.deepEqual(findEngine(undefined, machine({}, ['/var/run/docker.sock'])), {
        host: 'unix:///desktop.sock',
        rule: 'docker context "desktop", from currentContext of the docker config',
      });
    });

    const sockets = (): readonly (readonly [socket: string, rule: string])[] => [
      ['/var/run/docker.sock', 'default socket'],
      [`${home.path}/.docker/run/docker.sock`, 'socket of Docker Desktop'],
      [`${home.path}/.docker/desktop/docker.sock`, 'socket of Docker Desktop'],
      [`${home.path}/.colima/default/docker.sock`, 'socket of Colima'],
      [`${home.path}/.rd/docker.sock`, 'socket of Rancher Desktop'],
      [`${home.path}/.orbstack/run/docker.sock`, 'socket of OrbStack'],
      ['/run/user/7/docker.sock', 'rootless socket'],
      ['/run/user/7/podman/podman.sock', 'rootless socket of podman'],
      ['/run/podman/podman.sock', 'socket of podman'],
    ];

    it('5. the first known socket that exists, the default one before those of the desktop programs and of podman', () => {
      const known = sockets();
      for (const [index, [socket, rule]] of known.entries()) {
        const there = known.slice(index).map(([path]) => path);
        const found = findEngine(undefined, machine({ XDG_RUNTIME_DIR: '/run/user/7' }, there));
        assert.deepEqual(found, { host: `unix://${socket}`, rule });
      }
    });

    it('6. the default socket, where none exists, so that the error can name it', () => {
      assert.deepEqual(findEngine(undefined, machine()), { host: 'unix:///var/run/docker.sock', rule: 'default socket' });
    });
  });

  it('knows no socket of a user who has no runtime directory', () => {
    assert.equal(findEngine(undefined, machine({}, ['/docker.sock', 'docker.sock', '/run/podman/podman.sock'])).rule, 'socket of podman');
  });

  it('takes the default pipe on Windows', () => {
    assert.deepEqual(findEngine(undefined, machine({}, [], 'win32')), { host: 'npipe:////./pipe/docker_engine', rule: 'default pipe' });
  });

  describe('an address', () => {
    const forms: readonly (readonly [given: string, host: string])[] = [
      ['/run/my.sock', 'unix:///run/my.sock'],
      ['unix:///run/my.sock', 'unix:///run/my.sock'],
      ['unix://', 'unix:///var/run/docker.sock'],
      ['npipe:////./pipe/other', 'npipe:////./pipe/other'],
      ['tcp://build.example:2375', 'tcp://build.example:2375'],
      ['build.example:2375', 'tcp://build.example:2375'],
      ['http://build.example:2375', 'http://build.example:2375'],
      ['ssh://me@build.example', 'ssh://me@build.example'],
      ['tcp://[::1]:2375', 'tcp://[::1]:2375'],
    ];
    for (const [given, host] of forms) {
      it(`may be written as ${given}`, () => {
        assert.equal(findEngine(given, machine()).host, host);
        assert.equal(findEngine(undefined, machine({ DOCKER_HOST: given })).host, host);
      });
    }

    for (const given of ['tcp://', 'tcp://host:port', 'ftp://host', 'tcp://[::1:2375']) {
      it(`that means nothing is refused: ${given}`, () => {
        assert.throws(
          () => findEngine(undefined, machine({ DOCKER_HOST: given })),
          (error) => isError(error, 'WrongUsage') && error.message.includes(`"${given}"`) && error.message.includes('DOCKER_HOST'),
        );
      });
    }
  });

  describe('a docker context', () => {
    it('lives below DOCKER_CONFIG where that is set', async () => {
      await makeContext('remote', 'tcp://remote:2375', 'elsewhere');
      await write('elsewhere/config.json', '{"currentContext":"remote"}');
      assert.equal(findEngine(undefined, machine({ DOCKER_CONFIG: join(home.path, 'elsewhere') })).host, 'tcp://remote:2375');
    });

    it('lives below the home directory where DOCKER_CONFIG is set to nothing', async () => {
      await makeContext('remote', 'tcp://remote:2375');
      await useContext('remote');
      assert.equal(findEngine(undefined, machine({ DOCKER_CONFIG: '' })).host, 'tcp://remote:2375');
    });

    it('named default is the built-in one: what would be used without contexts', async () => {
      await makeContext('desktop', 'unix:///desktop.sock');
      await useContext('desktop');
      assert.equal(findEngine(undefined, machine({ DOCKER_CONTEXT: 'default' })).rule, 'default socket');
      await useContext('default');
      assert.equal(findEngine(undefined, machine()).rule, 'default socket');
    });

    it('that does not exist is an error that names it, not a silent default', async () => {
      await useContext('gone');
      const named = (rule: string) => (error: unknown) =>
        isError(error, 'EngineContextUnknown') && error.message.includes('"gone"') && error.message.includes(rule);
      assert.throws(() => findEngine(undefined, machine({}, ['/var/run/docker.sock'])), named('currentContext'));
      assert.throws(() => findEngine(undefined, machine({ DOCKER_CONTEXT: 'gone' })), named('DOCKER_CONTEXT'));
    });

    for (const [what, meta] of [
      ['cannot be read', '{"Name":'],
      ['names no engine', '{"Name":"odd","Endpoints":{}}'],
      ['is not an object', 'null'],
    ] as const) {
      it(`whose file ${what} is an error that names it`, async () => {
        await write(`.docker/contexts/meta/${hashOf('odd')}/meta.json`, meta);
        assert.throws(
          () => findEngine(undefined, machine({ DOCKER_CONTEXT: 'odd' })),
          (error) => isError(error, 'EngineContextUnknown') && error.message.includes('"odd"'),
        );
      });
    }

    it('brings its certificates along', async () => {
      await makeContext('remote', 'tcp://remote:2376');
      for (const name of ['ca', 'cert', 'key']) await write(`.docker/contexts/tls/${hashOf('remote')}/docker/${name}.pem`, `the ${name}`);
      assert.deepEqual(findEngine(undefined, machine({ DOCKER_CONTEXT: 'remote' })).tls, {
        ca: 'the ca',
        cert: 'the cert',
        key: 'the key',
      });
    });
  });

  describe('a docker context that skips the verification of certificates', () => {
    const skipping = (host: string): Promise<void> =>
      write(
        `.docker/contexts/meta/${hashOf('lenient')}/meta.json`,
        JSON.stringify({ Endpoints: { docker: { Host: host, SkipTLSVerify: true } } }),
      );
    const found = (): EngineAddress => findEngine(undefined, machine({ DOCKER_CONTEXT: 'lenient' }));

    it('says so, with certificates of its own or without', async () => {
      await skipping('tcp://remote:2376');
      assert.deepEqual(found().tls, { isUnverified: true });
      await write(`.docker/contexts/tls/${hashOf('lenient')}/docker/ca.pem`, 'the ca');
      assert.deepEqual(found().tls, { ca: 'the ca', isUnverified: true });
    });

    it('means nothing where there is no TLS', async () => {
      for (const host of ['unix:///engine.sock', 'ssh://remote']) {
        await skipping(host);
        assert.equal(found().tls, undefined);
      }
    });
  });

  for (const [what, config] of [
    ['is no JSON', '{"currentContext":'],
    ['names no context', '{"auths":{}}'],
    ['names a context that is no text', '{"currentContext":7}'],
    ['is null', 'null'],
  ] as const) {
    it(`goes on with the defaults when the docker config ${what}, as the docker program does`, async () => {
      await write('.docker/config.json', config);
      assert.equal(findEngine(undefined, machine()).rule, 'default socket');
    });
  }

  describe('certificates', () => {
    const certificates = async (directory: string): Promise<void> => {
      for (const name of ['ca', 'cert', 'key']) await write(`${directory}/${name}.pem`, `the ${name}`);
    };
    const all: EngineAddress['tls'] = { ca: 'the ca', cert: 'the cert', key: 'the key' };

    it('are read from DOCKER_CERT_PATH when DOCKER_TLS_VERIFY is set', async () => {
      await certificates('certificates');
      const env = { DOCKER_HOST: 'tcp://h:2376', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: join(home.path, 'certificates') };
      assert.deepEqual(findEngine(undefined, machine(env)).tls, all);
      assert.deepEqual(findEngine('tcp://other:2376', machine(env)).tls, all);
    });

    it('are read from the docker config directory when DOCKER_CERT_PATH is not set', async () => {
      await certificates('.docker');
      assert.deepEqual(findEngine(undefined, machine({ DOCKER_HOST: 'tcp://h:2376', DOCKER_TLS_VERIFY: '1' })).tls, all);
    });

    it('may be incomplete', async () => {
      await write('certificates/ca.pem', 'the ca');
      const env = { DOCKER_HOST: 'tcp://h:2376', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: join(home.path, 'certificates') };
      assert.deepEqual(findEngine(undefined, machine(env)).tls, { ca: 'the ca' });
    });

    it('are not read for a socket, nor when nothing is to be verified', async () => {
      await certificates('certificates');
      const path = join(home.path, 'certificates');
      assert.equal(
        findEngine(undefined, machine({ DOCKER_HOST: 'unix:///s', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: path })).tls,
        undefined,
      );
      assert.equal(
        findEngine(undefined, machine({ DOCKER_HOST: 'tcp://h:2375', DOCKER_TLS_VERIFY: '', DOCKER_CERT_PATH: path })).tls,
        undefined,
      );
    });
  });
});
