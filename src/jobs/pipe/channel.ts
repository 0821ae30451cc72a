import type { Channel } from '@aws-sdk/client-sagemaker';
import { downloadFailed } from '../../contract/data-download.ts';
import { type Ordering, objectOrder } from '../../contract/object-order.ts';
import { isError } from '../../errors.ts';
import type { ChannelInput, LineManifest, LinePart, ObjectsInput } from '../channels/input.ts';
import type { ObjectSource } from '../channels/locate.ts';
import { Pieces } from './pieces.ts';
import type { PipeChannel } from './pipes.ts';
import { runsOf, type Wrapping } from './runs.ts';

/** What one host gets of a channel in Pipe mode. */
export interface PipeInput {
  readonly input: Exclude<ChannelInput, { kind: 'file-system' }>;
  /** As the request has it. */
  readonly channel: Pick<Channel, 'CompressionType' | 'RecordWrapperType' | 'ShuffleConfig'>;
  readonly shard?: Ordering['shard'];
}

/** @param objects where objects are that are not on this machine */
export function pipeChannel({ input, channel: request, shard }: PipeInput, objects?: ObjectSource): PipeChannel {
  const wrapping: Wrapping = {
    isGzip: request.CompressionType === 'Gzip',
    isRecordIo: request.RecordWrapperType === 'RecordIO',
    ...(objects && { objects }),
  };
  const seed = request.ShuffleConfig?.Seed;
  let pieces: Pieces | undefined;
  return {
    name: input.channel,
    epoch(epoch, signal) {
      pieces ??= new Pieces(); // a channel that is never read takes no memory
      const ordering: Ordering = { epoch, ...(seed !== undefined && { seed }), ...(shard && { shard }) };
      const parts = input.kind === 'lines' ? partsOfLines(input.manifest, ordering, signal) : partsOfObjects(input, ordering);
      return pieces.of(runsOf(parts, wrapping, signal));
    },
  };
}

function* partsOfObjects({ objects }: ObjectsInput, ordering: Ordering): Generator<readonly LinePart[], void> {
  for (const index of objectOrder(objects.length, ordering)) {
    const object = objects[index];
    if (object) yield [{ kind: 'object', object }];
  }
}

/** What was right when the job was created and is wrong now is a matter of the data. @throws DataDownloadFailed */
async function* partsOfLines(manifest: LineManifest, ordering: Ordering, signal: AbortSignal): AsyncGenerator<readonly LinePart[], void> {
  try {
    using lines = await manifest.open(signal);
    for (const line of objectOrder(lines.count, ordering)) yield lines.parts(line);
  } catch (error) {
    throw isError(error) ? downloadFailed(error.message, error.remedy, error) : error;
  }
}
