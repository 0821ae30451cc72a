import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect as connectTo } from 'node:net';
import { join } from 'node:path';
import { makeCertificates } from '../support/certificates.ts';
import { type Ended, runCommand } from '../support/command.ts';
import { canStartEngines, type PrivateEngine, sayNotRun, startPrivateEngine } from '../support/private-engine.ts';
import { isInstalled } from '../support/programs.ts';
import { configure, registryProgram, user } from '../support/registry.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';
import { startUp } from '../support/up.ts';

const ecr = '000000000000.dkr.ecr.us-east-1.amazonaws.com';

if (canStartEngines && isInstalled('openssl') && registryProgram()) {
  describe('a push to a registry with TLS, an authority of its own and passwords', function () {
    this.timeout(60_000);
    let directory: TemporaryDirectory;
    let machine: PrivateEngine;
    let registry: string;
    let plain: string;

    /** The registry listens where its address alone, and the name of ECR on that machine, lead to. */
    before(async () => {
      directory = await temporaryDirectory();
      machine = await startPrivateEngine({ withBaseImage: false });
      const { namespace } = machine;
      registry = namespace.address;
      plain = `${namespace.address}:5000`;
      const { cert, key } = await (await makeCertificates(directory.path)).server(namespace.address, ecr);
      const at = (name: string): string => join(namespace.directory, name);
      await writeFile(at('hosts'), `127.0.0.1 localhost\n${namespace.address} ${ecr}\n`);
      await namespace.run('mount', '--bind', at('hosts'), '/etc/hosts'); // for the namespace alone
      for (const [name, settings] of [
        ['secure', { address: `${registry}:443`, isPrivate: true, tls: { cert, key } }],
        ['plain', { address: plain }],
      ] as const) {
        await mkdir(at(name));
        const child = namespace.spawn(registryProgram() ?? '', ['serve', await configure(at(name), settings)]);
        const [host = '', port = ''] = settings.address.split(':');
        await namespace.until(() => listens(host, Number(port)), child, 'docker-registry');
      }
      await mkdir(join(directory.path, 'image'));
      await writeFile(join(directory.path, 'image/Dockerfile'), 'FROM scratch\nCOPY Dockerfile /\n');
      const { code, err } = await run('build', './image', '--tag', 'image:3');
      assert.equal(code, 0, err);
    });
    after(async () => {
      await machine?.[Symbol.asyncDispose]();
      await directory?.[Symbol.asyncDispose]();
    });

    let env: Record<string, string> = {};
    beforeEach(async () => logIn({}));

    const logIn = async (auths: object): Promise<void> => {
      const config = join(directory.path, 'docker');
      await mkdir(config, { recursive: true });
      await writeFile(join(config, 'config.json'), JSON.stringify({ auths }));
      env = { DOCKER_CONFIG: config };
    };
    const run = (...args: readonly string[]): Promise<Ended> =>
      runCommand([...args, '--engine', machine.address.host], { cwd: directory.path, home: join(directory.path, 'home'), env });
    const trust = async (host: string): Promise<void> => {
      const folder = `/etc/docker/certs.d/${host}`;
      await machine.namespace.run('sh', '-ec', `mkdir -p "${folder}"; cp "${join(directory.path, 'ca.pem')}" "${folder}/ca.crt"`);
    };

    it('is refused by an engine that does not know the authority, which names the file that makes it known', async () => {
      const { code, err } = await run('push', 'image:3', `${registry}/team/image`);
      assert.equal(code, 3);
      assert.match(err, /does not trust the registry .*x509: certificate signed by unknown authority/);
      assert.ok(err.includes(`/etc/docker/certs.d/${registry}/ca.crt`));
    });

    it('is refused where the registry speaks plain HTTP, which is told from a certificate', async () => {
      const { code, err } = await run('push', 'image:3', `${plain}/team/image`);
      assert.equal(code, 3);
      assert.match(err, /It speaks plain HTTP.*"insecure-registries"/);
    });

    it('goes through TLS with the password of the docker config, and prints what a build can start from', async () => {
      await trust(registry);
      const denied = await run('push', 'image:3', `${registry}/team/image`);
      assert.equal(denied.code, 3);
      assert.ok(denied.err.includes(`Log in: docker login ${registry}\n`), denied.err);
      await logIn({ [registry]: { auth: Buffer.from(`${user.username}:${user.password}`).toString('base64') } });
      const { code, out, err } = await run('push', 'image:3', `${registry}/team/image`);
      assert.equal(code, 0, err);
      assert.match(out, new RegExp(`^${registry}/team/image@sha256:[0-9a-f]{64}\n$`));
      assert.match(err, new RegExp(`Pushing ${registry}/team/image:3: done`));

      await mkdir(join(directory.path, 'next'), { recursive: true });
      await writeFile(join(directory.path, 'next/Dockerfile'), `FROM ${out.trim()}\nCOPY --chmod=600 Dockerfile /second\n`);
      await machine.restart(); // BuildKit reads the certificates when the engine starts
      const built = await run('build', 'next', '--json', '--pull');
      assert.equal(built.code, 0, built.out + built.err);
      assert.ok(!existsSync(`/etc/docker/certs.d/${registry}`), "this machine's own configuration is untouched");
    });

    it('to ECR takes a token from the AWS SDK, which asks whom its settings name', async () => {
      await trust(ecr);
      await using up = await startUp();
      const settings = await up.environment();
      env = { ...env, ...settings, AWS_ENDPOINT_URL_ECR: up.url };
      const { code, out, err } = await run('push', 'image:3', `${ecr}/team/image:4`, '--ecr-login');
      assert.equal(code, 0, err);
      assert.match(out, new RegExp(`^${ecr}/team/image@sha256:[0-9a-f]{64}\n$`));
      env = { ...env, AWS_ENDPOINT_URL_ECR: 'http://127.0.0.1:1', AWS_MAX_ATTEMPTS: '1' };
      const failed = await run('push', 'image:3', `${ecr}/team/image:4`, '--ecr-login', '--json');
      assert.deepEqual([failed.code, JSON.parse(failed.out.trim().split('\n').at(-1) ?? '{}').code], [3, 'EcrLoginFailed']);
    });
  });
} else {
  sayNotRun('a push through TLS', 'it takes root on Linux, dockerd, unshare, openssl and docker-registry');
}

const listens = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connectTo(port, host);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
