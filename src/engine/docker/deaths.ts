import type { Readable } from 'node:stream';
import { type Client, openStream } from './client.ts';
import { mayHaveEnded } from './ending-signals.ts';
import { readRecords } from './records.ts';

/** What is told of the end of a container. */
export interface Death {
  readonly code: number;
  /** Whether somebody sent it a signal through the engine that may have ended it. */
  readonly wasSignalled: boolean;
}

/** Somebody waits for the death of a container. */
export interface DeathWatch {
  /** Errors: events that end without it, or do not say the exit code; it was given up. */
  readonly told: Promise<Death>;
  giveUp(): void;
}

interface Waiting {
  readonly signals: (string | undefined)[];
  readonly resolve: (death: Death) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The deaths of containers, out of one stream of the engine's events for all that wait: it is open as long as somebody does. An engine compares each
 * event with each stream there is, which with a stream for each of twenty containers that begin together costs it a hundredth of their time.
 */
export class Deaths {
  readonly #client: Client;
  readonly #waiting = new Map<string, Waiting>();
  #open: AbortController | undefined;

  constructor(client: Client) {
    this.#client = client;
  }

  /** To be asked for before the container is started. */
  of(id: string): DeathWatch {
    let waiting: Waiting | undefined;
    const told = new Promise<Death>((resolve, reject) => {
      waiting = { signals: [], resolve, reject };
      this.#waiting.set(id, waiting);
    });
    if (!this.#open) this.#listen();
    const giveUp = (): void => {
      waiting?.reject(new Error('it was given up'));
      if (this.#waiting.get(id) === waiting) this.#forget(id); // it may have been started again meanwhile
    };
    return { told, giveUp };
  }

  #listen(): void {
    const open = new AbortController();
    this.#open = open;
    this.#read(open.signal).then(
      () => this.#ended(open, new Error('the engine tells of no more events')),
      (error: unknown) => this.#ended(open, error),
    );
  }

  async #read(signal: AbortSignal): Promise<void> {
    for await (const { Action, Actor } of readRecords(await openEvents(this.#client, signal))) {
      const { ID = '', Attributes = {} } = (Actor ?? {}) as {
        readonly ID?: string;
        readonly Attributes?: Readonly<Record<string, string>>;
      };
      const waiting = this.#waiting.get(ID);
      if (!waiting) continue;
      const { exitCode = '', signal: sent } = Attributes;
      if (Action === 'kill') waiting.signals.push(sent);
      if (Action !== 'die') continue;
      const code = Number(exitCode);
      if (/^\d+$/.test(exitCode)) waiting.resolve({ code, wasSignalled: waiting.signals.some((each) => mayHaveEnded(each, code)) });
      else waiting.reject(new Error('the engine did not tell the exit code of the container'));
      this.#forget(ID);
    }
  }

  #forget(id: string): void {
    this.#waiting.delete(id);
    if (this.#waiting.size > 0) return;
    this.#open?.abort();
    this.#open = undefined;
  }

  /** Who waits has to hear of the end in another way; who comes later has another stream. */
  #ended(open: AbortController, error: unknown): void {
    if (this.#open !== open) return;
    this.#open = undefined;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

const openEvents = (client: Client, signal: AbortSignal): Promise<Readable> =>
  openStream(client, { method: 'GET', path: '/events', query: { filters: JSON.stringify({ event: ['kill', 'die'] }) }, signal });

const known = new WeakMap<Client, Deaths>();

/** Those that are told to this client. */
export function deathsOf(client: Client): Deaths {
  const deaths = known.get(client) ?? new Deaths(client);
  known.set(client, deaths);
  return deaths;
}
