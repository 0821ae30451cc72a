import type { Emulator } from '../emulator.ts';
import type { Engine } from '../engine/engine.ts';
import { removeLeftovers } from '../engine/leftovers.ts';
import { endContainer, untilEnded } from '../engine/steady.ts';
import type { EndpointRecord } from '../hosting/record.ts';
import type { StopSignals } from '../stop.ts';
import { LogFile } from '../store/log-file.ts';
import { takeOver } from '../store/succession.ts';

/**
 * Takes over an endpoint whose process is gone and returns what ends it as Ctrl-C would have: nobody can invoke it any more. Undefined when
 * there is none of this name, when its process lives, or when somebody else has just taken it over. Errors: trouble of the engine.
 */
export async function adoptEndpoint(emulator: Emulator, name: string, stops: StopSignals): Promise<(() => Promise<void>) | undefined> {
  const { engine, endpoints, patience } = emulator;
  const record = await takeOver(emulator.home, endpoints, name, (await emulator.owner).id);
  if (!record) return undefined;
  return async () => {
    const labels = { 'sm-local.kind': 'endpoint', 'sm-local.name': name, 'sm-local.owner': record.run?.label ?? record.owner };
    try {
      const containers = await engine.containers.list(labels);
      await Promise.all(
        containers.map(({ id, labels: own }) => endInstance(engine, id, own['sm-local.host'] ?? '', record, patience, stops)),
      );
    } catch (error) {
      emulator.leave();
      throw error;
    }
    await removeLeftovers(engine, labels, async () => true);
    for (const kept of [record.run?.credentials, ...(record.run?.moreCredentials ?? [])])
      if (kept) await (await emulator.credentials).forget(kept);
    await endpoints.remove(name);
    await emulator.stopRequests.forget('endpoint', name);
  };
}

async function endInstance(
  engine: Engine,
  id: string,
  instance: string,
  { run }: EndpointRecord,
  patience: number,
  { kill, leave }: StopSignals,
): Promise<void> {
  const container = await engine.containers.open(id);
  const path = run.logs[instance];
  if (!container || path === undefined || !(await container.inspect()).started) return; // nothing of it was ever told; it is removed with the rest
  await using log = await LogFile.create(path);
  const options = { patience, ...(leave && { signal: leave }) };
  const ended = untilEnded(engine, container, undefined, log, options);
  ended.catch(() => {}); // awaited below
  await endContainer(engine, container, ended, { ...options, grace: run.stopGrace, hard: kill });
}
