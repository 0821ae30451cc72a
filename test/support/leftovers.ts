import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { dockerEngine } from '../../src/engine/docker/engine.ts';
import type { Engine, Labels } from '../../src/engine/engine.ts';
import { findEngine } from '../../src/engine/find.ts';

/**
 * Everything in the engine that could be a leftover of a test, for comparing before and after: what carries a label of ours, unless another
 * living process made it, and volumes without a name, which an engine makes without any label for images that declare some.
 */
export async function oursInEngine(engine: Engine): Promise<readonly string[]> {
  const { containers, networks, volumes } = engine;
  const found = await Promise.all([containers.list({}), networks.list({}), volumes.list({})]);
  const [ofContainers, ofNetworks, ofVolumes] = found;
  const text = (labels: Labels): string => JSON.stringify(Object.fromEntries(Object.entries(labels).filter(([key]) => isLabelOfOurs(key))));
  return [
    ...ofContainers.filter(({ labels }) => isOurs(labels)).map(({ id, labels }) => `container ${id} ${text(labels)}`),
    ...ofNetworks.filter(({ labels }) => isOurs(labels)).map(({ id, labels }) => `network ${id} ${text(labels)}`),
    ...ofVolumes
      .filter(({ name, labels }) => isOurs(labels) || /^[0-9a-f]{64}$/.test(name))
      .map(({ name, labels }) => `volume ${name} ${text(labels)}`),
  ].sort();
}

const isLabelOfOurs = (key: string): boolean => key.startsWith('sm-local.');

/** Both labels that name a maker begin with its process's id. What only inherits labels from its image, as a step of a build does, is not ours. */
function isOurs(labels: Labels): boolean {
  const maker = labels['sm-local.test'] ?? labels['sm-local.owner'];
  if (maker === undefined) return !nobodys.has(labels['sm-local.kind']) && Object.keys(labels).some(isLabelOfOurs);
  const pid = Number.parseInt(maker, 10);
  return pid === process.pid || !isAlive(pid);
}

/** Images stay for whoever uses them next, and so does the network of credentials, which all processes share. */
const nobodys: ReadonlySet<string | undefined> = new Set(['image', 'credentials']);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // somebody else's
  }
}

/** In a `describe`: it fails when its tests, or the programs that they start, leave something in the engine. */
export function withLeftoverCheck(engineOf: () => Engine = () => dockerEngine(findEngine())): void {
  let known: readonly string[] = [];

  before('note what is in the engine', async () => {
    known = await oursInEngine(engineOf());
  });

  after('nothing is left in the engine', async () => {
    const engine = engineOf();
    const left = async (): Promise<string[]> => (await oursInEngine(engine)).filter((one) => !known.includes(one));
    const deadline = Date.now() + 5000; // an engine may go on removing for a moment after it has said that it did
    while ((await left()).length > 0 && Date.now() < deadline) await sleep(100);
    assert.deepEqual(await left(), [], 'left in the engine');
  });
}
