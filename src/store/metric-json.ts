import { createReadStream } from 'node:fs';
import { codeOf, diskTrouble } from './disk-trouble.ts';
import type { DataPoint } from './metric-entries.ts';

/**
 * The points of a job of before they were kept as bytes: lines `[time, host, position, [name, value], …]` in JSON. A line that its writer did not
 * finish, or that somebody else wrote, has none; nor has a file that is not there. Errors: DiskTrouble.
 */
export async function* pointsInJson(path: string): AsyncGenerator<readonly DataPoint[], void> {
  let held: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      let from = 0;
      for (let to = bytes.indexOf('\n'); to >= 0; from = to + 1, to = bytes.indexOf('\n', from))
        yield parse(bytes.toString('utf8', from, to));
      held = bytes.subarray(from);
    }
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw diskTrouble('read', path, error);
  }
}

function parse(line: string): readonly DataPoint[] {
  try {
    const [time, host, position, ...points] = JSON.parse(line) as [number, string, number, ...[string, number][]];
    const found = points.map(([name, value]) => ({ name, value, host, time, position }));
    return found.every((point) => [point.time, point.position, point.value].every(Number.isFinite)) ? found : [];
  } catch {
    return [];
  }
}
