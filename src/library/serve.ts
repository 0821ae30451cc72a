import type { HostingRequests } from '../endpoints/serve.ts';
import type { Alarms } from '../hosting/alarms.ts';
import type { ServeGiven } from './given-options.ts';
import type { ServedEndpoint } from './served-endpoint.ts';
import type { SessionOptions } from './session.ts';

/** What `serve` takes: the options of `sm-local serve`, but on a free port unless one is named, and what a program says beside them. */
export interface ServeOptions extends ServeGiven, SessionOptions {
  /** An image, or a directory with a Dockerfile, which is built first. May be left out where the requests, or the project file, name one. */
  readonly image?: string;
  /** Requests that everything else goes on top of; `request` names a file with them. */
  readonly requests?: HostingRequests;
  /** What guards deployments, in place of the alarms of the requests. */
  readonly alarms?: Alarms;
  /**
   * The endpoints go on without this process: the next `serve` with the same home, which does the same, takes them up as they are, and disposing
   * them leaves them. `stop` ends them.
   */
  readonly lasting?: boolean;
  /** Called before anything begins, with what is told from then on: also of endpoints that do not come into service. */
  readonly onBegin?: (telling: Pick<ServedEndpoint, 'events'>) => void;
}

/**
 * Serves an image, or several endpoints, on the user's own engine under SageMaker's contract: `sm-local serve` as a function. Returns when all of
 * them are in service.
 *
 * ```ts
 * await using endpoint = await serve({ image: './iris', model: './model' });
 * const answer = await endpoint.invoke('5.1,3.5,1.4,0.2', { contentType: 'text/csv' });
 * ```
 *
 * Errors: EndpointFailed, with the last lines of its containers; WrongUsage, InvalidRequest, BuildFailed, …; the reason of the signal.
 */
export async function serve(options: ServeOptions): Promise<ServedEndpoint> {
  const { startServing } = await import('./served-endpoint.ts'); // loaded by those who serve
  return await startServing(options);
}
