import { dockerEngine } from '../../src/engine/docker/engine.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { conformance, ordinary } from '../engine/conformance.ts';
import { canStart } from '../support/namespace.ts';
import { sayNotRun } from '../support/private-engine.ts';
import { type PrivatePodman, startPrivatePodman } from '../support/private-podman.ts';
import { baseImage } from '../support/real-engine.ts';

if (canStart('podman', 'runc')) {
  describe('podman, as root, through its socket', function () {
    this.timeout(60_000);
    let podman: PrivatePodman;
    let engine: Engine;
    before(async () => {
      podman = await startPrivatePodman();
      engine = dockerEngine(podman.address);
    });
    after(() => podman?.[Symbol.asyncDispose]());

    const differences = { kind: 'podman', keepsContainers: true, reportsOutOfMemory: false } as const;
    const get = (url: string): Promise<string> =>
      podman.namespace.run(process.execPath, '-e', `require('http').get('${url}', (answer) => answer.pipe(process.stdout))`);
    conformance({ engine: () => engine, base: baseImage, get }, { ...ordinary, ...differences });
  });
} else {
  sayNotRun('podman', 'it takes root on Linux, podman and runc');
}
