import assert from 'node:assert/strict';
import { chmod } from 'node:fs/promises';
import type http from 'node:http';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { dockerEngine } from '../../src/engine/docker/engine.ts';
import type { Engine, PullProgress } from '../../src/engine/engine.ts';
import { findEngine } from '../../src/engine/find.ts';
import { rejectionOf, testContainers, uniqueName } from '../support/containers.ts';
import { type Registry, registryProgram, startRegistry, user } from '../support/registry.ts';

const auth = Buffer.from(`${user.username}:${user.password}`).toString('base64');

if (registryProgram()) {
  describe('images of a registry', function () {
    this.timeout(60_000);
    const { directory, defer } = testContainers();
    let open: Registry;
    let closed: Registry;
    before(async () => {
      [open, closed] = await Promise.all([startRegistry(), startRegistry({ isPrivate: true })]);
    });
    after(async () => {
      await Promise.all([open[Symbol.asyncDispose](), closed[Symbol.asyncDispose]()]);
    });

    /** The engine for a user with this docker config. */
    async function engineOf(config: object, env: Readonly<Record<string, string>> = {}): Promise<Engine> {
      const home = await directory({ 'config.json': JSON.stringify(config) });
      return dockerEngine(findEngine(), { env: { PATH: process.env.PATH, DOCKER_CONFIG: home, ...env }, home });
    }

    /** Pushes an image; its name there, which is gone from the engine after the test. */
    async function pushed(registry: Registry, options?: Parameters<Registry['push']>[2], host = registry.host): Promise<string> {
      const path = `team/${uniqueName()}`;
      await registry.push(path, '1', options);
      const name = `${host}/${path}:1`;
      defer(async () => (await engineOf({})).images.remove(name));
      return name;
    }

    it('are pulled by name, by digest, and without a tag as the latest', async () => {
      const engine = await engineOf({});
      const name = await pushed(open);
      const image = await engine.images.ensure(name);
      assert.deepEqual(image.tags, [name]);
      assert.deepEqual(await engine.images.ensure(name), image);

      const path = `team/${uniqueName()}`;
      const digest = await open.push(path, 'latest');
      const [plain, exact] = [`${open.host}/${path}`, `${open.host}/${path}@${digest}`];
      defer(() => engine.images.remove(plain));
      const latest = await engine.images.ensure(plain);
      assert.deepEqual(latest.tags, [`${plain}:latest`]);
      assert.equal((await engine.images.ensure(exact)).id, latest.id);
    });

    it('that is private are pulled with what the docker config has', async () => {
      for (const config of [{ auths: { [`http://${closed.host}/v1/`]: { ...user } } }, { credHelpers: { [closed.host]: 'test' } }]) {
        const helpers = await directory({
          'docker-credential-test': `#!/bin/sh\n[ "$1 $(cat)" = "get ${closed.host}" ] && echo '${JSON.stringify({ Username: user.username, Secret: user.password })}'\n`,
        });
        await chmod(join(helpers, 'docker-credential-test'), 0o755);
        const engine = await engineOf(config, { PATH: `${helpers}:${process.env.PATH}` });
        const name = await pushed(closed);
        assert.deepEqual((await engine.images.ensure(name)).tags, [name], JSON.stringify(config));
      }
    });

    it('that is private name the command that logs in, and say when the login was refused', async () => {
      const name = await pushed(closed);
      const none = await rejectionOf('RegistryDenied', (await engineOf({})).images.ensure(name));
      assert.ok(none.message.includes(closed.host));
      assert.match(none.remedy, new RegExp(`^Log in and try again: docker login ${closed.host}\n`));
      const wrong = await engineOf({ auths: { [closed.host]: { username: user.username, password: 'guessed' } } });
      const refused = await rejectionOf('RegistryDenied', wrong.images.ensure(name));
      assert.match(refused.remedy, /were refused/);
      assert.ok(!`${refused.message}${refused.remedy}${refused.stack}`.includes('guessed'));
    });

    it('that is private are a base for builds', async () => {
      const name = await pushed(closed);
      const context = await directory({ Dockerfile: `ARG BASE\nFROM \${BASE}\nLABEL own=1\n` });
      const spec = { directory: context, tag: uniqueName(), buildArguments: { BASE: name } };
      const { remedy } = await rejectionOf('BuildFailed', (await engineOf({})).images.build(spec));
      assert.ok(remedy.includes(`docker login ${closed.host}`), remedy);
      const engine = await engineOf({ auths: { [closed.host]: { auth } } });
      defer(() => engine.images.remove(spec.tag));
      const stages: string[] = [];
      const image = await engine.images.build(spec, { onProgress: ({ image: base, stage }) => stages.push(`${stage} ${base}`) });
      assert.equal(image.labels.own, '1');
      assert.ok(stages.includes(`download ${name.slice(name.indexOf('/') + 1)}`), stages.join());
    });

    it('that are not there are the fault of whoever wrote the name', async () => {
      const engine = await engineOf({});
      const name = await pushed(open);
      for (const reference of [name.replace(/:1$/, ':2'), `${open.host}/team/${uniqueName()}:1`]) {
        const { blame, message } = await rejectionOf('ImageNotFound', engine.images.ensure(reference));
        assert.equal(blame, 'caller');
        assert.ok(message.includes(reference));
      }
    });

    it('are pulled for whatever platform they are, where the registry has them for one alone', async () => {
      const name = await pushed(open, { architecture: 's390x' });
      assert.equal((await (await engineOf({})).images.ensure(name, { platform: 'linux/amd64' })).architecture, 's390x');
    });

    it('are seen arriving, however slowly', async () => {
      await using door = await open.door({ delay: 15 });
      const name = await pushed(open, { bytes: 1_500_000 }, door.host);
      const seen: PullProgress[] = [];
      const image = await (await engineOf({})).images.ensure(name, { onProgress: (progress) => void seen.push(progress) });
      assert.ok(image.size > 1_500_000);
      const arriving = seen.filter(({ stage, done }) => stage === 'download' && done > 0);
      assert.ok(arriving.length >= 3, JSON.stringify(seen));
      assert.ok(arriving.every(({ done }, index) => index === 0 || done >= (arriving[index - 1]?.done ?? 0)));
      const last = seen.at(-1);
      assert.deepEqual([last?.stage, last?.done], ['unpack', last?.total]);
    });

    it('are no longer waited for when the signal aborts, whatever the registry hangs at', async () => {
      for (const place of ['/v2/', '/manifests/', '/blobs/']) {
        const abort = new AbortController();
        const hangs = ({ url = '' }: http.IncomingMessage): boolean => {
          if (!url.includes(place)) return false;
          abort.abort(new Error('enough'));
          return true;
        };
        await using door = await open.door({ answer: hangs });
        const name = await pushed(open, {}, door.host);
        const pull = (await engineOf({})).images.ensure(name, { signal: abort.signal });
        const isLate = new Promise((resolve) => setTimeout(resolve, 5000, 'late').unref());
        await assert.rejects(Promise.race([pull, isLate]), /enough/, place);
      }
    });

    it('are not handed out for a while by a registry that was asked too often', async () => {
      const errors = [{ code: 'TOOMANYREQUESTS', message: 'You have reached your pull rate limit.' }];
      await using door = await open.door({
        answer: (_request, response) => {
          response.writeHead(429, { 'content-type': 'application/json' }).end(JSON.stringify({ errors }));
          return true;
        },
      });
      const { remedy } = await rejectionOf('RegistryLimit', (await engineOf({})).images.ensure(`${door.host}/team/image:1`));
      assert.match(remedy, new RegExp(`docker login ${door.host}$`));
    });

    it('cannot be had from where nothing listens, nor from what the engine does not trust', async () => {
      const engine = await engineOf({});
      await rejectionOf('RegistryUnreachable', engine.images.ensure('127.0.0.1:1/team/image:1'));
      const outside = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
      const address = outside.find(({ internal, family }) => !internal && family === 'IPv4')?.address;
      assert.ok(address, 'this machine has an address other than loopback, for which an engine wants TLS');
      await using door = await open.door({ address });
      const { remedy } = await rejectionOf('RegistryUntrusted', engine.images.ensure(`${door.host}/team/image:1`));
      assert.match(remedy, new RegExp(`^It speaks plain HTTP.*${door.host} under "insecure-registries"`));
    });
  });
}
