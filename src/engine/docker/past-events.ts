import { type Client, statusOf } from './client.ts';
import { mayHaveEnded } from './ending-signals.ts';
import { readRecords } from './records.ts';

/**
 * What the engine has told of a container that has ended, from its start to its end: `kill`, `die`, …, without signals that cannot have ended it. By
 * the engine's own clock, which need not be this machine's: a time that lies ahead there would be waited for. `later`: seconds after the end that
 * count too.
 */
export async function pastEvents(client: Client, id: string, later = 0): Promise<readonly string[]> {
  try {
    const { State } = await client.getContainer(id).inspect();
    const [started, finished] = [Date.parse(State.StartedAt), Date.parse(State.FinishedAt)];
    const events = await client.getEvents({
      // A program that ends at once is seen to end before the engine has written down that it began.
      since: Math.min(started, finished) / 1000,
      until: (Math.max(started, finished) + later * 1000 + belated) / 1000,
      filters: { container: [id] },
    });
    const actions: string[] = [];
    for await (const { Action, Actor } of readRecords(events as never)) {
      const { Attributes } = (Actor ?? {}) as { readonly Attributes?: { readonly signal?: string } };
      if (Action !== 'kill' || mayHaveEnded(Attributes?.signal, State.ExitCode)) actions.push(String(Action));
    }
    return actions;
  } catch (error) {
    if (statusOf(error) === 404) return ['remove'];
    throw error;
  }
}

/**
 * Milliseconds. A signal is told of when it has been sent, which may be after the container has ended by it: with Docker 20.10 by 1.2 ms on an
 * idle machine. That tells of the end itself 30 ms late and answers 90 ms late whoever waits for it, so that nobody waits for this.
 */
const belated = 50;
