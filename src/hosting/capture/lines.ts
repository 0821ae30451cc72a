import { StringDecoder } from 'node:string_decoder';
import { type CapturedEvent, type CaptureEncoding, lineAround } from '../../contract/data-capture.ts';
import { slices } from '../../store/slices.ts';

/** A captured invocation with its data, as it came. */
export interface CapturedLine {
  readonly event: CapturedEvent;
  /** The bodies of the captured sides, input first. */
  readonly data: readonly (readonly Buffer[])[];
}

/**
 * The lines as a file holds them, in blocks. Bodies are encoded as the blocks are asked for, so that not even a large one is ever held twice,
 * and others get their turn in between. Text is taken as UTF-8; what is none becomes U+FFFD.
 */
export async function* blocksOf(lines: Iterable<CapturedLine>): AsyncGenerator<Buffer, void> {
  const turn = slices();
  let block = '';
  for (const line of lines) {
    for (const text of textOf(line)) {
      block += text;
      if (block.length < blockLength) continue;
      yield Buffer.from(block);
      block = '';
      await turn();
    }
  }
  if (block !== '') yield Buffer.from(block);
}

function* textOf({ event, data }: CapturedLine): Generator<string, void> {
  const [first = '', ...rest] = lineAround(event);
  const sides = [event.input, event.output].flatMap((side) => side ?? []);
  yield first;
  for (const [index, side] of sides.entries()) {
    yield* inside(data[index] ?? [], side.encoding);
    yield rest[index] ?? '';
  }
  yield '\n';
}

/** The inside of a JSON string. The decoder keeps characters, and base64's groups of three bytes, together where chunks cut them. */
function* inside(chunks: readonly Buffer[], encoding: CaptureEncoding): Generator<string, void> {
  const decoder = new StringDecoder(encoding === 'BASE64' ? 'base64' : 'utf8');
  const escaped = (text: string): string => (encoding === 'BASE64' ? text : JSON.stringify(text).slice(1, -1));
  for (const chunk of chunks) {
    for (let from = 0; from < chunk.length; from += blockLength) yield escaped(decoder.write(chunk.subarray(from, from + blockLength)));
  }
  yield escaped(decoder.end());
}

/** Bytes and characters: some tenths of a millisecond of work. */
const blockLength = 64 * 1024;
