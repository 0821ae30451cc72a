import type { CompletedPart } from '@aws-sdk/client-s3';
import { untilAborted } from '../body/until-aborted.ts';
import type { ObjectAddress, ObjectAttributes, PutCondition, Written } from '../objects.ts';
import { sentAttributes, unquoted, wholeSeconds } from './attributes.ts';
import type { S3Access } from './client.ts';
import type { Action } from './failures.ts';

export interface Upload {
  readonly attributes: ObjectAttributes;
  readonly condition?: PutCondition | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends a body of unknown length: in one piece when it is short, else in parts, of which a few are under way at once. The object appears when
 * all of it is there. What `body` throws ends it, and nothing is left. The time is this machine's. Errors: those of `S3Access.call`.
 */
export async function upload(access: S3Access, address: ObjectAddress, body: AsyncIterable<Uint8Array>, how: Upload): Promise<Written> {
  const parts = partsOf(untilAborted(body, how.signal));
  try {
    const first = await parts.next();
    const second = await parts.next();
    if (second.done) return await inOne(access, address, first.value ?? Buffer.alloc(0), how);
    return await inParts(access, address, followedBy([first.value ?? Buffer.alloc(0), second.value], parts), how);
  } finally {
    await parts.return(undefined); // lets go of a body that was not read to its end
  }
}

async function inOne(access: S3Access, address: ObjectAddress, Body: Buffer, { attributes, condition, signal }: Upload): Promise<Written> {
  const request = { ...sentAttributes(attributes), ...sentCondition(condition), ...sentAddress(address), Body, ContentLength: Body.length };
  const { ETag } = await access.call(writing(address), (s3, options) => s3.putObject(request, options), signal);
  return written(Body.length, ETag);
}

async function inParts(
  access: S3Access,
  address: ObjectAddress,
  parts: AsyncIterable<Buffer>,
  { attributes, condition, signal }: Upload,
): Promise<Written> {
  const action = writing(address);
  const begin = { ...sentAttributes(attributes), ...sentAddress(address) };
  const { UploadId } = await access.call(action, (s3, options) => s3.createMultipartUpload(begin, options), signal);
  const of = { ...sentAddress(address), UploadId };
  try {
    const { size, sent } = await sendParts(parts, signal, async (Body, PartNumber, stopped) => {
      const request = { ...of, PartNumber, Body, ContentLength: Body.length };
      const { ETag } = await access.call(action, (s3, options) => s3.uploadPart(request, options), stopped);
      return { PartNumber, ...(ETag !== undefined && { ETag }) };
    });
    const end = { ...of, ...sentCondition(condition), MultipartUpload: { Parts: [...sent] } };
    const { ETag } = await access.call(action, (s3, options) => s3.completeMultipartUpload(end, options), signal);
    return written(size, ETag);
  } catch (error) {
    // Else the store keeps, and charges for, what nobody sees. What went wrong first is what counts.
    await access.call(action, (s3, options) => s3.abortMultipartUpload(of, options)).catch(() => undefined);
    throw error;
  }
}

const sentAddress = ({ bucket, key }: ObjectAddress) => ({ Bucket: bucket, Key: key });

const writing = ({ bucket, key }: ObjectAddress): Action => ({ does: `write s3://${bucket}/${key}`, bucket, key });

const written = (size: number, etag = ''): Written => ({ size, etag: unquoted(etag), lastModified: wholeSeconds(new Date()) });

const sentCondition = (condition: PutCondition | undefined): { IfNoneMatch?: '*'; IfMatch?: string } => {
  if (!condition) return {};
  return 'ifAbsent' in condition ? { IfNoneMatch: '*' } : { IfMatch: `"${condition.ifMatch}"` };
};

/** Bytes of a part. There may be 10 000 of at least 5 MB; with the later ones they hold 360 GB. Source: Amazon S3 user guide, multipart limits. */
const partSize = (number: number): number => (number <= 5000 ? 8 : 64) * 1024 * 1024;

/** The more, the more memory: each is held until the store has it. */
const atOnce = 4;

/** Chunks gathered to parts, of which only the last may be smaller. */
async function* partsOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void> {
  let [number, size] = [1, 0];
  let chunks: Uint8Array[] = [];
  for await (let chunk of body) {
    while (size + chunk.length >= partSize(number)) {
      const room = partSize(number) - size;
      yield Buffer.concat([...chunks, chunk.subarray(0, room)]);
      chunk = chunk.subarray(room);
      [number, size, chunks] = [number + 1, 0, []];
    }
    if (chunk.length > 0) chunks.push(chunk);
    size += chunk.length;
  }
  if (size > 0) yield Buffer.concat(chunks);
}

async function* followedBy<T>(before: readonly T[], after: AsyncIterable<T>): AsyncGenerator<T, void> {
  yield* before;
  yield* after;
}

/** The first failure ends all; this returns or throws when none is under way any more. */
async function sendParts(
  parts: AsyncIterable<Buffer>,
  signal: AbortSignal | undefined,
  send: (part: Buffer, number: number, stopped: AbortSignal) => Promise<CompletedPart>,
): Promise<{ readonly size: number; readonly sent: readonly CompletedPart[] }> {
  const failed = new AbortController();
  const stopped = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
  const sent: CompletedPart[] = [];
  const sending = new Set<Promise<void>>();
  let [size, number] = [0, 0];
  try {
    for await (const part of parts) {
      number += 1;
      size += part.length;
      const index = number - 1;
      const one = send(part, number, stopped)
        .then(
          (done) => {
            sent[index] = done;
          },
          (error: unknown) => failed.abort(error),
        )
        .finally(() => sending.delete(one));
      sending.add(one);
      if (sending.size >= atOnce) await Promise.race(sending);
      failed.signal.throwIfAborted();
    }
  } catch (error) {
    failed.abort(error);
  }
  await Promise.all(sending);
  failed.signal.throwIfAborted();
  return { size, sent };
}
