import { Readable } from 'node:stream';
import type { Engine, Image } from '../../engine/engine.ts';
import { fail, isError, reasonOf } from '../../errors.ts';
import { type OnBytes, type ProgressEvent, withProgress } from '../../progress.ts';
import { readImageArchive } from './image-archive.ts';
import type { FileEntry, Layer } from './layer.ts';
import { mergedFiles, type Waste } from './merged-files.ts';

/** What an image is made of. */
export interface ImageContent {
  /** The lowest first. */
  readonly layers: readonly Layer[];
  /** What a container finds at its start: absolute path -> entry, with what later layers delete or replace taken out. */
  readonly files: ReadonlyMap<string, FileEntry>;
  /** What layers hold that later ones delete or replace, the largest first. */
  readonly waste: readonly Waste[];
  /** How each layer, and each setting, came to be: the text of its instruction, the lowest first. */
  readonly history: readonly string[];
  /** Of EXPOSE: `8080/tcp`. */
  readonly exposedPorts: readonly string[];
  /** How many files that a check may want to read have no `text`, since there are too many. */
  readonly unread: number;
}

/**
 * Reads an image through the engine in one stream, without holding a layer. Errors: ImageUnreadable, EngineUnreachable, EngineFailed; the
 * signal's reason.
 */
export async function readImageContent(
  engine: Engine,
  image: Image,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: (event: ProgressEvent) => void },
): Promise<ImageContent> {
  const name = image.tags[0] ?? image.id;
  try {
    const { layers, unread, config } = await withProgress(`Reading ${name}`, image.size, onProgress, async (onBytes) =>
      readImageArchive(counted(await engine.images.save(image.id, signal), onBytes), image, signal),
    );
    const { files, waste } = mergedFiles(layers);
    return { layers, files, waste, unread, ...config };
  } catch (error) {
    signal.throwIfAborted();
    throw isError(error) ? error : fail('ImageUnreadable', { image: name, why: reasonOf(error) }, error);
  }
}

const counted = (source: Readable, onBytes: OnBytes): Readable => Readable.from(tellingBytes(source, onBytes), { objectMode: false });

async function* tellingBytes(source: Readable, onBytes: OnBytes): AsyncGenerator<Buffer> {
  for await (const piece of source) {
    onBytes((piece as Buffer).length);
    yield piece as Buffer;
  }
}
