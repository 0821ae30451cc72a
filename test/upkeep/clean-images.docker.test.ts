import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from '../../src/engine/docker/client.ts';
import { type Ended, runCommand } from '../support/command.ts';
import { canStartEngines, type PrivateEngine, sayNotRun, startPrivateEngine } from '../support/private-engine.ts';
import { baseImage } from '../support/real-engine.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

// On an engine of its own: what is old on the ordinary one is not the test's to remove.
if (!canStartEngines) sayNotRun('the removal of old images');
else {
  describe('clean --older-than on an engine', function () {
    this.timeout(120_000);
    let engine: PrivateEngine;
    before(async () => {
      engine = await startPrivateEngine();
    });
    after(() => engine?.[Symbol.asyncDispose]());

    it('removes images that were built and are not used, their predecessors too, and no others', async () => {
      await using place = await temporaryDirectory();
      const { images, containers } = engine.engine();
      const typed = (line: string): Promise<Ended> =>
        runCommand(line.split(' '), { cwd: place.path, home: join(place.path, 'home'), env: { DOCKER_HOST: engine.address.host } });
      const build = async (directory: string, text: string): Promise<string> => {
        await mkdir(join(place.path, directory), { recursive: true });
        await writeFile(join(place.path, directory, 'Dockerfile'), `FROM ${baseImage()}\nENV TEXT=${text}\n`);
        assert.equal((await typed(`train ./${directory} --dry-run`)).code, 0);
        return (await images.inspect(`sm-local/${directory}:latest`))?.id ?? '';
      };
      const first = await build('job', 'first');
      const second = await build('job', 'second');
      const inContainer = await build('held', 'held');
      const user = await build('user', 'user');
      await connect(engine.address).getImage(user).tag({ repo: 'mine', tag: '1' });
      const held = await containers.create({ image: inContainer, command: [], environment: {}, labels: {}, mounts: [] });
      assert.notEqual(first, second);

      assert.match((await typed('clean --older-than 1h')).out, /0 images\.$/m);
      assert.match((await typed('clean --older-than 0s')).out, /2 images\.$/m);
      const left = await Promise.all(
        [first, second, inContainer, user, baseImage()].map(async (id) => (await images.inspect(id)) !== undefined),
      );
      assert.deepEqual(left, [false, false, true, true, true]);
      await held.remove();
      assert.match((await typed('clean --older-than 0s')).out, /1 image\.$/m);
    });
  });
}
