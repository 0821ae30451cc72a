import assert from 'node:assert/strict';
import { dockerEngine } from '../../src/engine/docker/engine.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { conformance, ordinary } from '../engine/conformance.ts';
import { rejectionOf, testContainers, uniqueName } from '../support/containers.ts';
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

    describe('its builder', () => {
      const { directory, defer } = testContainers({ engine: () => engine, base: baseImage, get });

      it('mounts, fills in the platform, and is told step by step, with several stages too', async () => {
        const dockerfile = [
          `FROM ${baseImage()} AS one`,
          'ARG TARGETARCH',
          'RUN --mount=type=cache,target=/c echo for $TARGETARCH',
          'FROM one',
          'COPY --chmod=700 . /x',
        ];
        const context = await directory({ Dockerfile: dockerfile.join('\n') });
        const [tag, other] = [`${uniqueName()}:1`, `${uniqueName()}:2`];
        for (const name of [tag, other]) defer(() => engine.images.remove(name));
        const told: string[] = [];
        const image = await engine.images.build(
          { directory: context, tag, otherTags: [other], platform: 'linux/amd64' },
          {
            onStep: ({ place, state, line }) => state === 'begun' && told.push(`${place} :${line}`),
            onLine: (line, step) => told.push(`${step} | ${line}`),
          },
        );
        assert.equal(image.tags.length, 2);
        assert.ok(told.includes('stage 1, 3/3 | for amd64'), told.join('\n'));
        assert.deepEqual(
          told.filter((line) => line.startsWith('stage 2')),
          ['stage 2, 1/2 :4', 'stage 2, 2/2 :5'],
        );
      });

      it('names the line and the exit code of the step that fails, and the lines that it cannot build', async () => {
        const failing = await directory({ Dockerfile: `FROM ${baseImage()}\nRUN echo why >&2; exit 3\n` });
        const { message } = await rejectionOf('BuildFailed', engine.images.build({ directory: failing, tag: uniqueName() }));
        assert.match(message, /: Dockerfile:2: RUN echo why >&2; exit 3 ended with exit code 3\n {2}why$/);
        const secrets = new Map([['pip', { content: Buffer.from('x') }]]);
        const refused = await rejectionOf('BuilderLacks', engine.images.build({ directory: failing, tag: uniqueName(), secrets }));
        assert.match(refused.message, /^--secret needs BuildKit.*podman/);
      });
    });
  });
} else {
  sayNotRun('podman', 'it takes root on Linux, podman and runc');
}
