import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { extract } from 'tar-stream';
import type { CreatedContainer, Engine, Image, Labels } from '../engine/engine.ts';

/** What a file of an image has. */
export interface FileOfImage {
  readonly kind: 'file' | 'directory' | 'other';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Of its content, as `digestOf` has it; absent for directories, and for large files. */
  readonly digest?: string;
}

/** Bytes of a file whose content is not compared any more. */
export const largestCompared = 4 * 1024 * 1024;

export const digestOf = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

interface Looking {
  readonly image: string;
  readonly container: Promise<CreatedContainer>;
  readonly known: Map<string, Promise<FileOfImage | undefined>>;
}

/** Looks into images: each through a container that is never started, and goes when another image is looked into or this is disposed. */
export class ImageFiles implements AsyncDisposable {
  readonly #engine: Engine;
  readonly #labels: Labels;
  #looking: Looking | undefined;
  /** What was looked into before, and goes. */
  #leaving: Promise<unknown> = Promise.resolve();

  /** @param labels of what is made in the engine */
  constructor(engine: Engine, labels: Labels) {
    this.#engine = engine;
    this.#labels = labels;
  }

  /** What is known of an image by its name; undefined when the engine does not have it. Errors: trouble of the engine. */
  async inspect(reference: string): Promise<Image | undefined> {
    return await this.#engine.images.inspect(reference);
  }

  /** What is at an absolute path. Errors: trouble of the engine; it is tried anew the next time. */
  async find(image: string, path: string): Promise<FileOfImage | undefined> {
    const { container, known } = this.#lookingInto(image);
    const found = known.get(path) ?? container.then(async (opened) => await firstEntry(await opened.getArchive(path)));
    known.set(path, found);
    try {
      return await found;
    } catch (error) {
      if (this.#looking?.container === container) this.#leave();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#leave();
    await this.#leaving;
  }

  #lookingInto(image: string): Looking {
    if (this.#looking?.image === image) return this.#looking;
    this.#leave();
    const spec = { image, command: ['true'], environment: {}, labels: this.#labels, mounts: [], network: 'none' };
    const container = this.#engine.containers.create(spec);
    container.catch(() => {}); // whoever looks hears of it
    this.#looking = { image, container, known: new Map() };
    return this.#looking;
  }

  #leave(): void {
    const container = this.#looking?.container;
    this.#looking = undefined;
    if (!container) return;
    const gone = container.then(
      (opened) => opened.remove(),
      () => {}, // there is none
    );
    this.#leaving = Promise.all([this.#leaving, gone]);
    this.#leaving.catch(() => {}); // whoever disposes this hears of it
  }
}

async function firstEntry(tar: Readable | undefined): Promise<FileOfImage | undefined> {
  if (!tar) return undefined;
  const reader = extract();
  tar.on('error', (error) => reader.destroy(error));
  tar.pipe(reader);
  try {
    for await (const entry of reader) {
      const { type, mode = 0o644, uid = 0, gid = 0, size = 0 } = entry.header;
      const found = { mode: mode & 0o7777, uid, gid };
      if (type !== 'file') return { kind: type === 'directory' ? type : 'other', ...found };
      if (size > largestCompared) return { kind: type, ...found };
      const hash = createHash('sha256');
      for await (const chunk of entry) hash.update(chunk as Buffer);
      return { kind: type, ...found, digest: hash.digest('hex') };
    }
    return undefined;
  } finally {
    tar.destroy(); // its head is enough
  }
}
