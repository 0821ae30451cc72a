import { fail, type SmLocalError } from '../../errors.ts';
import type { ContainerSpec, EngineAddress } from '../engine.ts';
import { engineError, messageOf } from './client.ts';

/** Sorts what an engine says about a failed start by who has to act: the image's author, the owner of a port, the owner of the machine. */
export function startFailure(error: unknown, spec: ContainerSpec, address: EngineAddress): SmLocalError {
  const message = messageOf(error);
  if (/could not select device driver|nvidia-container-cli|unresolvable CDI devices/.test(message)) {
    return fail('NoGpu', { wanted: String(spec.gpus ?? ''), why: message }, error);
  }
  const port = /(?:port is already allocated|address already in use)/.test(message) && /:(\d+)(?:\s|$|:)/.exec(message)?.[1];
  if (port) return fail('PortTaken', { address: '127.0.0.1', port: Number(port) }, error);
  if (isImagesFault(message)) return fail('NotStartable', { message: ownWords(message) }, error);
  return engineError(error, 'start a container', address);
}

/**
 * The program cannot be executed, or its user or working directory cannot be had. A mount that fails reads alike ("no such file or
 * directory") and is not the image's fault.
 */
const isImagesFault = (message: string): boolean =>
  !/error mounting|mount volume/.test(message) &&
  /exec: |exec format error|executable file .*not found|open executable|exec user process|unable to find (user|group)|chdir to cwd/.test(
    message,
  );

/** The runtime's own sentence, e.g. `exec: "train": executable file not found in $PATH`, out of the engine's chain of prefixes. */
function ownWords(message: string): string {
  return /(?:exec: |chdir to cwd|unable to find ).*/s.exec(message)?.[0].replace(/: unknown\s*$/, '') ?? message;
}
