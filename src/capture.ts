import type { DataCaptureConfig } from '@aws-sdk/client-sagemaker';
import type { Emulator } from './emulator.ts';
import { type DataCapture, openDataCapture } from './hosting/capture/data-capture.ts';
import type { Scope } from './scope.ts';

/**
 * What writes down the invocations of an endpoint of this process. It is closed by `scope`, so it must be made before whatever takes requests.
 * Undefined where nothing is to be captured. Errors: NoSuchBucket, DiskTrouble, SourceNotSupported, InvalidRequest.
 */
export async function endpointCapture(
  emulator: Emulator,
  endpoint: string,
  config: DataCaptureConfig | undefined,
  onWarning: (message: string) => void,
  scope: Scope,
): Promise<DataCapture | undefined> {
  if (config === undefined) return undefined;
  const temporary = scope.use(await emulator.temporaryDirectory(`capture.${endpoint}`)).path;
  const place = { objects: () => emulator.objects, temporary };
  const capture = await openDataCapture(config, place, { endpoint, onWarning, now: emulator.now });
  if (capture) scope.defer(() => capture.close());
  return capture;
}
