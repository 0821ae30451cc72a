import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { codeOf, diskTrouble } from './disk-trouble.ts';
import { isName, jobsDirectory, machineMetricsFile } from './log-names.ts';
import { namesIn } from './names-in.ts';

/** What one host of a job took of its machine in the time before. */
export interface MachinePoint {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** `<job>/algo-1` */
  readonly host: string;
  /** Metric -> value, in percent. */
  readonly values: Readonly<Record<string, number>>;
}

/** The jobs that have logged something, sorted. Errors: DiskTrouble. */
export const jobsIn = async (logs: string): Promise<readonly string[]> =>
  (await namesIn(jobsDirectory(logs, 'training-jobs'))).filter(isName).sort();

/** All points of a job, in the order in which they were measured; none where nobody has measured. Errors: DiskTrouble. */
export async function* readMachinePoints(logs: string, job: string): AsyncGenerator<MachinePoint, void> {
  const path = machineMetricsFile(logs, 'training-jobs', job);
  try {
    for await (const line of createInterface({ input: createReadStream(path) })) {
      const point = parse(line);
      if (point) yield point;
    }
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw diskTrouble('read', path, error);
  }
}

/** Undefined for a line that is not whole. */
function parse(line: string): MachinePoint | undefined {
  try {
    const { time, host, ...values } = JSON.parse(line) as { time: string; host: string } & Record<string, number>;
    const at = Date.parse(time);
    return Number.isFinite(at) && typeof host === 'string' ? { time: at, host, values } : undefined;
  } catch {
    return undefined;
  }
}
