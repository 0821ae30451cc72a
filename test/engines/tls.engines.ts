import { tmpdir } from 'node:os';
import { dockerEngine } from '../../src/engine/docker/engine.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { findEngine } from '../../src/engine/find.ts';
import { conformance, remote } from '../engine/conformance.ts';
import { makeCertificates } from '../support/certificates.ts';
import { canStartEngines, type PrivateEngine, sayNotRun, startPrivateEngine } from '../support/private-engine.ts';
import { isInstalled } from '../support/programs.ts';
import { baseImage } from '../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

if (canStartEngines && isInstalled('openssl')) {
  describe('an engine on another machine, through TLS', function () {
    this.timeout(60_000);
    let directory: TemporaryDirectory;
    let machine: PrivateEngine;
    let engine: Engine;
    before(async () => {
      directory = await temporaryDirectory();
      const certificates = await makeCertificates(directory.path);
      machine = await startPrivateEngine({ tls: certificates.server, hide: [tmpdir()] });
      const host = `tcp://${machine.namespace.address}:2376`;
      const env = { DOCKER_HOST: host, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: certificates.client };
      engine = dockerEngine(findEngine(undefined, { env, home: directory.path, platform: process.platform, exists: () => true }));
    });
    after(async () => {
      await machine?.[Symbol.asyncDispose]();
      await directory?.[Symbol.asyncDispose]();
    });

    conformance({ engine: () => engine, base: baseImage }, remote);
  });
} else {
  sayNotRun('an engine through TLS');
}
