import type { ServeOptions } from './options.ts';
import type { ServedEndpoint } from './served-endpoint.ts';

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
