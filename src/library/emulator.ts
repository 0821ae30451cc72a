import type { UpGiven } from './given-options.ts';
import type { SessionOptions } from './session.ts';
import type { StartedEmulator } from './started-emulator.ts';

/**
 * What `startEmulator` takes: the options of `sm-local up`, but on a free port unless one is named, and ephemeral unless it is told otherwise or
 * a home is named.
 */
export interface StartOptions extends UpGiven, SessionOptions {}

/**
 * Serves AWS's API in this process, for unmodified clients: `sm-local up` as a function. Returns when it is ready.
 *
 * ```ts
 * await using emulator = await startEmulator();
 * const sagemaker = new SageMakerClient(emulator.clientConfig);
 * ```
 *
 * Errors: ApiRunning, PortTaken, WrongUsage, trouble of the engine or the disk; the reason of the signal.
 */
export async function startEmulator(options: StartOptions = {}): Promise<StartedEmulator> {
  const { startServingApi } = await import('./started-emulator.ts'); // loaded by those who use it
  return await startServingApi(options);
}
