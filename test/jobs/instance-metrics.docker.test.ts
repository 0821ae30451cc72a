import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InstanceMetrics } from '../../src/jobs/instance-metrics.ts';
import { baseImage, testEngine, testLabels } from '../support/real-engine.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('the metrics of an instance', function () {
  this.timeout(30_000);

  it('are the percentages of processor and memory that its container takes', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'instance-metrics.jsonl');
    const { containers } = testEngine();
    const image = await testEngine().images.inspect(baseImage());
    const command = ['sh', '-c', 'while :; do :; done'];
    const container = await containers.create({ image: image?.id ?? '', command, environment: {}, labels: testLabels, mounts: [] });
    try {
      const started = await container.start();
      await using _metrics = new InstanceMetrics(started, { name: 'job/algo-1', path, now: () => new Date(), pace: 1 });
      const lines = async (): Promise<string[]> => (await readFile(path, 'utf8').catch(() => '')).trim().split('\n').filter(Boolean);
      while ((await lines()).length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
      for (const line of await lines()) {
        const { host, CPUUtilization, MemoryUtilization } = JSON.parse(line);
        assert.equal(host, 'job/algo-1');
        assert.ok(CPUUtilization > 20 && CPUUtilization < 150, `${CPUUtilization}`);
        assert.ok(MemoryUtilization >= 0 && MemoryUtilization < 10, `${MemoryUtilization}`);
      }
      await started.kill('SIGKILL');
      await started.exited;
      assert.equal(await started.usage(), undefined);
    } finally {
      await container.remove();
    }
  });
});
