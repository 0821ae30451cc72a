import { StringDecoder } from 'node:string_decoder';
import { type CapturedEvent, type CaptureEncoding, lineAround } from '../../contract/data-capture.ts';
import { slices } from '../../store/slices.ts';

/** A captured invocation with its data, as it came. */
export interface CapturedLine {
  readonly event: CapturedEvent;
  /** The bodies of the sides that are captured. */
  readonly input: readonly Buffer[] | undefined;
  readonly output: readonly Buffer[] | undefined;
}

/**
 * The lines as a file holds them, in blocks. Bodies are encoded as the blocks are asked for, so that not even a large one is ever held twice,
 * and others get their turn in between. Text is taken as UTF-8; what is none becomes U+FFFD.
 */
export async function* blocksOf(lines: Iterable<CapturedLine>): AsyncGenerator<Buffer, void> {
  const turn = slices();
  let block = '';
  let looked = 0;
  for (const line of lines) {
    for (const text of textOf(line)) {
      block += text;
      if (block.length < looked + pieceLength) continue;
      looked = block.length;
      await turn();
      if (block.length < blockLength) continue;
      yield Buffer.from(block);
      block = '';
      looked = 0;
    }
  }
  if (block !== '') yield Buffer.from(block);
}

function* textOf({ event, input, output }: CapturedLine): Generator<string, void> {
  const texts = lineAround(event);
  let next = 0;
  yield texts[next++] ?? '';
  if (event.input) {
    yield* inside(input, event.input.encoding);
    yield texts[next++] ?? '';
  }
  if (event.output) {
    yield* inside(output, event.output.encoding);
    yield texts[next++] ?? '';
  }
  yield '\n';
}

/** The inside of a JSON string. */
function* inside(chunks: readonly Buffer[] = [], encoding: CaptureEncoding): Generator<string, void> {
  const escaped = encoding === 'BASE64' ? asItIs : escapedText;
  const only = chunks.length === 1 ? chunks[0] : undefined;
  if (only && only.length <= pieceLength) return yield escaped(only.toString(encoding === 'BASE64' ? 'base64' : 'utf8'));
  // Keeps characters, and base64's groups of three bytes, together where chunks cut them.
  const decoder = new StringDecoder(encoding === 'BASE64' ? 'base64' : 'utf8');
  for (const chunk of chunks) {
    for (let from = 0; from < chunk.length; from += pieceLength) yield escaped(decoder.write(chunk.subarray(from, from + pieceLength)));
  }
  yield escaped(decoder.end());
}

const asItIs = (text: string): string => text;
const escapedText = (text: string): string => (mustBeEscaped.test(text) ? JSON.stringify(text).slice(1, -1) : text);

/** Quotes, backslashes and control characters. Numbers in one line have none, and looking costs a third of escaping. */
const mustBeEscaped = /[^ !#-[\]-\uffff]/;

/** Bytes and characters that are encoded in one go: some tenths of a millisecond of work. */
const pieceLength = 64 * 1024;

/** Characters that are written in one go. Each write waits for its turn, so that small ones would take seconds on a busy endpoint. Measured. */
const blockLength = 1024 * 1024;
