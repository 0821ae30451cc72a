import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { EngineAddress, Exit } from '../engine.ts';
import { type Client, engineError, openStream } from './client.ts';
import { deathsOf } from './deaths.ts';
import { wasOutOfMemory } from './out-of-memory.ts';

export interface ExitWatch {
  /** Settles once the engine has taken the question. */
  readonly asked: Promise<unknown>;
  readonly exited: Promise<Exit>;
  /** Whether it may have ended by a signal sent through the engine; undefined where those were not heard of from its start to its end. */
  wasSignalled(): boolean | undefined;
  giveUp(): void;
}

/** What is told of the end of a container. */
interface Told {
  readonly code: number;
  readonly wasSignalled?: boolean;
}

/**
 * Watches for the end of a container, from before its start. An engine tells of a death as soon as it has happened, and answers a wait when it has
 * taken down the network too, 60 ms later with Docker 20.10; but it may be that it does not get to tell. So both are listened to.
 */
export function watchStart(client: Client, address: EngineAddress, id: string): ExitWatch {
  const abort = new AbortController();
  const { signal } = abort;
  if (!isNear(address)) {
    const wait = openWait(client, id, 'next-exit', signal);
    return watch(client, address, id, { asked: wait, told: codeOf(wait), abort });
  }
  const death = deathsOf(client).of(id);
  const wait = openWait(client, id, 'next-exit', signal);
  const waited = codeOf(wait).finally(() => death.giveUp());
  return watch(client, address, id, { asked: wait, told: Promise.any([waited, death.told]).catch(() => waited), abort });
}

/** Watches for the end of a container that runs, or has ended. */
export function watchRunning(client: Client, address: EngineAddress, id: string): ExitWatch {
  const abort = new AbortController();
  const wait = openWait(client, id, 'not-running', abort.signal);
  return watch(client, address, id, { asked: wait, told: codeOf(wait), abort });
}

interface Listening {
  readonly asked: Promise<unknown>;
  readonly told: Promise<Told>;
  readonly abort: AbortController;
}

function watch(client: Client, address: EngineAddress, id: string, { asked, told, abort }: Listening): ExitWatch {
  let known: Told | undefined;
  const untilExit = async (): Promise<Exit> => {
    try {
      known = await told;
      const { code } = known;
      return { code, oomKilled: code === 137 && (await wasOutOfMemory(client, id)) };
    } catch (error) {
      throw engineError(error, 'wait for the container', address);
    }
  };
  const exited = untilExit();
  exited.catch(() => {}); // whoever awaits it sees the failure
  return { asked, exited, wasSignalled: () => known?.wasSignalled, giveUp: () => abort.abort() };
}

/** Where another connection costs nothing: an ssh program would be begun for it. */
const isNear = ({ host }: EngineAddress): boolean => host.startsWith('unix:') || host.startsWith('npipe:');

/** The engine sends the head of its answer when it begins to wait. */
const openWait = (client: Client, id: string, condition: 'next-exit' | 'not-running', signal: AbortSignal): Promise<Readable> =>
  openStream(client, { method: 'POST', path: `/containers/${id}/wait`, query: { condition }, signal });

async function codeOf(wait: Promise<Readable>): Promise<Told> {
  const { StatusCode: code } = JSON.parse(await text(await wait)) as { readonly StatusCode: number };
  return { code };
}
