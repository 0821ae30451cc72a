import { recordHead, recordPadding } from '../../contract/record-io.ts';
import { slices } from '../../store/slices.ts';
import { openContent } from '../channels/content.ts';
import type { LinePart, LocatedObject } from '../channels/input.ts';
import type { ObjectSource } from '../channels/locate.ts';
import { changed, DataFile, unreadable } from './data-file.ts';
import { Gathered } from './gathered.ts';
import { gunzipped, gunzippedRecord } from './gunzipped.ts';
import type { Run } from './pieces.ts';

/** What becomes of each object on its way to the reader. */
export interface Wrapping {
  /** `CompressionType` Gzip: each object is decompressed. */
  readonly isGzip: boolean;
  /** `RecordWrapperType` RecordIO: each object is a record. */
  readonly isRecordIo: boolean;
  /** Where objects are that are not on this machine. */
  readonly objects?: ObjectSource;
}

/** Up to this size a file is read whole and synchronously, at a tenth of the cost of the way through libuv's pool. */
const smallSize = 64 * 1024;

/**
 * The bytes of objects and values, one after the other without anything between. Nothing but small ones is held in memory.
 *
 * @param groups parts that belong together, such as those of one line
 * @throws DataDownloadFailed for what cannot be read, is no gzip file, or is too long for a record
 */
export async function* runsOf(
  groups: Iterable<readonly LinePart[]> | AsyncIterable<readonly LinePart[]>,
  wrapping: Wrapping,
  signal: AbortSignal,
): AsyncGenerator<Run, void> {
  const gathered = new Gathered(wrapping.isRecordIo);
  const scratch = Buffer.allocUnsafeSlow(smallSize);
  const turn = slices();
  for await (const parts of groups) {
    signal.throwIfAborted();
    const pause = turn();
    if (pause) await pause;
    for (const part of parts) {
      if (part.kind === 'value') {
        for (const run of gathered.add(Buffer.from(part.text), 'a value')) yield run;
        continue;
      }
      const { uri, content } = part.object;
      if (wrapping.isGzip || content.kind === 'stored') {
        for (const run of gathered.take()) yield run;
        yield* streamed(part.object, wrapping, signal);
        continue;
      }
      using file = new DataFile(content.path, uri);
      const runs = file.size <= smallSize ? gathered.add(file.read(scratch), uri) : [...gathered.take(), ...long(file, uri, wrapping)];
      for (const run of runs) yield run;
    }
  }
  for (const run of gathered.take()) yield run;
}

function long({ descriptor, size }: DataFile, uri: string, { isRecordIo }: Wrapping): readonly Run[] {
  // Without records it just ends earlier; a record has said how long it is.
  const onShort = (): void => {
    if (isRecordIo) throw changed(uri);
  };
  const run: Run = { descriptor, length: size, onShort, uri };
  return isRecordIo ? [recordHead(size, uri), run, recordPadding(size)] : [run];
}

function streamed(object: LocatedObject, { isGzip, isRecordIo, objects }: Wrapping, signal: AbortSignal): AsyncGenerator<Run, void> {
  if (!isGzip) return stored(object, isRecordIo, objects, signal);
  return (isRecordIo ? gunzippedRecord : gunzipped)(object, objects, signal);
}

/** An object of a store elsewhere. */
async function* stored(
  { uri, size, content }: LocatedObject,
  isRecordIo: boolean,
  objects: ObjectSource | undefined,
  signal: AbortSignal,
): AsyncGenerator<Run, void> {
  if (isRecordIo) yield recordHead(size, uri);
  let length = 0;
  try {
    for await (const chunk of await openContent(content, objects, signal)) {
      length += (chunk as Buffer).length;
      yield chunk as Buffer;
    }
  } catch (error) {
    throw signal.aborted ? error : unreadable(uri, error);
  }
  if (isRecordIo && length !== size) throw changed(uri);
  if (isRecordIo) yield recordPadding(length);
}
