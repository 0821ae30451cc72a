import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { readFrames } from '../../src/engine/docker/frames.ts';
import type { Output } from '../../src/engine/engine.ts';

/** A frame as an engine sends it; stream 0 is stdin, which engines use for what they write themselves. */
function frame(stream: 0 | 1 | 2, text: string): Buffer {
  const body = Buffer.from(text);
  const head = Buffer.alloc(8);
  head[0] = stream;
  head.writeUInt32BE(body.length, 4);
  return Buffer.concat([head, body]);
}

/** What a receiver is told when the bytes arrive in these pieces. */
async function received(pieces: readonly Buffer[]): Promise<readonly (readonly [stream: string, text: string])[]> {
  const stream = new PassThrough();
  const outputs: Output[] = [];
  const attachment = readFrames(stream, (output) => outputs.push(output));
  for (const piece of pieces) stream.write(piece);
  stream.end();
  await attachment.ended;
  return outputs.map((output) => [output.stream, output.bytes.toString()]);
}

describe('an output stream of the engine', () => {
  const frames = Buffer.concat([frame(1, 'to stdout\n'), frame(2, 'Fehler: ü\n'), frame(1, ''), frame(0, 'x'), frame(1, 'end')]);
  const expected = [
    ['stdout', 'to stdout\n'],
    ['stderr', 'Fehler: ü\n'],
    ['stdout', ''],
    ['stdout', 'x'],
    ['stdout', 'end'],
  ];

  it('tells stdout from stderr', async () => {
    assert.deepEqual(await received([frames]), expected);
  });

  it('may be split anywhere', async () => {
    for (let at = 0; at <= frames.length; at += 1) {
      assert.deepEqual(await received([frames.subarray(0, at), frames.subarray(at)]), expected, `split at byte ${at}`);
    }
  });

  it('may arrive byte by byte', async () => {
    assert.deepEqual(await received([...frames].map((byte) => Buffer.of(byte))), expected);
  });

  it('may carry frames of any bytes and of a length that takes more than one byte to write down', async () => {
    const text = 'é\0\u0001'.repeat(70_000);
    const bytes = frame(2, text);
    assert.deepEqual(await received([bytes.subarray(0, 65_536), bytes.subarray(65_536, 65_540), bytes.subarray(65_540)]), [
      ['stderr', text],
    ]);
  });

  it('that ends within a frame gives what came before', async () => {
    assert.deepEqual(await received([frames.subarray(0, frames.length - 1)]), expected.slice(0, -1));
  });

  it('hands each frame over as soon as it is whole', () => {
    const stream = new PassThrough();
    const outputs: Output[] = [];
    readFrames(stream, (output) => outputs.push(output));
    stream.emit('data', frame(1, 'first'));
    assert.equal(outputs.length, 1);
  });

  it('has ended when it is closed from here', async () => {
    const stream = new PassThrough();
    const attachment = readFrames(stream, () => {});
    attachment.close();
    await attachment.ended;
    assert.ok(stream.destroyed);
  });

  it('that breaks off says so to whoever waits for its end', async () => {
    const stream = new PassThrough();
    const attachment = readFrames(stream, () => {});
    stream.destroy(new Error('broken off'));
    await assert.rejects(attachment.ended, /broken off/);
  });
});
