/** A content as clients frame it. */
export function awsChunked(
  content: Uint8Array,
  {
    size = 65_536,
    isSigned = false,
    trailer = {},
  }: { readonly size?: number; readonly isSigned?: boolean; readonly trailer?: Readonly<Record<string, string>> },
): Buffer {
  const extension = isSigned ? `;chunk-signature=${'0'.repeat(64)}` : '';
  const pieces: (string | Uint8Array)[] = [];
  for (let at = 0; at < content.length; at += size) {
    const chunk = content.subarray(at, at + size);
    pieces.push(`${chunk.length.toString(16)}${extension}\r\n`, chunk, '\r\n');
  }
  pieces.push(`0${extension}\r\n`, ...Object.entries(trailer).map(([name, value]) => `${name}:${value}\r\n`), '\r\n');
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece)));
}
