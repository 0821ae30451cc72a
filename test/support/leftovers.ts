import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, connect } from '../../src/engine/docker/client.ts';
import type { Labels } from '../../src/engine/engine.ts';
import { findEngine } from '../../src/engine/find.ts';

/**
 * For each `describe` with an engine: what its tests, and the programs they start, leave there makes it fail. What other processes that are
 * alive have made is theirs. Volumes without a name are counted too: engines make them for images that declare some, without any label.
 */
export function withLeftoverCheck(): void {
  const client = connect(findEngine());
  let known: ReadonlyMap<string, string> = new Map();

  before('note what is in the engine', async () => {
    known = await inEngine(client);
  });

  after('nothing is left in the engine', async () => {
    const deadline = Date.now() + 5000; // an engine may go on removing for a moment after it has said that it did
    let left = await newSince(known, client);
    while (left.length > 0 && Date.now() < deadline) {
      await sleep(100);
      left = await newSince(known, client);
    }
    assert.deepEqual(left, [], 'left in the engine');
  });
}

async function newSince(known: ReadonlyMap<string, string>, client: Client): Promise<string[]> {
  return [...(await inEngine(client))].filter(([id]) => !known.has(id)).map(([, description]) => description);
}

/** Id -> a description, of everything that could be a leftover. */
async function inEngine(client: Client): Promise<ReadonlyMap<string, string>> {
  const [containers, networks, volumes, unused] = await Promise.all([
    client.listContainers({ all: true }),
    client.listNetworks(),
    client.listVolumes(),
    client.listVolumes({ filters: JSON.stringify({ dangling: ['true'] }) }),
  ]);
  const anonymous = (unused.Volumes ?? []).filter(({ Name }) => /^[0-9a-f]{64}$/.test(Name));
  return new Map([
    ...containers
      .filter(({ Labels }) => isOurs(Labels))
      .map(({ Id, Status, Labels }) => [Id, `container ${Status} ${JSON.stringify(Labels)}`] as const),
    ...networks
      .filter(({ Labels }) => isOurs(Labels))
      .map(({ Id, Name, Labels }) => [Id, `network ${Name} ${JSON.stringify(Labels)}`] as const),
    ...(volumes.Volumes ?? [])
      .filter(({ Labels }) => isOurs(Labels))
      .map(({ Name, Labels }) => [Name, `volume ${Name} ${JSON.stringify(Labels)}`] as const),
    ...anonymous.map(({ Name }) => [Name, `volume without a name ${Name}`] as const),
  ]);
}

/** Carries a label of ours, and whoever made it is this process or one that has ended: both kinds of label begin with a process's id. */
function isOurs(labels: Labels | null | undefined): boolean {
  if (!labels || !Object.keys(labels).some((key) => key.startsWith('sm-local.'))) return false;
  const maker = Number.parseInt(labels['sm-local.test'] ?? labels['sm-local.owner'] ?? '', 10);
  return Number.isNaN(maker) || maker === process.pid || !isAlive(maker);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // somebody else's
  }
}
