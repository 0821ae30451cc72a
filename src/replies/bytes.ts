/** The bytes of what is bytes: a Uint8Array, another view of a buffer, or a buffer; of every realm, as test runners have several. */
export function bytesOf(value: unknown): Uint8Array | undefined {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  const kind = Object.prototype.toString.call(value);
  if (kind !== '[object ArrayBuffer]' && kind !== '[object SharedArrayBuffer]') return undefined;
  return new Uint8Array(value as ArrayBuffer);
}
