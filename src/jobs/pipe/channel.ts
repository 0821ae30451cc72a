import type { Channel } from '@aws-sdk/client-sagemaker';
import { downloadFailed } from '../../contract/data-download.ts';
import { type Ordering, objectOrder } from '../../contract/object-order.ts';
import { isError } from '../../errors.ts';
import type { ChannelInput, LineManifest, LinePart, ObjectsInput } from '../channels/input.ts';
import type { ObjectSource } from '../channels/locate.ts';
import { Pieces } from './pieces.ts';
import type { PipeChannel } from './pipes.ts';
import { runsOf, type Wrapping } from './runs.ts';

/** A channel in Pipe mode as one host gets it. */
export function pipeChannel(
  input: Exclude<ChannelInput, { kind: 'file-system' }>,
  request: Pick<Channel, 'CompressionType' | 'RecordWrapperType' | 'ShuffleConfig'>,
  shard: Ordering['shard'],
  objects?: ObjectSource,
): PipeChannel {
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
