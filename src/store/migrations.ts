import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from './atomic.ts';
import { codeOf } from './disk-trouble.ts';

/** Format -> what makes the next one of a home of that format. Raises the system's errors. */
export const migrations: Readonly<Record<number, (home: string) => Promise<void>>> = { 1: keepHowItRuns, 2: makeRoomForObjects };

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
