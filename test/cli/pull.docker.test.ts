import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ended, type Place, runCommand, startCommand } from '../support/command.ts';
import { uniqueName } from '../support/containers.ts';
import { baseImage, leftOf, testEngine } from '../support/real-engine.ts';
import { type Registry, registryProgram, startRegistry, user } from '../support/registry.ts';

describe('an image that is not there', function () {
  this.timeout(60_000);
  let place: Place;
  let images: string[];
  beforeEach(async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'sm-local-cli-'));
    place = { cwd, home: join(cwd, 'home'), env: { DOCKER_CONFIG: cwd } };
    images = [];
  });
  afterEach(async () => {
    assert.deepEqual(await leftOf(place.home), [], 'nothing is left in the engine');
    await Promise.all(images.map((name) => testEngine().images.remove(name)));
    await rm(place.cwd, { recursive: true, force: true });
  });
  const configure = (config: object): Promise<void> => writeFile(join(place.cwd, 'config.json'), JSON.stringify(config));

  if (registryProgram()) {
    let registry: Registry;
    before(async () => {
      registry = await startRegistry({ isPrivate: true });
    });
    after(() => registry[Symbol.asyncDispose]());

    async function pushed(host = registry.host, bytes?: number): Promise<string> {
      const path = `team/${uniqueName()}`;
      await registry.push(path, '1', { ...(bytes && { bytes }) });
      images.push(`${host}/${path}:1`);
      return `${host}/${path}:1`;
    }

    it('is pulled, which is seen in events and in lines, and nobody sees the password', async () => {
      await using door = await registry.door({ delay: 10 });
      await configure({ auths: { [door.host]: { ...user } } });
      const [one, other] = await Promise.all([pushed(door.host, 1_000_000), pushed(door.host)]);
      const dryRun = (image: string, ...args: string[]): Promise<Ended> => runCommand(['train', image, '--dry-run', ...args], place);
      const [machine, people] = await Promise.all([dryRun(one, '--json'), dryRun(other)]);
      assert.deepEqual([machine.code, people.code], [0, 0], machine.out + people.err);
      const events = machine.out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      const pulling = events.filter(({ what }) => what === `Pulling ${one}`);
      assert.deepEqual([pulling[0]?.state, pulling.at(-1)?.state], ['begun', 'done']);
      const { done, total, unit } = pulling.at(-1) ?? {};
      assert.ok(Number(done) > 1_000_000 && done === total && unit === 'bytes', JSON.stringify(pulling));
      assert.equal(events.at(-1)?.event, 'plan');
      assert.ok(people.err.startsWith(`Pulling ${other} …\nPulling ${other}: done, `), people.err);
      for (const { out, err } of [machine, people]) assert.ok(!(out + err).includes(user.password));
    });

    it('and wants a login ends with the command that logs in, and exit code 3', async () => {
      await configure({});
      const { code, err } = await runCommand(['train', await pushed()], place);
      assert.equal(code, 3);
      assert.match(err, new RegExp(`\nLog in and try again: docker login ${registry.host}\n`));
    });

    it('and cannot be named so in its registry is a wrong usage, and exit code 2', async () => {
      await configure({ auths: { [registry.host]: { ...user } } });
      const { code, out } = await runCommand(['serve', `${registry.host}/team/none:1`, '--port', '0', '--json'], place);
      const { event, code: name } = JSON.parse(out.trim().split('\n').at(-1) ?? '') as { event: string; code: string };
      assert.deepEqual([code, event, name], [2, 'error', 'ImageNotFound']);
    });

    for (const command of ['train', 'serve']) {
      it(`is no longer pulled after Ctrl-C: ${command} ends at once, though the registry hangs`, async () => {
        let asked = (): void => {};
        const isAsked = new Promise<void>((resolve) => {
          asked = resolve;
        });
        await using door = await registry.door({
          answer: ({ url = '' }) => {
            if (url.includes('/blobs/')) asked();
            return url.includes('/blobs/');
          },
        });
        await configure({ auths: { [door.host]: { ...user } } });
        const running = startCommand([command, await pushed(door.host), ...(command === 'serve' ? ['--port', '0'] : [])], place);
        await isAsked;
        const begun = performance.now();
        running.signal('SIGINT');
        const { code } = await running.ended;
        assert.ok(performance.now() - begun < 10_000, `${performance.now() - begun} ms`);
        assert.equal(code, 130);
      });
    }
  }

  it('is built with the proxies of the docker config, which its containers get too', async () => {
    await configure({ proxies: { default: { httpProxy: 'http://me:secret@proxy.example:3128', noProxy: '.corp.example' } } });
    const train = '#!/bin/sh\necho "in the container: $http_proxy, $HTTPS_PROXY, $NO_PROXY"\n';
    await writeFile(join(place.cwd, 'train'), train, { mode: 0o755 });
    const lines = [`FROM ${baseImage()}`, 'RUN echo "in the build: $HTTP_PROXY"', 'COPY train /usr/local/bin/train'];
    await writeFile(join(place.cwd, 'Dockerfile'), `${lines.join('\n')}\n`);
    images.push(`sm-local/${place.cwd.split('/').at(-1)?.toLowerCase()}`);
    const { code, out, err } = await runCommand(['train', '.', '--env', 'HTTPS_PROXY=mine'], place);
    assert.equal(code, 0, err);
    assert.match(err, /^Builds and containers get HTTP_PROXY=http:\/\/me:\*\*\*@proxy\.example:3128, NO_PROXY=\.corp\.example/);
    assert.match(err, /in the build: http:\/\/me:secret@proxy\.example:3128\n/);
    const container = 'http://me:secret@proxy.example:3128, mine, .corp.example,localhost,127.0.0.1,169.254.170.2,algo-1';
    assert.ok(err.includes(`in the container: ${container}\n`), err);
    assert.match(out, /Proxies +HTTP_PROXY, NO_PROXY \(proxies\.default of the docker config\)/);
  });
});
