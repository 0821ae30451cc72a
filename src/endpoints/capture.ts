import type { CreateEndpointConfigInput } from '@aws-sdk/client-sagemaker';
import type { Emulator } from '../emulator.ts';
import { type DataCapture, openDataCapture } from '../hosting/capture/data-capture.ts';
import type { ImageObserver } from '../image.ts';
import type { Scope } from '../scope.ts';

/**
 * What writes down the invocations of an endpoint as its configuration says, until `scope` ends, which must be after the last of them.
 * Undefined where nothing is to be captured. Errors: NoSuchBucket, DiskTrouble, SourceNotSupported, InvalidRequest.
 */
export async function endpointCapture(
  emulator: Emulator,
  { endpoint, config }: { readonly endpoint: string; readonly config: CreateEndpointConfigInput },
  observer: ImageObserver,
  scope: Scope,
): Promise<DataCapture | undefined> {
  if (config.DataCaptureConfig === undefined) return undefined;
  const temporary = scope.use(await emulator.temporaryDirectory(`capture.${endpoint}`)).path;
  const place = { objects: () => emulator.objects, temporary };
  const onWarning = (message: string): void => observer.event({ event: 'warning', message });
  const capture = await openDataCapture(config.DataCaptureConfig, place, { endpoint, onWarning, now: emulator.now });
  if (capture) scope.defer(() => capture.close());
  return capture;
}
