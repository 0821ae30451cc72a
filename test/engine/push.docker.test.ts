import assert from 'node:assert/strict';
import type http from 'node:http';
import { dockerEngine } from '../../src/engine/docker/engine.ts';
import type { Engine, Image, PushProgress } from '../../src/engine/engine.ts';
import { findEngine } from '../../src/engine/find.ts';
import { rejectionOf, testContainers, uniqueName } from '../support/containers.ts';
import { type Registry, registryProgram, startRegistry, user } from '../support/registry.ts';

if (registryProgram()) {
  describe('an image that is pushed', function () {
    this.timeout(60_000);
    const { engine, directory, defer } = testContainers();
    let open: Registry;
    let closed: Registry;
    before(async () => {
      [open, closed] = await Promise.all([startRegistry(), startRegistry({ isPrivate: true })]);
    });
    after(async () => {
      await Promise.all([open[Symbol.asyncDispose](), closed[Symbol.asyncDispose]()]);
    });

    /** A small image, pulled from the registry, under a name of its own. */
    async function small(): Promise<{ readonly name: string; readonly image: Image }> {
      const path = `team/${uniqueName()}`;
      await open.push(path, '1', { bytes: 300_000 });
      const name = `${open.host}/${path}:1`;
      defer(() => engine.images.remove(name));
      return { name, image: await engine.images.ensure(name) };
    }

    async function engineOf(config: object): Promise<Engine> {
      const home = await directory({ 'config.json': JSON.stringify(config) });
      return dockerEngine(findEngine(), { env: { PATH: process.env.PATH, DOCKER_CONFIG: home }, home });
    }

    it('has its bytes counted, its digest told, and no name more than before', async () => {
      const { name, image } = await small();
      const address = `${closed.host}/team/${uniqueName()}:2`;
      const seen: PushProgress[] = [];
      const own = await engineOf({ auths: { [closed.host]: { ...user } } });
      const { reference, digest } = await own.images.push(name, address, { onProgress: (progress) => seen.push(progress) });
      assert.match(digest, /^sha256:[0-9a-f]{64}$/);
      assert.equal(reference, `${address.slice(0, -2)}@${digest}`);
      const last = seen.at(-1);
      assert.ok(last && last.total > 300_000 && last.done === last.total, JSON.stringify(last));
      assert.deepEqual((await engine.images.inspect(image.id))?.tags, image.tags);

      const again: PushProgress[] = [];
      assert.equal((await own.images.push(image.id, address, { onProgress: (progress) => again.push(progress) })).digest, digest);
      assert.deepEqual(again.at(-1), { done: 0, total: 0, present: 1, layers: 1 });
      defer(() => engine.images.remove(reference));
      const found = await own.images.ensure(reference);
      assert.deepEqual([found.architecture, found.command], [image.architecture, image.command]);
    });

    it('leaves a name that was there, whosever it is, as it was', async () => {
      const [one, other] = [await small(), await small()];
      const own = await engineOf({});
      const references = async () => (await engine.images.list({})).find(({ id }) => id === one.image.id)?.references;
      const before = await references();
      await own.images.push(one.name, other.name);
      assert.equal((await engine.images.inspect(other.name))?.id, other.image.id);
      assert.deepEqual(await references(), before);
      await own.images.push(one.name, one.name);
      assert.equal((await engine.images.inspect(one.name))?.id, one.image.id);
    });

    it('is refused without credentials, and with wrong ones by their name', async () => {
      const { name, image } = await small();
      const address = `${closed.host}/team/${uniqueName()}:1`;
      const none = await rejectionOf('RegistryDenied', (await engineOf({})).images.push(name, address));
      assert.equal(none.remedy, `Log in: docker login ${closed.host}`);
      const wrong = await engineOf({ auths: { [closed.host]: { username: 'somebody', password: 'else' } } });
      assert.match((await rejectionOf('RegistryDenied', wrong.images.push(name, address))).message, /the login of user somebody/);
      const given = await wrong.images.push(name, address, { login: user });
      assert.match(given.digest, /^sha256:/);
      assert.deepEqual((await engine.images.inspect(image.id))?.tags, image.tags);
    });

    it('is not pushed any further when the signal aborts, and has its names back', async () => {
      const { name, image } = await small();
      const abort = new AbortController();
      await using door = await open.door({
        answer: ({ method }: http.IncomingMessage) => {
          if (method !== 'PATCH') return false;
          abort.abort(new Error('enough'));
          return true;
        },
      });
      const pushed = (await engineOf({})).images.push(name, `${door.host}/team/${uniqueName()}:1`, { signal: abort.signal });
      await assert.rejects(pushed, /enough/);
      assert.deepEqual((await engine.images.inspect(image.id))?.tags, image.tags);
    });

    it('cannot be pushed when it is not there, nor to where nobody listens', async () => {
      await rejectionOf('ImageMissing', engine.images.push(uniqueName(), `${open.host}/team/x:1`));
      await rejectionOf('RegistryUnreachable', engine.images.push((await small()).name, '127.0.0.1:1/team/x:1'));
    });
  });
}
