import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { collectPassingGarbage, passed } from '../src/passing-garbage.ts';

const [megabyte, chunk] = [1024 * 1024, 64 * 1024];

describe('the garbage of bodies that pass through', () => {
  it('does not pile up', async () => {
    collectPassingGarbage();
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    for (let bytes = 0; bytes < 256 * megabyte; bytes += chunk) {
      const body = Buffer.allocUnsafeSlow(chunk);
      passed(body.length);
      if (bytes % megabyte > 0) continue;
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      await turn(); // as between the pieces of a body
    }
    assert.ok(most < 16 * megabyte, `${most} bytes`);
  });

  it('leaves nothing for others to call', () => {
    assert.equal(globalThis.gc, undefined);
  });
});
