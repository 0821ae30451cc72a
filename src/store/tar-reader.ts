import type { Readable } from 'node:stream';
import { type Extract, extract, type Header } from 'tar-stream';

/** One member of a tar stream. Its content is there until the next one is asked for. */
export interface TarEntry {
  readonly header: Header;
  readonly content: AsyncIterable<Buffer>;
}

export interface TarReaderOptions {
  readonly signal?: AbortSignal | undefined;
  /** Turns an error of the source into the one to raise. */
  readonly sourceError: (cause: unknown) => Error;
}

/**
 * The members of a tar stream, one after the other. Raises tar-stream's own errors when it is no tar archive or a cut one, and the signal's
 * reason. The source is destroyed when the reader leaves early.
 */
export async function* tarEntries(source: Readable, { signal, sourceError }: TarReaderOptions): AsyncGenerator<TarEntry, void> {
  signal?.throwIfAborted();
  const tar = extract(tolerant);
  const stop = () => tar.destroy(new Error('No more is wanted.'));
  signal?.addEventListener('abort', stop);
  const fed = feed(source, tar, sourceError);
  try {
    for await (const entry of tar) {
      yield { header: entry.header, content: entry as AsyncIterable<Buffer> };
      entry.resume();
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    stop();
    await fed;
  }
}

/** Archives in the format of the seventies carry no magic; the checksum of each header still has to be right. */
const tolerant = { highWaterMark: 1024 * 1024, allowUnknownFormat: true };

async function feed(source: Readable, tar: Extract, sourceError: (cause: unknown) => Error): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    tar.once('close', () => {
      source.destroy();
      resolve();
    });
  });
  try {
    for await (const chunk of source) {
      if (!tar.write(chunk)) await Promise.race([closed, new Promise<void>((resolve) => tar.once('drain', resolve))]);
    }
    tar.end(undefined);
  } catch (error) {
    tar.destroy(sourceError(error));
  }
}
