import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { fail } from '../../errors.ts';
import type { LocatedObject, ObjectContent } from './input.ts';
import type { ObjectSource } from './locate.ts';

/** The bytes of an object as it is now, in chunks of up to 1 MB. The stream is to be read to its end, or destroyed. */
export async function openContent(content: ObjectContent, objects: ObjectSource | undefined, signal?: AbortSignal): Promise<Readable> {
  if (content.kind === 'file') return createReadStream(content.path, { highWaterMark: 1024 * 1024, ...(signal && { signal }) });
  const { bucket, key } = content.address;
  if (!objects) throw fail('SourceNotSupported', { what: 'An object', uri: `s3://${bucket}/${key}` });
  return (await objects.get(content.address, signal && { signal })).body;
}

/** The whole of a text that has to be read at once. Errors: as of the store, and the system's own. */
export async function readWhole({ content }: LocatedObject, objects: ObjectSource | undefined, signal?: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of await openContent(content, objects, signal)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
