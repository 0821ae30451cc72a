import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { downloadFailed } from '../../contract/data-download.ts';
import { recordHead, recordPadding } from '../../contract/record-io.ts';
import { whyOf } from '../../store/disk-trouble.ts';
import { openContent } from '../channels/content.ts';
import type { LocatedObject } from '../channels/input.ts';
import type { ObjectSource } from '../channels/locate.ts';
import { changed } from './data-file.ts';
import type { Run } from './pieces.ts';

/** The decompressed bytes of an object that is one gzip file, of one member or several. @throws DataDownloadFailed when it is none */
export async function* gunzipped(
  { uri, content }: LocatedObject,
  objects: ObjectSource | undefined,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const source = await openContent(content, objects, signal);
  const target = createGunzip({ chunkSize: 256 * 1024 });
  pipeline(source, target, () => undefined); // what goes wrong comes out of the iteration
  try {
    for await (const chunk of target) yield chunk as Buffer;
  } catch (error) {
    if (signal.aborted) throw error;
    throw downloadFailed(
      `${uri} cannot be decompressed: ${whyOf(error)}`,
      'The channel has CompressionType Gzip, so each object must be a gzip file (gzip --test FILE); or set CompressionType to None.',
      error,
    );
  } finally {
    source.destroy();
    target.destroy();
  }
}

/** Bytes of a record that are kept while its length is not known. */
const mostKept = 1024 * 1024;

/** A record begins with its length, which a gzip file does not tell for certain: a long one is decompressed once to count, and then again. */
export async function* gunzippedRecord(
  object: LocatedObject,
  objects: ObjectSource | undefined,
  signal: AbortSignal,
): AsyncGenerator<Run, void> {
  let kept: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of gunzipped(object, objects, signal)) {
    length += chunk.length;
    if (length <= mostKept) kept.push(chunk);
    else kept = [];
  }
  yield recordHead(length, object.uri);
  let passed = 0;
  for await (const chunk of length <= mostKept ? kept : gunzipped(object, objects, signal)) {
    passed += chunk.length;
    yield chunk;
  }
  if (passed !== length) throw changed(object.uri);
  yield recordPadding(length);
}
