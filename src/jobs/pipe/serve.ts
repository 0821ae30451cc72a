import { isError } from '../../errors.ts';
import type { LogFile } from '../../store/log-file.ts';
import type { ObjectSource } from '../channels/locate.ts';
import { type PipeInput, pipeChannel } from './channel.ts';
import { openPipes, type PipeOptions, type PipePlace, type Pipes } from './pipes.ts';

/**
 * The FIFOs of one host. What goes wrong with them is told to whoever awaits `failed`; that nobody has read one, also to the host's log, as in
 * the cloud. Errors: DiskTrouble.
 */
export async function servePipes(
  inputs: readonly PipeInput[],
  place: PipePlace,
  {
    objects,
    log,
    ...within
  }: { readonly objects?: ObjectSource | undefined; readonly log: LogFile } & Pick<PipeOptions, 'openWithin' | 'time'>,
): Promise<Pipes> {
  const channels = inputs.map((input) => pipeChannel(input, objects));
  const pipes = await openPipes(channels, place, within);
  pipes.failed.catch((error) => {
    if (isError(error, 'PipeTimedOut')) log.append('stderr', Buffer.from(`${error.message}\n`));
  });
  return pipes;
}
