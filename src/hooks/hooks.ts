import { fail, reasonOf } from '../errors.ts';
import { pipeTo } from './command.ts';

/** Called for a hook that failed; a sentence. */
export type OnHookTrouble = (message: string) => void;

/** Seconds in which a hook must have taken an event. */
export const hookLimit = 10;

export interface HooksOptions {
  /** Seconds in which a hook must have taken an event. */
  readonly limit?: number;
  /** Aborts when nobody has the time any more to tell them. */
  readonly signal?: AbortSignal;
}

/**
 * Programs and addresses that are told of changes. Each gets the events one after the other, in their order, and nobody waits for them: what
 * goes wrong is told, and the next event is sent all the same. Disposing waits until all events have been sent.
 */
export class Hooks implements AsyncDisposable {
  readonly #queues: readonly HookQueue[];

  /** @param targets commands for the shell, which get each event as JSON on their standard input, and http(s):// addresses */
  constructor(targets: readonly string[], onTrouble: OnHookTrouble, { limit = hookLimit, signal }: HooksOptions = {}) {
    this.#queues = targets.map((target) => new HookQueue(target, onTrouble, limit, signal));
  }

  send(event: object): void {
    const body = JSON.stringify(event);
    for (const queue of this.#queues) queue.add(body);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#queues.map((queue) => queue.last));
  }
}

class HookQueue {
  last: Promise<void> = Promise.resolve();
  readonly #target: string;
  readonly #onTrouble: OnHookTrouble;
  readonly #limit: number;
  readonly #signal: AbortSignal | undefined;
  #told = '';

  constructor(target: string, onTrouble: OnHookTrouble, limit: number, signal: AbortSignal | undefined) {
    this.#signal = signal;
    this.#target = target;
    this.#onTrouble = onTrouble;
    this.#limit = limit;
  }

  add(body: string): void {
    this.last = this.last.then(() => this.#send(body));
  }

  async #send(body: string): Promise<void> {
    const signal = this.#signal;
    if (signal?.aborted) return;
    try {
      if (isAddress(this.#target)) {
        const { post } = await import('./webhook.ts'); // the client that it uses takes long to load
        await post(this.#target, body, this.#limit, signal);
      } else await pipeTo(this.#target, body, this.#limit, signal);
    } catch (error) {
      const message = `The hook ${this.#target} failed: ${reasonOf(error)}`;
      if (message !== this.#told) this.#onTrouble(message); // what goes wrong each time is told once
      this.#told = message;
    }
  }
}

const isAddress = (target: string): boolean => /^https?:\/\//i.test(target);

/** Errors: WrongUsage for a hook that is neither an address nor a command. */
export function checkHooks(targets: readonly string[]): readonly string[] {
  for (const target of targets) {
    const isBroken =
      target.trim() === '' || (isAddress(target) && !URL.canParse(target)) || /^(?!https?:)[a-z][a-z0-9+.-]*:\/\//i.test(target);
    if (isBroken) {
      throw fail('WrongUsage', {
        message: `--hook ${JSON.stringify(target)} is neither a command nor an http:// or https:// address.`,
        remedy: "Write --hook 'notify-send training' or --hook http://127.0.0.1:8000/events.",
      });
    }
  }
  return targets;
}
