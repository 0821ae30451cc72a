import type { AlarmState } from '../contract/alarm-state.ts';

/** What a deployment sees of the alarms it is guarded by. */
export interface Alarms {
  /** Whether there is one of this name; without it any name will do. */
  has?(name: string): boolean;
  /** Settles with the name of one that is in ALARM, or as soon as one is; never rejects, and never settles when `signal` aborts before. */
  tripped(names: readonly string[], signal: AbortSignal): Promise<string>;
}

/** The states that somebody has set, as CloudWatch's SetAlarmState does. An alarm that nobody has set is in INSUFFICIENT_DATA. */
export class AlarmStates implements Alarms {
  readonly #states = new Map<string, AlarmState>();
  readonly #watchers = new Set<() => void>();

  set(name: string, state: AlarmState): void {
    this.#states.set(name, state);
    for (const look of [...this.#watchers]) look();
  }

  state(name: string): AlarmState {
    return this.#states.get(name) ?? 'INSUFFICIENT_DATA';
  }

  tripped(names: readonly string[], signal: AbortSignal): Promise<string> {
    return new Promise((resolve) => {
      if (signal.aborted) return;
      const look = (): void => {
        const name = names.find((each) => this.state(each) === 'ALARM');
        if (name === undefined) return;
        forget();
        resolve(name);
      };
      const forget = (): void => {
        this.#watchers.delete(look);
        signal.removeEventListener('abort', forget);
      };
      this.#watchers.add(look);
      signal.addEventListener('abort', forget, { once: true });
      look();
    });
  }
}
