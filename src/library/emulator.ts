import type { StartOptions } from './options.ts';
import type { StartedEmulator } from './started-emulator.ts';

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
