import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import { dockerEngine } from '../../src/engine/docker/engine.ts';
import { sayNotRun } from '../support/private-engine.ts';
import { isInstalled } from '../support/programs.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const auth = Buffer.from('me:word').toString('base64');
const proxies = { default: { httpProxy: 'http://all:1', noProxy: 'n' } };

/** What both are asked to pull or, where it is a directory, to build, under which docker config. */
const cases: readonly (readonly [title: string, config: object | string, image: string])[] = [
  ['a login in the file', { auths: { 'a.example': { auth } } }, 'a.example/image'],
  ['a login for a port', { auths: { 'a.example:5000': { auth } } }, 'a.example:5000/image:1'],
  ['an old way of writing a host', { auths: { 'https://a.example/v1/': { auth } } }, 'a.example/image'],
  ['a login for Docker Hub', { auths: { 'https://index.docker.io/v1/': { auth } } }, 'image'],
  ['a name that Docker Hub is not kept under', { auths: { 'docker.io': { auth } } }, 'image'],
  ['a token beside a password', { auths: { 'a.example': { auth, identitytoken: 'i' } } }, 'a.example/image'],
  ['a login spelled out', { auths: { 'a.example': { username: 'me', password: 'word' } } }, 'a.example/image'],
  ['a helper for all', { credsStore: 'test', auths: { 'a.example': { registrytoken: 'r' } } }, 'a.example/image'],
  ['a helper of its own', { credHelpers: { 'a.example': 'test' }, auths: { 'a.example': { auth } } }, 'a.example/image'],
  ['a helper that has a token', { credsStore: 'test' }, 'token.example/image'],
  ['a helper that has nothing', { credsStore: 'test', auths: { 'none.example': { auth } } }, 'none.example/image'],
  [
    'a helper that is switched off',
    { credsStore: 'test', credHelpers: { 'a.example': '' }, auths: { 'a.example': { auth } } },
    'a.example/image',
  ],
  ['a config that is broken', '{"auths":', 'a.example/image'],
  ['proxies', { proxies }, '.'],
  ['proxies and a login', { proxies, auths: { 'a.example': { auth } } }, '.'],
];

const helper = `#!/bin/sh
case $(cat) in
none.example) echo 'credentials not found in native keychain'; exit 1 ;;
token.example) echo '{"Username":"<token>","Secret":"i"}' ;;
*) echo '{"Username":"of the helper","Secret":"s"}' ;;
esac
`;

if (isInstalled('docker')) {
  describe('what the docker program sends to an engine', function () {
    this.timeout(60_000);

    for (const [title, config, image] of cases) {
      it(`is sent by sm-local too, with ${title}`, async () => {
        await using directory = await temporaryDirectory();
        const at = (name: string): string => join(directory.path, name);
        await mkdir(at('context'));
        await writeFile(at('context/Dockerfile'), 'FROM scratch\n');
        await writeFile(at('config.json'), typeof config === 'string' ? config : JSON.stringify(config));
        await writeFile(at('docker-credential-test'), helper);
        await chmod(at('docker-credential-test'), 0o755);
        const env = { PATH: `${directory.path}:${process.env.PATH}`, DOCKER_CONFIG: directory.path, HOME: directory.path };
        const server = await listen(at('engine.sock'));
        try {
          const args = image === '.' ? ['build', '--tag', 'image', '.'] : ['pull', image];
          const program = spawn('docker', ['--host', server.host, ...args], {
            cwd: at('context'),
            env: { ...env, DOCKER_BUILDKIT: '0' },
            stdio: 'ignore',
          });
          await once(program, 'close');
          const { images } = dockerEngine({ host: server.host, rule: 'a test' }, { env, home: directory.path });
          await assert.rejects(image === '.' ? images.build({ directory: at('context'), tag: 'image' }) : images.ensure(image));
        } finally {
          await server.close();
        }
        const [theirs, ours, ...others] = server.asked;
        assert.ok(theirs && ours && others.length === 0, JSON.stringify(server.asked));
        assert.deepEqual(ours, theirs);
      });
    }
  });
} else sayNotRun('comparisons with the docker program', 'it is not installed');

interface Asked {
  readonly credentials: unknown;
  readonly buildArguments: unknown;
}

/** Programs of different age name the registry's address or leave it out, which makes no difference to an engine. */
const withoutAddresses = (name: string, value: unknown): unknown => (name === 'serveraddress' ? undefined : value);

/** An engine that has nothing and refuses everything, and what it was asked for. */
async function listen(socket: string) {
  const asked: Asked[] = [];
  const decoded = (header: unknown): unknown => JSON.parse(Buffer.from(String(header ?? 'e30'), 'base64url').toString(), withoutAddresses);
  const server = http.createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://engine');
    request.resume().on('end', () => {
      const isAsked = request.method === 'POST' && /\/(build|images\/create)$/.test(pathname);
      const { 'x-registry-auth': one, 'x-registry-config': several } = request.headers;
      if (isAsked) asked.push({ credentials: decoded(one ?? several), buildArguments: JSON.parse(searchParams.get('buildargs') ?? '{}') });
      const isNeeded = /\/(_ping|info|version)$/.test(pathname);
      response.writeHead(isAsked ? 500 : isNeeded ? 200 : 404, { 'content-type': 'application/json', 'api-version': '1.41' });
      response.end(
        JSON.stringify(isAsked ? { message: 'no' } : isNeeded ? { OSType: 'linux', ApiVersion: '1.41' } : { message: 'no such image' }),
      );
    });
  });
  server.listen(socket);
  await once(server, 'listening');
  return {
    host: `unix://${socket}`,
    asked,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
