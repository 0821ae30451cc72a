import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** The engine's progress streams: one JSON object a line. An `error` record is the only sign of failure: the stream itself ends well. */
export async function* readRecords(stream: Readable): AsyncGenerator<Record<string, unknown>> {
  for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim()) yield JSON.parse(line) as Record<string, unknown>;
  }
}
