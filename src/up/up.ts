import type { RequestListener } from 'node:http';
import { handlerOf, listenAt } from '../api/server.ts';
import type { Emulator } from '../emulator.ts';
import { orAborted } from '../engine/steady.ts';
import { reasonOf } from '../errors.ts';
import { Scope } from '../scope.ts';
import { onAbort, type StopSignals } from '../stop.ts';
import { deadOwners } from '../store/owner.ts';
import { Accounts, type AccountsObserver, type AccountsSpec } from './accounts.ts';
import { type ApiClaim, claimApi, forgetEnd, watchForEnd } from './api-process.ts';
import { apiHandler } from './aws-services.ts';
import { listenForContainers } from './callback.ts';

/** How the API is served. */
export interface UpSpec extends AccountsSpec {
  /** 0 takes a free one. */
  readonly port: number;
  /** Containers are told where the API is. */
  readonly hasCallback: boolean;
  /** Where its output goes, when nobody sees it: for `sm-local status`. */
  readonly log?: string;
}

/** AWS's API on one port. Disposing it ends what runs, as the spec says, and waits for that. */
export interface RunningApi extends AsyncDisposable {
  /** `http://127.0.0.1:4570` */
  readonly url: string;
  /** Where containers reach it, if they do. */
  readonly containerUrl?: string;
  /** Settles when its stop signals, or another process, want it to end. */
  readonly ending: Promise<void>;
}

/**
 * Serves AWS's API for this home, in every account and region, and takes over what a process before it has left. Returns when it is ready.
 * Errors: ApiRunning, PortTaken, trouble of the engine or the disk.
 */
export async function serveApi(emulator: Emulator, spec: UpSpec, observer: AccountsObserver, asked: StopSignals): Promise<RunningApi> {
  const scope = new Scope();
  try {
    await emulator.engine.ping();
    const claim = scope.use(await claimFor(emulator, spec));
    const stops = await watchForEnd(emulator, asked);
    scope.defer(() => stops[Symbol.dispose]());
    const hosts: string[] = [];
    const accounts = new Accounts(emulator, spec, observer, stops.kill);
    let open = (): void => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const api = handlerOf(apiHandler(emulator, { accounts, hosts: () => hosts, ...spec, ...observer }));
    let isOpen = false;
    // A client that comes before what was there is taken over would be told that it is not there.
    const handler: RequestListener = (request, response) =>
      isOpen ? api(request, response) : void opened.then(() => api(request, response));
    const server = scope.use(await listenAt(handler, { host: '127.0.0.1', port: spec.port }));
    accounts.url = server.url;
    const door = spec.hasCallback ? await listenForContainers(emulator, { port: server.port, handler }) : undefined;
    if (door) scope.defer(() => door.close());
    if (door && 'why' in door) observer.warning(door.why);
    const containers = door && 'url' in door ? door : undefined;
    if (containers) hosts.push(containers.host);
    let removal = Promise.resolve();
    scope.defer(() => orAborted(removal, stops.kill).catch(() => {})); // when it is cut short, the next command goes on with it
    scope.defer(() => accounts.end());
    await accounts.open();
    isOpen = true;
    open();
    removal = removeLeftBefore(emulator, observer.warning);
    const at = { url: server.url, ...(containers && { containerUrl: containers.url }) };
    await claim.listening(at);
    const ending = onAbort(stops.stop, undefined).aborted.then(() => forgetEnd(emulator));
    return { ...at, ending, [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose]() };
  } catch (error) {
    await scope[Symbol.asyncDispose]();
    throw error;
  }
}

/** What processes before this one have left and nobody goes on with; nobody waits for it. Trouble with it is told. */
async function removeLeftBefore(emulator: Emulator, warning: (message: string) => void): Promise<void> {
  try {
    const scopes = await emulator.everywhere();
    const dead = await Promise.all(scopes.map(({ home }) => deadOwners(home)));
    if (dead.flat().length === 0) return;
    const { removeLeft } = await import('../upkeep/clean.ts');
    await removeLeft(scopes, warning);
  } catch (error) {
    warning(`What processes before this one have left is still there: ${reasonOf(error)}`);
  }
}

async function claimFor(emulator: Emulator, { log }: UpSpec): Promise<ApiClaim> {
  const { root, region, account, s3Endpoint } = emulator;
  return await claimApi(emulator, await root.owner, {
    ...{ pid: process.pid, startTime: emulator.now().toISOString(), region, account },
    ...(s3Endpoint !== undefined && { s3Endpoint }),
    ...(log !== undefined && { log }),
  });
}
