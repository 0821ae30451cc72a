import { type Client, statusOf } from './client.ts';
import { kindOf } from './describe.ts';
import { readRecords } from './records.ts';

/** Whether a container that ended with 137, the code of SIGKILL, was killed for want of memory. */
export async function wasOutOfMemory(client: Client, id: string): Promise<boolean> {
  try {
    const { State, HostConfig } = await client.getContainer(id).inspect();
    if (State.OOMKilled) return true;
    if (!HostConfig.Memory || kindOf(await client.version()) !== 'podman') return false;
    return !(await wasKilledOnRequest(client, id, State));
  } catch (error) {
    if (statusOf(error) === 404) return false; // killed by its removal
    throw error;
  }
}

/**
 * podman never sets its flag on cgroup v1 (seen with 4.3), but logs each signal and stop that it was asked for: what has a memory limit and
 * was killed by none of them was killed by the kernel.
 */
async function wasKilledOnRequest(
  client: Client,
  id: string,
  state: { readonly StartedAt: string; readonly FinishedAt: string },
): Promise<boolean> {
  const seconds = (time: string): number => Math.floor(Date.parse(time) / 1000);
  const events = await client.getEvents({
    since: seconds(state.StartedAt),
    until: seconds(state.FinishedAt) + 2, // the signal is logged after it was sent
    filters: { container: [id] },
  });
  for await (const { Action } of readRecords(events as never)) if (/^(kill|stop|stopped|remove)$/.test(String(Action))) return true;
  return false;
}
