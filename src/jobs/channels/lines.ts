/** A line of a file and where it stands in it. */
export interface Line {
  /** Without the line end. Valid until the next line is asked for. */
  readonly bytes: Buffer;
  /** Of its first byte. */
  readonly offset: number;
}

const lineEnd = 0x0a;

/** Cuts bytes into lines, however they were cut before; one after the last line end counts only when it has something in it. */
export async function* linesOf(chunks: Iterable<Buffer> | AsyncIterable<Buffer>): AsyncGenerator<Line, void> {
  /** The beginning of a line whose end is in a later chunk. */
  let begun: Buffer[] = [];
  let offset = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(lineEnd); at >= 0; at = chunk.indexOf(lineEnd, from)) {
      const end = chunk.subarray(from, at);
      const bytes = begun.length === 0 ? end : Buffer.concat([...begun, end]);
      begun = [];
      yield { bytes, offset };
      offset += bytes.length + 1;
      from = at + 1;
    }
    if (from < chunk.length) begun.push(Buffer.from(chunk.subarray(from)));
  }
  if (begun.length > 0) yield { bytes: Buffer.concat(begun), offset };
}
