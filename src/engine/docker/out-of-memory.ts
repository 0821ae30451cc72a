import { type Client, statusOf } from './client.ts';
import { kindOf } from './describe.ts';
import { pastEvents } from './past-events.ts';

/** Whether a container that ended with 137, the code of SIGKILL, was killed for want of memory. */
export async function wasOutOfMemory(client: Client, id: string): Promise<boolean> {
  try {
    const { State, HostConfig } = await client.getContainer(id).inspect();
    if (State.OOMKilled) return true;
    if (!HostConfig.Memory || kindOf(await client.version()) !== 'podman') return false;
    // podman never sets its flag on cgroup v1 (seen with 4.3), but logs each signal and stop that it was asked for, a moment after it was
    // sent: what has a memory limit and was killed by none of them was killed by the kernel.
    const told = await pastEvents(client, id, 2);
    return !told.some((action) => /^(kill|stop|stopped|remove)$/.test(action));
  } catch (error) {
    if (statusOf(error) === 404) return false; // killed by its removal
    throw error;
  }
}
