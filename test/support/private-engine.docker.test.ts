import assert from 'node:assert/strict';
import { access, readdir, readFile } from 'node:fs/promises';
import { eventually } from './containers.ts';
import { canStartEngines, sayNotRun, startPrivateEngine } from './private-engine.ts';

if (canStartEngines) {
  describe("an engine of a test's own", function () {
    this.timeout(60_000);

    it('is another engine than the ordinary one, and leaves nothing', async () => {
      const engine = await startPrivateEngine({ withBaseImage: false });
      const { directory, name, cgroup } = engine.namespace;
      try {
        assert.deepEqual(await engine.engine().containers.list({}), []);
        assert.match(await readFile('/proc/net/dev', 'utf8'), new RegExp(`sml${name}:`));
      } finally {
        await engine[Symbol.asyncDispose]();
      }
      await assert.rejects(access(directory), { code: 'ENOENT' });
      const isGone = async (): Promise<boolean> => !(await readFile('/proc/net/dev', 'utf8')).includes(`sml${name}:`);
      await eventually(isGone, 'its network card is left'); // the kernel takes a network namespace apart after its last process has ended
      const cgroups = await readdir('/sys/fs/cgroup', { recursive: true });
      assert.deepEqual(
        cgroups.filter((path) => path.includes(cgroup)),
        [],
      );
    });

    it('can be stopped, started and killed', async () => {
      await using engine = await startPrivateEngine({ withBaseImage: false, liveRestore: true });
      const { id, keepsContainers } = await engine.engine().describe();
      assert.equal(keepsContainers, true);
      await engine.stop();
      await assert.rejects(engine.engine().describe(), { code: 'EngineUnreachable' });
      await engine.start();
      await engine.restart();
      await engine.kill();
      await engine.start();
      assert.equal((await engine.engine().describe()).id, id);
    });
  });
} else {
  sayNotRun("engines of a test's own");
}
