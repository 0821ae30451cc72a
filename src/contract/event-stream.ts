import { crc32 } from 'node:zlib';

/**
 * The messages in which InvokeEndpointWithResponseStream answers. Big-endian: the length of all, the length of the headers, the CRC-32 of
 * those eight bytes, the headers, the payload, the CRC-32 of all before. Source: contract runtime-api §4.1, tried with botocore and the SDK
 * for JavaScript.
 */
export const eventStreamType = 'application/vnd.amazon.eventstream';

/** Bytes of one part. Ours: the cloud's bound is not published. */
export const longestPart = 1024 * 1024;

/** A piece of the container's answer: one PayloadPart, or several in a row where it is longer than one may be. */
export function payloadParts(piece: Uint8Array): Buffer {
  if (piece.length <= longestPart) return message(partHeaders, piece);
  const parts: Buffer[] = [];
  for (let at = 0; at < piece.length; at += longestPart) parts.push(message(partHeaders, piece.subarray(at, at + longestPart)));
  return Buffer.concat(parts);
}

/** Why a stream of the container is not whole. Source: API Reference, ModelStreamError, which describes each in the words below. */
export type ModelStreamErrorCode = keyof typeof modelStreamErrors;
const modelStreamErrors = {
  ModelInvocationTimeExceeded: 'The model failed to finish sending the response within the timeout period allowed by Amazon SageMaker AI.',
  StreamBroken: 'The Transmission Control Protocol (TCP) connection between the client and the model was reset or closed.',
} as const;

/** The last message of a stream that the container did not finish. */
export const modelStreamError = (code: ModelStreamErrorCode): Buffer =>
  message(modelErrorHeaders, Buffer.from(JSON.stringify({ ErrorCode: code, Message: modelStreamErrors[code] })));

/** The last message of a stream that a defect of ours ends. */
export const internalStreamFailure = (why: string): Buffer => message(failureHeaders, Buffer.from(JSON.stringify({ Message: why })));

function message(headers: Buffer, payload: Uint8Array): Buffer {
  const length = preludeLength + headers.length + payload.length + crcLength;
  const bytes = Buffer.allocUnsafe(length);
  bytes.writeUInt32BE(length, 0);
  bytes.writeUInt32BE(headers.length, 4);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
  bytes.set(headers, preludeLength);
  bytes.set(payload, preludeLength + headers.length);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, length - crcLength)), length - crcLength);
  return bytes;
}

const preludeLength = 12;
const crcLength = 4;
/** The type of a header whose value is a string; no message here has others. */
const stringType = 7;

const headersOf = (headers: Readonly<Record<string, string>>): Buffer => Buffer.concat(Object.entries(headers).map(header));

/** Length of the name, name, type, length of the value, value. */
function header([name, value]: readonly [string, string]): Buffer {
  const lengths = [Buffer.from([name.length]), Buffer.from([stringType, value.length >> 8, value.length & 0xff])] as const;
  return Buffer.concat([lengths[0], Buffer.from(name), lengths[1], Buffer.from(value)]);
}

const exceptionHeaders = (type: string): Buffer =>
  headersOf({ ':message-type': 'exception', ':exception-type': type, ':content-type': 'application/json' });

const partHeaders = headersOf({ ':message-type': 'event', ':event-type': 'PayloadPart', ':content-type': 'application/octet-stream' });
const modelErrorHeaders = exceptionHeaders('ModelStreamError');
const failureHeaders = exceptionHeaders('InternalStreamFailure');

// --- the other way ---------------------------------------------------------------------------------

/** What a message says. */
export type StreamEvent =
  | { readonly kind: 'part'; readonly payload: Buffer }
  | { readonly kind: 'exception'; readonly type: string; readonly code?: string; readonly message: string };

/** The events of a stream, however its bytes are cut. @throws Error when it is damaged or ends too early. */
export async function* readEventStream(chunks: AsyncIterable<Buffer>): AsyncGenerator<StreamEvent, void> {
  let waiting: Buffer[] = [];
  let length = 0;
  let wanted = preludeLength;
  for await (const chunk of chunks) {
    waiting.push(chunk);
    length += chunk.length;
    while (length >= wanted) {
      const bytes: Buffer = waiting.length === 1 && waiting[0] ? waiting[0] : Buffer.concat(waiting);
      waiting = [bytes];
      wanted = lengthOf(bytes);
      if (length < wanted) break;
      yield eventOf(bytes.subarray(0, wanted));
      waiting = [bytes.subarray(wanted)];
      length -= wanted;
      wanted = preludeLength;
    }
  }
  if (length > 0) throw new Error('the event stream ends in the middle of a message');
}

/** Of the message that these bytes begin. */
function lengthOf(bytes: Buffer): number {
  if (crc32(bytes.subarray(0, 8)) !== bytes.readUInt32BE(8)) throw damaged();
  return bytes.readUInt32BE(0);
}

function eventOf(bytes: Buffer): StreamEvent {
  const end = bytes.length - crcLength;
  if (crc32(bytes.subarray(0, end)) !== bytes.readUInt32BE(end)) throw damaged();
  const payloadAt = preludeLength + bytes.readUInt32BE(4);
  const headers = readHeaders(bytes.subarray(preludeLength, payloadAt));
  const payload = bytes.subarray(payloadAt, end);
  const type = headers.get(':exception-type');
  if (type === undefined) return { kind: 'part', payload };
  const { ErrorCode: code, Message: message = '' } = JSON.parse(payload.toString()) as { ErrorCode?: string; Message?: string };
  return { kind: 'exception', type, message, ...(code !== undefined && { code }) };
}

function readHeaders(bytes: Buffer): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const nameEnd = at + 1 + bytes.readUInt8(at);
    if (bytes.readUInt8(nameEnd) !== stringType) throw damaged();
    const valueAt = nameEnd + 3;
    const valueEnd = valueAt + bytes.readUInt16BE(nameEnd + 1);
    headers.set(bytes.toString('utf8', at + 1, nameEnd), bytes.toString('utf8', valueAt, valueEnd));
    at = valueEnd;
  }
  return headers;
}

const damaged = (): Error => new Error('the event stream is damaged');
