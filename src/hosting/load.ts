import { orAborted } from '../engine/steady.ts';
import type { ContainerUsage, RunningInstance } from './running-variant.ts';

/** What an instance takes of the machine. */
export interface Load {
  /** Percent of one processor, summed up over all of them, as CloudWatch's CPUUtilization: since it was last asked, or since the container started. */
  readonly cpu: number;
  /** Seconds that processors have spent on the container. */
  readonly cpuSeconds: number;
  /** Bytes. */
  readonly memory: number;
  readonly memoryLimit: number;
}

/** Asks the engine what instances take of the machine, each one once a second at most, whoever wants to know. */
export class Loads {
  readonly #clock: () => number;
  readonly #asked = new Map<string, Asked>();

  /** `clock`: milliseconds since any moment. */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  /** Instance -> its load. One is left out where the engine does not tell. */
  async of(instances: readonly RunningInstance[]): Promise<ReadonlyMap<string, Load>> {
    const loads = await Promise.all(instances.map(async (instance) => [instance.id, await this.#ask(instance)] as const));
    return new Map(loads.flatMap(([id, load]) => (load ? [[id, load]] : [])));
  }

  /** Of an instance that is gone nothing is kept. */
  keepOnly(instances: readonly RunningInstance[]): void {
    const ids = new Set(instances.map(({ id }) => id));
    for (const id of this.#asked.keys()) if (!ids.has(id)) this.#asked.delete(id);
  }

  #ask(instance: RunningInstance): Promise<Load | undefined> {
    const at = this.#clock();
    const before = this.#asked.get(instance.id);
    if (before && at - before.at < fresh) return before.load;
    const load = this.#measure(instance, before?.last);
    this.#asked.set(instance.id, { at, load, last: before?.last });
    return load;
  }

  async #measure(instance: RunningInstance, last: Reading | undefined): Promise<Load | undefined> {
    const usage = await orAborted(instance.usage(), AbortSignal.timeout(patience)).catch(() => undefined);
    if (usage === undefined) return undefined;
    const at = this.#clock();
    const asked = this.#asked.get(instance.id);
    if (asked) asked.last = { at, usage };
    const { cpuSeconds, memory, memoryLimit } = usage;
    return { cpu: processors(usage, at, last), cpuSeconds, memory, memoryLimit };
  }
}

/** Milliseconds for which an answer is good. */
const fresh = 1000;

/** Milliseconds after which an engine that does not answer is not waited for. */
const patience = 2000;

interface Asked {
  readonly at: number;
  readonly load: Promise<Load | undefined>;
  last: Reading | undefined;
}

interface Reading {
  readonly at: number;
  readonly usage: ContainerUsage;
}

/** The container may be another than the one before: then all that it has spent was since. */
function processors({ cpuSeconds, uptime }: ContainerUsage, at: number, last: Reading | undefined): number {
  const since = last && (at - last.at) / 1000;
  const [spent, seconds] =
    last && since !== undefined && since <= uptime ? [cpuSeconds - last.usage.cpuSeconds, since] : [cpuSeconds, uptime];
  return seconds > 0 ? Math.max(0, (100 * spent) / seconds) : 0;
}
