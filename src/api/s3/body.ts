import { type DigestName, digestOf } from '../../store/body/digests.ts';
import type { WrittenBody } from '../../store/body/write-body.ts';
import { AwsChunkedDecoder } from './aws-chunked.ts';
import type { Call } from './call.ts';
import {
  bytesOf,
  type ChecksumName,
  checkChecksum,
  checkedChecksum,
  checksumNamed,
  type GivenChecksum,
  givenChecksum,
} from './checksums.ts';
import { refuse } from './errors.ts';
import { requestChunks } from './request-chunks.ts';

/** The body of a request, without its framing, and what it has to prove. */
export interface IncomingBody {
  readonly content: AsyncIterable<Uint8Array>;
  /** What `verify` needs besides MD5. */
  readonly digests: readonly DigestName[];
  /**
   * To be called when the content has ended, before anything is made of it. Returns the checksum that the client gave.
   * Errors: BadDigest, XAmzContentSHA256Mismatch, IncompleteBody, MalformedTrailerError.
   */
  verify(body: WrittenBody): GivenChecksum | undefined;
}

/** Bytes of an object that is put or copied at once, or of a part. Source: Amazon S3 user guide, "Amazon S3 multipart upload limits". */
export const largestPut = 5 * 1024 ** 3;

/** Errors: what is wrong with the headers that tell of the body. `content` throws RequestTimeout and IncompleteBody, too. */
export function incomingBody(call: Call): IncomingBody {
  const { request, patience } = call;
  const sha256 = literalOrForm(call);
  const decoder = sha256?.startsWith('STREAMING-') ? new AwsChunkedDecoder() : undefined;
  const length = lengthOf(call, decoder !== undefined);
  const md5 = call.header('content-md5');
  if (md5 !== undefined && bytesOf(md5)?.length !== 16) throw refuse('InvalidDigest', { 'Content-MD5': md5 });
  const inHeaders = givenChecksum(call.headersAfter('x-amz-checksum-'));
  const inTrailer = decoder && trailing(call);
  const isLiteral = sha256 !== undefined && isHash.test(sha256);
  if (!inHeaders && !inTrailer && request.headers['x-amz-sdk-checksum-algorithm'] !== undefined) {
    const message = 'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.';
    throw refuse('InvalidRequest', {}, message);
  }
  const digests = [...(isLiteral ? ['sha256' as const] : []), ...(inHeaders ? [inHeaders.name] : []), ...(inTrailer ? [inTrailer] : [])];
  const chunks = requestChunks(request, patience);
  return {
    content: decoder ? withoutFraming(chunks, decoder, length) : chunks,
    digests: [...new Set(digests)],
    verify(body) {
      if (body.size !== length) throw refuse('IncompleteBody', { NumberBytesExpected: length, NumberBytesProvided: body.size });
      const hash = body.digests.get('sha256')?.toString('hex');
      if (isLiteral && hash !== sha256) {
        throw refuse('XAmzContentSHA256Mismatch', { ClientComputedContentSHA256: sha256, S3ComputedContentSHA256: hash ?? '' });
      }
      const found = body.digests.get('md5')?.toString('base64');
      if (md5 !== undefined && found !== md5) throw refuse('BadDigest', { ExpectedDigest: md5, CalculatedDigest: found ?? '' });
      const given = inHeaders ?? (inTrailer && decoder && trailed(decoder, inTrailer));
      if (given) checkChecksum(given, body.digests);
      return given;
    },
  };
}

/** Bytes: more than any document of S3's may have, that which names a thousand keys included. */
const largestDocument = 8 * 1024 * 1024;

export interface ReadDocument {
  readonly bytes: Buffer;
  /** Whether the client proved it by a digest of its own. */
  readonly isProved: boolean;
}

/** A body that is wanted whole, proved like any other. Errors: MaxMessageLengthExceeded, and those of `incomingBody`. */
export async function readDocument(call: Call): Promise<ReadDocument> {
  // Where there is none, its operation says so better.
  if (call.request.headers['content-length'] === undefined && call.request.headers['transfer-encoding'] === undefined) {
    return { bytes: Buffer.alloc(0), isProved: false };
  }
  const body = incomingBody(call);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body.content) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > largestDocument) throw refuse('MaxMessageLengthExceeded', { MaxMessageLengthBytes: largestDocument });
  }
  const bytes = Buffer.concat(chunks, size);
  const given = body.verify({ size, digests: new Map([...body.digests, 'md5' as const].map((name) => [name, digestOf(name, bytes)])) });
  return { bytes, isProved: given !== undefined || call.header('content-md5') !== undefined };
}

/** Of the content, in bytes. Errors: MissingContentLength, NotImplemented, InvalidArgument, EntityTooLarge. */
function lengthOf({ request: { headers }, header }: Call, isFramed: boolean): number {
  const text = isFramed ? header('x-amz-decoded-content-length') : headers['content-length'];
  if (text === undefined) {
    // S3 takes no body of unknown length.
    if (!isFramed && headers['transfer-encoding'] !== undefined) throw refuse('NotImplemented', { Header: 'Transfer-Encoding' });
    throw refuse('MissingContentLength');
  }
  if (!/^\d{1,15}$/.test(text)) throw refuse('InvalidArgument', { ArgumentName: 'x-amz-decoded-content-length', ArgumentValue: text });
  const length = Number(text);
  if (length > largestPut) throw refuse('EntityTooLarge', { ProposedSize: length, MaxSizeAllowed: largestPut });
  return length;
}

/** What `x-amz-content-sha256` says: a hash, that there is none, or the framing of the body. Errors: InvalidArgument. */
function literalOrForm({ header }: Call): string | undefined {
  const value = header('x-amz-content-sha256');
  if (value === undefined || value === 'UNSIGNED-PAYLOAD' || isHash.test(value) || framings.has(value)) return value;
  const message =
    'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.';
  throw refuse('InvalidArgument', { ArgumentName: 'x-amz-content-sha256', ArgumentValue: value }, message);
}

const isHash = /^[0-9a-f]{64}$/;

const framings: ReadonlySet<string> = new Set([
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
  'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD',
  'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER',
]);

/** The checksum that comes after the content. Errors: InvalidRequest. */
function trailing({ header }: Call): ChecksumName | undefined {
  const named = header('x-amz-trailer')?.trim().toLowerCase();
  if (named === undefined || named === '') return undefined;
  const [, name] = /^x-amz-checksum-(\w+)$/.exec(named) ?? [];
  if (name === undefined) throw refuse('InvalidRequest', {}, 'The value specified in the x-amz-trailer header is not supported');
  return checksumNamed(name);
}

function trailed({ trailers }: AwsChunkedDecoder, name: ChecksumName): GivenChecksum {
  const value = trailers.get(`x-amz-checksum-${name}`);
  if (value === undefined) throw refuse('MalformedTrailerError');
  return checkedChecksum(name, value);
}

async function* withoutFraming(
  chunks: AsyncIterable<Buffer>,
  decoder: AwsChunkedDecoder,
  length: number,
): AsyncGenerator<Uint8Array, void> {
  let size = 0;
  for await (const chunk of chunks) {
    for (const piece of decoder.decode(chunk)) {
      size += piece.length;
      if (size > length) throw refuse('IncompleteBody', { NumberBytesExpected: length, NumberBytesProvided: size });
      yield piece;
    }
  }
  decoder.end();
}
