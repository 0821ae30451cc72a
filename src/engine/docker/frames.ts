import type { Readable } from 'node:stream';
import type { Attachment, Output } from '../engine.ts';

/**
 * Reads a multiplexed output stream of the engine: frames of an 8-byte head (stream number, 3 zero bytes, big-endian length) and a body.
 * Always reads on, whatever the receiver does: an attached client that stops reading blocks the container.
 */
export function readFrames(stream: Readable, onOutput: (output: Output) => void): Attachment {
  let rest: Buffer = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    rest = deliver(rest.length === 0 ? chunk : Buffer.concat([rest, chunk]), onOutput);
  });
  const ended = new Promise<void>((resolve, reject) => {
    stream.once('end', resolve);
    stream.once('close', resolve);
    stream.once('error', reject);
  });
  ended.catch(() => {}); // whoever awaits `ended` sees the error; nobody has to
  return { ended, close: () => stream.destroy() };
}

/** Hands over the whole frames and returns what is left; a frame's own bytes are passed on as soon as they are there. */
function deliver(bytes: Buffer, onOutput: (output: Output) => void): Buffer {
  let at = 0;
  while (bytes.length - at >= 8) {
    const length = bytes.readUInt32BE(at + 4);
    if (bytes.length - at - 8 < length) break;
    onOutput({ stream: bytes[at] === 2 ? 'stderr' : 'stdout', bytes: bytes.subarray(at + 8, at + 8 + length) });
    at += 8 + length;
  }
  return bytes.subarray(at);
}
