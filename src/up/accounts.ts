import type { FaultSettings } from '../contract/faults.ts';
import type { Account } from '../contract/names.ts';
import type { Emulator } from '../emulator.ts';
import type { EndpointObserver } from '../endpoints/hosted-endpoint.ts';
import type { HostingSetting } from '../endpoints/prepare.ts';
import type { InvocationOver } from '../hosting/reply.ts';
import type { JobObserver } from '../jobs/events.ts';
import type { TrainingOptions } from '../jobs/plan.ts';
import { LocalSageMaker } from './sagemaker.ts';

/** How jobs and endpoints run, and what becomes of them at the end. */
export interface AccountsSpec {
  /** They go on without this process, for the next one to take over. */
  readonly keeps: boolean;
  /** Nothing of them stays. */
  readonly isEphemeral: boolean;
  readonly hosting: HostingSetting;
  readonly training: TrainingOptions;
  readonly faults?: FaultSettings;
  /** Seconds for which DescribeTrainingJob waits for another status. */
  readonly longPoll?: number;
}

/** Who is told what happens. */
export interface AccountsObserver {
  warning(message: string): void;
  job(account: Account, name: string): JobObserver;
  endpoint(account: Account): EndpointObserver;
  /** Each request to an endpoint, when it is over; on the hot path. */
  invocation?(over: InvocationOver): void;
}

/** SageMaker of each account and region that anybody has asked for, or that has anything. */
export class Accounts {
  /** Where requests go, once that is known. */
  url = '';
  readonly #emulator: Emulator;
  readonly #spec: AccountsSpec;
  readonly #observer: AccountsObserver;
  readonly #kill: AbortSignal;
  readonly #made = new Map<string, LocalSageMaker>();
  #isEnding = false;

  /** `kill`: cuts every grace short. */
  constructor(emulator: Emulator, spec: AccountsSpec, observer: AccountsObserver, kill: AbortSignal) {
    this.#emulator = emulator;
    this.#spec = spec;
    this.#observer = observer;
    this.#kill = kill;
  }

  of({ account, region }: Account): LocalSageMaker {
    const key = `${account}/${region}`;
    const known = this.#made.get(key);
    if (known) return known;
    const { hosting, training, faults, longPoll } = this.#spec;
    const of = { account, region };
    const { warning, invocation } = this.#observer;
    const made = new LocalSageMaker(this.#emulator.in(of), {
      url: this.url,
      hosting,
      training,
      kill: this.#kill,
      ...(faults && { faults }),
      ...(longPoll !== undefined && { longPoll }),
      observer: {
        warning,
        job: (name) => this.#observer.job(of, name),
        endpoint: this.#observer.endpoint(of),
        ...(invocation && { invocation }),
      },
    });
    this.#made.set(key, made);
    return made;
  }

  all(): readonly LocalSageMaker[] {
    return [...this.#made.values()];
  }

  /** Goes on where a process before this one was. Errors: DiskTrouble, trouble of the engine. */
  async open(): Promise<void> {
    for (const emulator of await this.#emulator.everywhere()) await this.of(emulator).open();
  }

  /** Nothing new is to be begun. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Ends all that runs, or lets go of it, as the spec says. */
  async end(): Promise<void> {
    this.#isEnding = true;
    const { keeps, isEphemeral } = this.#spec;
    const kill = this.#kill;
    await Promise.all(
      this.all().map(async (sagemaker) => {
        if (keeps) await sagemaker.leave();
        else if (isEphemeral) await sagemaker.stop(kill);
        else await sagemaker.rest(kill);
        sagemaker[Symbol.dispose]();
      }),
    );
  }
}
