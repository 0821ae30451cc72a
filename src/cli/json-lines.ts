import type { Io } from './io.ts';

/** One event as a line of JSON on stdout: the time first. Every line of `--json` is written here; docs/json.md says what stands in them. */
export const jsonLine = <E extends JsonEvent>(io: Pick<Io, 'out' | 'now'>, event: E, time: Date = io.now()): Promise<void> =>
  io.out.write(jsonText(event, time));

/** The line alone, for whoever writes many at once. */
export const jsonText = <E extends JsonEvent>(event: E, time: Date): string => `${JSON.stringify({ time, ...event })}\n`;

export interface JsonEvent {
  readonly event: string;
}

/** The same for what is told on the way to a result: with `--quiet` not at all, but for events that are results themselves. */
export const jsonTeller =
  (io: Io, results: readonly string[] = ['result']) =>
  <E extends JsonEvent>(event: E, time?: Date): Promise<void> =>
    io.level === 'quiet' && !results.includes(event.event) ? Promise.resolve() : jsonLine(io, event, time);
