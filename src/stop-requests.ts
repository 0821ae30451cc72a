import { relay, type StopSignals } from './stop.ts';
import type { Home } from './store/home.ts';
import { type Owner, tellOwner } from './store/owner.ts';
import { Records } from './store/records.ts';

/** What one process wants another to end. Kept apart from the record of the thing itself, which its owner alone writes. */
interface StopRequest {
  /** The process that is to do it. */
  readonly owner: string;
  /** Without the grace. */
  readonly isHard: boolean;
  /** ISO 8601. */
  readonly time: string;
}

/** The stop signals of something that runs here. */
export interface WatchedStops extends StopSignals, Disposable {}

/** Stops asked for from any process and carried out by the one that owns the thing. */
export class StopRequests {
  readonly #home: Home;
  readonly #records: Records<StopRequest>;
  readonly #running = new Map<string, (request: StopRequest) => void>();
  #endNews: (() => void) | undefined;

  constructor(home: Home) {
    this.#home = home;
    this.#records = new Records(home, 'stop-request');
  }

  /** Writes the request down and tells the owner. False when the owner is gone. Errors: DiskTrouble. */
  async request(kind: string, name: string, owner: string, isHard: boolean): Promise<boolean> {
    await this.#records.put(keyOf(kind, name), { owner, isHard, time: new Date().toISOString() });
    return await tellOwner(this.#home, owner);
  }

  /** `stops`, and the requests of others for this thing, which `owner`, this process, runs from now until it is disposed. */
  async watch(kind: string, name: string, owner: Owner, stops: StopSignals): Promise<WatchedStops> {
    const stop = new AbortController();
    const kill = new AbortController();
    const links = [relay(stops.stop, stop), relay(stops.kill, kill)];
    const key = keyOf(kind, name);
    this.#running.set(key, (request) => {
      if (request.owner !== owner.id) return; // meant for an earlier thing of this name
      stop.abort();
      if (request.isHard) kill.abort();
    });
    this.#endNews ??= owner.onNews(() => void this.#look());
    await this.#lookAt(key); // one may have come before anybody listened
    return {
      stop: stop.signal,
      kill: kill.signal,
      ...(stops.leave && { leave: stops.leave }),
      [Symbol.dispose]: () => {
        for (const unlink of links) unlink();
        this.#running.delete(key);
      },
    };
  }

  /** Forgets a request that was carried out. Errors: DiskTrouble. */
  async forget(kind: string, name: string): Promise<void> {
    await this.#records.remove(keyOf(kind, name));
  }

  /** Forgets requests for things that nobody runs. Errors: DiskTrouble. */
  async sweep(isWanted: (owner: string) => Promise<boolean>): Promise<void> {
    for (const { name, value } of (await this.#records.list()).records)
      if (!(await isWanted(value.owner))) await this.#records.remove(name);
  }

  async #look(): Promise<void> {
    for (const key of this.#running.keys()) await this.#lookAt(key);
  }

  async #lookAt(key: string): Promise<void> {
    // A request that cannot be read is asked again by whoever waits for it.
    const request = await this.#records.read(key).catch(() => undefined);
    if (request) this.#running.get(key)?.(request);
  }
}

const keyOf = (kind: string, name: string): string => `${kind}.${name}`;
