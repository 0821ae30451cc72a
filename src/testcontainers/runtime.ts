import {
  type ContainerRuntimeClient,
  getContainerRuntimeClient,
  getReaper,
  LABEL_TESTCONTAINERS_SESSION_ID as sessionLabel,
} from 'testcontainers';
import { dockerEngine } from '../engine/docker/engine.ts';
import type { Engine, EngineAddress, Labels } from '../engine/engine.ts';
import { fail, reasonOf } from '../errors.ts';

/** The engine that testcontainers itself uses, so that the user's other containers and networks are beside ours. */
export interface Runtime extends AsyncDisposable {
  readonly client: ContainerRuntimeClient;
  readonly engine: Engine;
  /** What the reaper of this session removes things by, when it runs, and what people look for testcontainers' things by. */
  readonly labels: Labels;
}

/** Starts the reaper, unless TESTCONTAINERS_RYUK_DISABLED is `true`. Errors: EngineUnreachable, ReaperNotStarted. */
export async function openRuntime(): Promise<Runtime> {
  const client = await getContainerRuntimeClient().catch((error: unknown) => {
    throw fail(
      'EngineUnreachable',
      { where: 'the places where testcontainers looks', rule: 'testcontainers', why: reasonOf(error) },
      error,
    );
  });
  const { sessionId } = await getReaper(client).catch((error: unknown) => {
    throw fail('ReaperNotStarted', { why: reasonOf(error) }, error);
  });
  const engine = dockerEngine(addressOf(client.container.getById('any').modem as Modem));
  return {
    client,
    engine,
    labels: { ...ofTestcontainers, [sessionLabel]: sessionId },
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}

/** Those of what outlives its session: the reaper is to leave it alone. */
export const ofTestcontainers: Labels = { 'org.testcontainers': 'true', 'org.testcontainers.lang': 'node' };

/** How the client of testcontainers reaches its engine. */
interface Modem {
  readonly socketPath?: string;
  readonly protocol?: string;
  readonly host?: string;
  readonly port?: string | number;
  readonly username?: string;
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
}

export function addressOf({ socketPath, protocol = 'http', host = 'localhost', port, username, ca, cert, key }: Modem): EngineAddress {
  const rule = 'testcontainers';
  if (socketPath !== undefined) return { host: `${process.platform === 'win32' ? 'npipe' : 'unix'}://${socketPath}`, rule };
  const at = port === undefined ? host : `${host}:${port}`;
  if (protocol === 'ssh') return { host: `ssh://${username === undefined ? '' : `${username}@`}${at}`, rule };
  if (protocol !== 'https') return { host: `tcp://${at}`, rule };
  const tls = { ...(ca && { ca: String(ca) }), ...(cert && { cert: String(cert) }), ...(key && { key: String(key) }) };
  return { host: `tcp://${at}`, rule, tls };
}
