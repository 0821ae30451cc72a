import { createReadStream, existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { writeAtomically } from './atomic.ts';
import { codeOf } from './disk-trouble.ts';
import { metricFile } from './log-names.ts';
import { MetricLog } from './metric-log.ts';
import { namesIn } from './names-in.ts';
import { beside } from './temporary.ts';

/** Format -> what makes the next one of a home of that format. Raises the system's errors. */
export const migrations: Readonly<Record<number, (home: string) => Promise<void>>> = {
  1: keepHowItRuns,
  2: makeRoomForObjects,
  3: keepPointsAsBytes,
};

/** Format 2 keeps with a training job what another process needs to go on with it. */
async function keepHowItRuns(home: string): Promise<void> {
  const directory = join(home, 'records', 'training-job');
  for (const file of await filesIn(directory)) {
    const path = join(directory, file);
    const record = parse(await readFile(path, 'utf8'));
    if (record === undefined || 'run' in record) continue; // one that is not whole stays, for its owner to mend
    const run = { label: record.owner, options: { stopGrace: 120 } };
    await writeAtomically(path, `${JSON.stringify({ ...record, run }, undefined, 2)}\n`);
  }
}

/** Format 3 holds objects, and in the names of new logs the second in which their job began. */
async function makeRoomForObjects(home: string): Promise<void> {
  for (const part of ['buckets', 'annex']) await mkdir(join(home, part), { recursive: true, mode: 0o700 });
}

/** Format 4 keeps the data points of training jobs as bytes, which were JSON: `[time, host, position, [name, value], …]`, a line of a log each. */
async function keepPointsAsBytes(home: string): Promise<void> {
  for (const job of await namesIn(join(home, 'logs', 'training-jobs'))) {
    const old = join(home, 'logs', 'training-jobs', job, 'metrics.jsonl');
    if (!existsSync(old)) continue;
    const made = metricFile(join(home, 'logs'), 'training-jobs', job);
    const temporary = beside(made); // there may be others who do the same
    try {
      await using log = await MetricLog.open(temporary, new Map());
      for await (const line of createInterface({ input: createReadStream(old) })) addPoints(log, line);
      log.flush();
      await rename(temporary, made);
      await rm(old, { force: true });
    } catch (error) {
      await rm(temporary, { force: true });
      if (codeOf(error) !== 'ENOENT') throw error; // somebody else was first
    }
  }
}

/** None of a line that its writer did not finish. */
function addPoints(log: MetricLog, line: string): void {
  let values: [number, string, number, ...[string, number][]];
  try {
    values = JSON.parse(line);
  } catch {
    return;
  }
  const [time, host, position, ...points] = values;
  for (const [name, value] of points) log.add(host, { time, position }, name, value);
}

async function filesIn(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).filter((file) => file.endsWith('.json'));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // `ls` tells of it
  }
}
