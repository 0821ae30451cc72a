import type { Readable } from 'node:stream';
import { extract } from 'tar-stream';
import type { Container, CreatedContainer, Engine, Labels } from '../engine/engine.ts';

/** What a file of an image has. */
export interface FileOfImage {
  readonly kind: 'file' | 'directory' | 'other';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Looks into images: each through a container that is never started, and goes when another image is looked into or this is disposed. */
export class ImageFiles implements AsyncDisposable {
  readonly #engine: Engine;
  readonly #labels: Labels;
  #image: string | undefined;
  #container: Promise<CreatedContainer> | undefined;
  #known = new Map<string, Promise<FileOfImage | undefined>>();

  /** @param labels of what is made in the engine */
  constructor(engine: Engine, labels: Labels) {
    this.#engine = engine;
    this.#labels = labels;
  }

  /** What is at an absolute path. Errors: trouble of the engine. */
  async find(image: string, path: string): Promise<FileOfImage | undefined> {
    if (image !== this.#image) await this.#open(image);
    const found = this.#known.get(path) ?? this.#look(path);
    this.#known.set(path, found);
    return await found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const container = await this.#container?.catch(() => undefined); // whoever asked has heard of it
    this.#container = undefined;
    this.#image = undefined;
    await container?.remove();
  }

  async #open(image: string): Promise<void> {
    await this[Symbol.asyncDispose]();
    this.#known = new Map();
    this.#image = image;
    const spec = { image, command: ['true'], environment: {}, labels: this.#labels, mounts: [], network: 'none' };
    this.#container = this.#engine.containers.create(spec);
    this.#container.catch(() => {}); // awaited by who looks
  }

  async #look(path: string): Promise<FileOfImage | undefined> {
    return await firstEntry(await (await (this.#container as Promise<Container>)).getArchive(path));
  }
}

async function firstEntry(tar: Readable | undefined): Promise<FileOfImage | undefined> {
  if (!tar) return undefined;
  const reader = extract();
  tar.on('error', (error) => reader.destroy(error));
  tar.pipe(reader);
  try {
    for await (const { header } of reader) {
      const { type, mode = 0o644, uid = 0, gid = 0 } = header;
      return { kind: type === 'file' || type === 'directory' ? type : 'other', mode: mode & 0o7777, uid, gid };
    }
    return undefined;
  } finally {
    tar.destroy(); // its head is enough
  }
}
