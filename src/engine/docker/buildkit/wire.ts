/**
 * The wire format of protocol buffers, as far as BuildKit's messages need it. Source: "Encoding" in the documentation of protocol buffers.
 */

/** A field of a message: its number, and what it holds. Numbers of variable length come as bigint, everything else as bytes. */
export interface Field {
  readonly number: number;
  readonly value: bigint | Buffer;
}

/** The fields of a message in their order. Errors: an Error when the bytes are no message. */
export function readFields(message: Buffer): readonly Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at];
      if (byte === undefined || shift > 63n) throw new Error('the bytes are no message of protocol buffers');
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const bytes = (count: number): Buffer => {
    if (at + count > message.length) throw new Error('the bytes are no message of protocol buffers');
    at += count;
    return message.subarray(at - count, at);
  };
  while (at < message.length) {
    const key = Number(varint());
    const number = key >>> 3;
    switch (key & 7) {
      case 0:
        fields.push({ number, value: varint() });
        break;
      case 1:
        fields.push({ number, value: bytes(8) });
        break;
      case 2:
        fields.push({ number, value: bytes(Number(varint())) });
        break;
      case 5:
        fields.push({ number, value: bytes(4) });
        break;
      default:
        throw new Error('the bytes are no message of protocol buffers');
    }
  }
  return fields;
}

/** A message with a field of bytes or text; several make one message when put together. */
export function bytesField(number: number, content: Buffer | string): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}
