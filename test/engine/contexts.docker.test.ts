import assert from 'node:assert/strict';
import { join } from 'node:path';
import { dockerEngine } from '../../src/engine/docker/engine.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { findEngine } from '../../src/engine/find.ts';
import { type Certificates, makeCertificates } from '../support/certificates.ts';
import { rejectionOf } from '../support/containers.ts';
import { canStartEngines, type PrivateEngine, sayNotRun, startPrivateEngine } from '../support/private-engine.ts';
import { isInstalled, runProgram } from '../support/programs.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

if (canStartEngines && isInstalled('docker') && isInstalled('openssl')) {
  describe('an engine named as the docker program names it', function () {
    this.timeout(60_000);
    let directory: TemporaryDirectory;
    let trusted: Certificates;
    let machine: PrivateEngine;
    let id: string;
    before(async () => {
      directory = await temporaryDirectory();
      trusted = await makeCertificates(directory.path);
      machine = await startPrivateEngine({ tls: trusted.server, withBaseImage: false });
      ({ id } = await machine.engine().describe());
    });
    after(async () => {
      await machine?.[Symbol.asyncDispose]();
      await directory?.[Symbol.asyncDispose]();
    });

    const config = (): string => join(directory.path, 'config');
    const docker = (...args: readonly string[]): Promise<string> => runProgram('docker', ['--config', config(), ...args]);
    const found = (env: Readonly<Record<string, string>>): Engine => {
      const place = { home: directory.path, platform: process.platform, exists: () => true };
      return dockerEngine(findEngine(undefined, { ...place, env: { DOCKER_CONFIG: config(), ...env } }));
    };
    const host = (): string => `tcp://${machine.namespace.address}:2376`;
    const files = ({ client }: Certificates): string => `ca=${client}/ca.pem,cert=${client}/cert.pem,key=${client}/key.pem`;

    it('by a context with a socket, which DOCKER_CONTEXT or the current context name', async () => {
      await docker('context', 'create', 'socket', '--docker', `host=unix://${machine.socket}`);
      const engine = found({ DOCKER_CONTEXT: 'socket' });
      assert.equal((await engine.describe()).id, id);
      assert.equal(engine.address.rule, 'docker context "socket", from DOCKER_CONTEXT');
      await docker('context', 'use', 'socket');
      assert.equal((await found({}).describe()).id, id);
      await docker('context', 'use', 'default');
    });

    it('by DOCKER_HOST with certificates', async () => {
      const env = { DOCKER_HOST: host(), DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: trusted.client };
      const { id: there, isNative } = await found(env).describe();
      assert.deepEqual([there, isNative], [id, false]);
    });

    it('by a context with certificates', async () => {
      await docker('context', 'create', 'secure', '--docker', `host=${host()},${files(trusted)}`);
      assert.equal((await found({ DOCKER_CONTEXT: 'secure' }).describe()).id, id);
    });

    it('but not when another authority has signed its certificate, unless the context says that it need not be checked', async () => {
      await using elsewhere = await temporaryDirectory();
      const { client: other } = await makeCertificates(elsewhere.path);
      const mixed = `ca=${other}/ca.pem,cert=${trusted.client}/cert.pem,key=${trusted.client}/key.pem`;
      await docker('context', 'create', 'strict', '--docker', `host=${host()},${mixed}`);
      const { message } = await rejectionOf('EngineFailed', found({ DOCKER_CONTEXT: 'strict' }).describe());
      assert.match(message, /certificate/);
      await docker('context', 'create', 'lenient', '--docker', `host=${host()},skip-tls-verify=true,${mixed}`);
      await using engine = found({ DOCKER_CONTEXT: 'lenient' });
      assert.equal((await engine.describe()).id, id);
    });

    it('and refuses who has no certificate', async () => {
      await docker('context', 'create', 'nobody', '--docker', `host=${host()},ca=${trusted.client}/ca.pem`);
      await assert.rejects(found({ DOCKER_CONTEXT: 'nobody' }).describe(), /certificate|TLS|answers/);
    });
  });
} else {
  sayNotRun('docker contexts', 'a test of them takes root on Linux, dockerd, the docker program and openssl');
}
