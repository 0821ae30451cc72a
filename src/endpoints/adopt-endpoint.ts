import type { EndpointStatus } from '@aws-sdk/client-sagemaker';
import type { Emulator } from '../emulator.ts';
import type { ContainerSummary, Engine, Labels } from '../engine/engine.ts';
import { removeLeftovers } from '../engine/leftovers.ts';
import { endContainer, untilEnded } from '../engine/steady.ts';
import { credentialsOf, type EndpointRecord } from '../hosting/record.ts';
import type { StopSignals } from '../stop.ts';
import { LogFile } from '../store/log-file.ts';
import { takeOver } from '../store/succession.ts';

/**
 * Takes over an endpoint whose process is gone and returns what ends it as Ctrl-C would have: nobody can invoke it any more. Undefined when
 * there is none of this name, when its process lives, or when somebody else has just taken it over. Errors: trouble of the engine.
 */
export async function adoptEndpoint(emulator: Emulator, name: string, stops: StopSignals): Promise<(() => Promise<void>) | undefined> {
  const record = await takeOver(emulator.home, emulator.endpoints, name, (await emulator.owner).id);
  return record && (() => endTaken(emulator, record, stops));
}

/** Ends an endpoint that this process has taken over: nothing of it stays. Errors: trouble of the engine. */
export async function endTaken(emulator: Emulator, record: EndpointRecord, stops: StopSignals): Promise<void> {
  const { endpoints } = emulator;
  const { name, run } = record;
  await endAll(emulator, record, stops);
  for (const kept of credentialsOf(run)) await (await emulator.credentials).forget(kept);
  await endpoints.remove(name);
  await emulator.stopRequests.forget('endpoint', name);
}

/**
 * As `adoptEndpoint`, for one that outlives its process: what it has in the engine is ended, and the next process starts it again.
 */
export async function restEndpoint(emulator: Emulator, name: string, stops: StopSignals): Promise<(() => Promise<void>) | undefined> {
  const record = await takeOver(emulator.home, emulator.endpoints, name, (await emulator.owner).id);
  return (
    record &&
    (async () => {
      await endAll(emulator, record, stops);
      await emulator.endpoints.update(name, { ...record, ...resting(record) });
    })
  );
}

/** Whether it is the next `up` that goes on with it. A deletion that was begun is finished by anybody. */
export const isWaitingForUp = ({ status, run }: EndpointRecord): boolean => run?.lasting !== undefined && status !== 'Deleting';

/** What is kept of an endpoint that has been ended and waits for the next `up`. */
export const resting = ({ status, run }: EndpointRecord): Pick<EndpointRecord, 'status' | 'run'> => ({
  status: restingStatus(status),
  run: { ...run, ...(run.lasting && { lasting: { ...run.lasting, isResting: true } }) },
});

const restingStatus = (status: EndpointStatus): EndpointStatus =>
  status === 'Creating' || status === 'Failed' || status === 'Deleting' ? status : 'SystemUpdating';

/** Of everything that an endpoint has in the engine. */
export const labelsOf = ({ name, owner, run }: Pick<EndpointRecord, 'name' | 'owner' | 'run'>): Labels => ({
  'sm-local.kind': 'endpoint',
  'sm-local.name': name,
  'sm-local.owner': run?.label ?? owner,
});

async function endAll(emulator: Emulator, record: EndpointRecord, stops: StopSignals): Promise<void> {
  const { engine } = emulator;
  try {
    await endContainers(emulator, record, await engine.containers.list(labelsOf(record)), stops);
  } catch (error) {
    emulator.leave();
    throw error;
  }
  await removeLeftovers(engine, labelsOf(record), async () => true);
}

/** SIGTERM, the grace, SIGKILL, removed; each line they have printed is in their logs. Errors: trouble of the engine. */
export async function endContainers(
  { engine, patience }: Emulator,
  record: EndpointRecord,
  containers: readonly ContainerSummary[],
  stops: StopSignals,
): Promise<void> {
  const ended = containers.map(async ({ id, labels }) => {
    await endInstance(engine, id, labels['sm-local.host'] ?? '', record, patience, stops);
    await engine.containers.remove(id);
  });
  await Promise.all(ended);
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
  if (!container || path === undefined || !(await container.inspect()).started) return; // nothing of it was ever told; it is removed
  await using log = await LogFile.create(path);
  const options = { patience, ...(leave && { signal: leave }) };
  const ended = untilEnded(engine, container, undefined, log, options);
  ended.catch(() => {}); // awaited below
  await endContainer(engine, container, ended, { ...options, grace: run.stopGrace, hard: kill });
}
