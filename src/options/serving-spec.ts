import { parseFaults } from '../contract/faults.ts';
import { parseLimits } from '../contract/limits.ts';
import type { Emulator } from '../emulator.ts';
import type { HostingRequests, ServeSpec } from '../endpoints/serve.ts';
import { gpus, portOf, speedOf } from './common-flags.ts';
import type { ServeValues } from './serve-options.ts';
import { serveRequest, withCapture } from './serve-request.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * What the options, and the requests that they go on top of, ask to be served, but for the source code that may come along. `requests`: them,
 * where they are not in the file that the options name. Errors: WrongUsage, and those of `serveRequest`.
 */
export async function servingSpec(
  image: string | undefined,
  values: ServeValues,
  surroundings: Surroundings,
  emulator: Emulator,
  requests?: HostingRequests,
): Promise<ServeSpec> {
  const limits = parseLimits(values.limit);
  const faults = parseFaults(values.fault);
  const port = portOf(values.port ?? '8080');
  const speed = speedOf(values.speed);
  const { images, ...asked } = withCapture(await serveRequest(image, values, surroundings, emulator, requests), values, surroundings);
  return {
    requests: asked,
    setting: {
      limits,
      ...(speed !== undefined && { speed }),
      startAttempts: values['fast-fail'] ? 1 : 3,
      hasInstanceLimits: values['instance-limits'],
      isModelWritable: values['writable-model'],
      ...(values.gpus !== undefined && { gpus: gpus(values.gpus) }),
      ...(images && { images }),
    },
    port,
    isRaw: values.raw,
    ...(values.fault.length > 0 && { faults }),
  };
}
