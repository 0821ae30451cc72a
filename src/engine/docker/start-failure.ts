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
  if (
    /executable file not found|exec: |exec format error|permission denied: unknown|is a directory: unknown|no such file or directory: unknown/.test(
      message,
    )
  ) {
    return fail('NotStartable', { message: ownWords(message) }, error);
  }
  return engineError(error, 'start a container', address);
}

/** The runtime's own sentence, e.g. `exec: "train": executable file not found in $PATH`, out of the engine's chain of prefixes. */
function ownWords(message: string): string {
  return /exec: .*/s.exec(message)?.[0].replace(/: unknown\s*$/, '') ?? message;
}
