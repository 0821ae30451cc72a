import { type Client, statusOf } from './client.ts';
import { readRecords } from './records.ts';

/**
 * What the engine has told of a container that has ended, from its start to its end: `kill`, `die`, …. By the engine's own clock, which need
 * not be this machine's: a time that lies ahead there would be waited for. `later`: seconds after the end that count too.
 */
export async function pastEvents(client: Client, id: string, later = 0): Promise<readonly string[]> {
  try {
    const { State } = await client.getContainer(id).inspect();
    const [started, finished] = [secondsOf(State.StartedAt), secondsOf(State.FinishedAt)];
    const events = await client.getEvents({
      since: Math.floor(Math.min(started, finished)), // of a program that ends at once, the engine notes the start after the end
      until: finished + later + 0.001, // times are read to the millisecond
      filters: { container: [id] },
    });
    const actions: string[] = [];
    for await (const { Action } of readRecords(events as never)) actions.push(String(Action));
    return actions;
  } catch (error) {
    if (statusOf(error) === 404) return ['remove'];
    throw error;
  }
}

/** Seconds since 1970. */
const secondsOf = (time: string): number => Date.parse(time) / 1000;
