import { Readable } from 'node:stream';
import type { EngineAddress } from '../engine.ts';
import { type Client, engineError, openStream } from './client.ts';

/** `GET /images/{name}/get`: the archive as it comes, its failures turned into errors of the catalogue. */
export async function saveImage(client: Client, address: EngineAddress, reference: string, signal: AbortSignal): Promise<Readable> {
  const failure = (error: unknown): unknown =>
    signal.aborted ? signal.reason : engineError(error, `save the image ${reference}`, address);
  try {
    const answer = await openStream(client, { method: 'GET', path: `/images/${reference}/get`, query: {}, signal });
    return Readable.from(withFailures(answer, failure), { objectMode: false, highWaterMark: chunk });
  } catch (error) {
    throw failure(error);
  }
}

/** Bytes: what a socket hands over at once. */
const chunk = 64 * 1024;

async function* withFailures(answer: Readable, failure: (error: unknown) => unknown): AsyncGenerator<Buffer> {
  try {
    for await (const piece of answer) yield piece as Buffer;
  } catch (error) {
    throw failure(error);
  }
}
