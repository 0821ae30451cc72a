import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { SageMakerEndpointContainer } from '../../src/testcontainers/index.ts';
import { eventually } from '../support/containers.ts';
import { withLeftoverCheck } from '../support/leftovers.ts';
import { fixtureImage, fixtureTag, projectRoot, testEngine } from '../support/real-engine.ts';
import { withoutReaper } from '../support/testcontainers.ts';

describe('a test run that is killed', function () {
  this.timeout(60_000);
  withLeftoverCheck();
  const at = withoutReaper();
  before(() => Promise.all(['serve-echo', 'probe', 'ryuk'].map(fixtureImage)));

  interface Having {
    readonly session: string;
    readonly network: string;
  }

  /** A process that has an endpoint and a job, killed as soon as it has them. */
  async function killed(environment: Readonly<Record<string, string>>): Promise<Having> {
    const program = fileURLToPath(import.meta.resolve('./killed-process.js'));
    const child = spawn(
      process.execPath,
      [program, fixtureTag('serve-echo'), fixtureTag('probe'), `${projectRoot}/fixtures/images/probe`],
      {
        env: { ...process.env, ...environment },
        cwd: at.home,
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const having = JSON.parse(await firstLine(child)) as Having;
    child.kill('SIGKILL');
    await once(child, 'close');
    return having;
  }

  const left = async (): Promise<readonly string[]> => {
    const { containers, networks, volumes } = testEngine();
    const all = [...(await containers.list({})), ...(await networks.list({})), ...(await volumes.list({}))];
    return all.map(({ labels }) => labels['sm-local.home'] ?? labels['sm-local.name'] ?? '').filter((of) => of.startsWith(at.home));
  };
  const nextStart = async (): Promise<void> => {
    await using endpoint = await new SageMakerEndpointContainer(fixtureTag('serve-echo')).start();
    assert.equal((await endpoint.invoke('hello')).json<{ body: string }>().body, 'hello');
  };

  it('leaves nothing behind the next start', async () => {
    const { network } = await killed({ TESTCONTAINERS_RYUK_DISABLED: 'true' });
    assert.ok((await left()).length >= 3, 'an endpoint, two hosts');
    await Promise.all([nextStart(), nextStart()]); // both find what is left
    assert.deepEqual(await left(), []);
    assert.deepEqual(await readdir(join(at.home, 'tmp')), []);
    await testEngine().networks.remove(network); // of testcontainers' own, which it does not remove without its reaper
  });

  it('leaves nothing in the engine behind the reaper of testcontainers', async () => {
    const { session } = await killed({
      TESTCONTAINERS_RYUK_DISABLED: 'false',
      RYUK_CONTAINER_IMAGE: fixtureTag('ryuk'),
      TESTCONTAINERS_RYUK_TEST_LABEL: 'true',
    });
    const { containers, networks, volumes } = testEngine();
    const label = { 'org.testcontainers.session-id': session };
    await eventually(async () => {
      const all = [await containers.list(label), await networks.list(label), await volumes.list(label)];
      return all.flat().length === 0 && (await left()).length === 0;
    }, 'the reaper has removed everything');
    await nextStart();
    assert.deepEqual(await readdir(join(at.home, 'tmp')), []);
  });
});

async function firstLine({ stdout, stderr }: ChildProcess): Promise<string> {
  assert.ok(stdout && stderr);
  const errors = text(stderr);
  for await (const line of createInterface(stdout)) return line;
  return assert.fail(`the process ended: ${await errors}`);
}
