import type { Engine, Image } from '../../engine/engine.ts';
import type { ProgressEvent } from '../../progress.ts';

/** What an image is made of. */
export interface ImageContent {
  /** The lowest first. */
  readonly layers: readonly Layer[];
  /** What a container finds at its start: absolute path -> entry, with what later layers delete or replace taken out. */
  readonly files: ReadonlyMap<string, FileEntry>;
  /** How each layer, and each setting, came to be: the text of its instruction, the lowest first. */
  readonly history: readonly string[];
}

export interface Layer {
  readonly entries: ReadonlyMap<string, FileEntry>;
  /** Paths that it deletes from the layers below. */
  readonly deleted: readonly string[];
}

export interface FileEntry {
  readonly kind: 'file' | 'directory' | 'link' | 'other';
  /** Permission bits. */
  readonly mode: number;
  /** Bytes. */
  readonly size: number;
  /** Of a link: where it leads, as it is written. */
  readonly target?: string;
  /** The beginning of a file that a check may want to read: scripts, settings, keys. */
  readonly text?: string;
}

export interface ReadOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (event: ProgressEvent) => void;
}

export async function readImageContent(_engine: Engine, _image: Image, _options: ReadOptions): Promise<ImageContent> {
  return { layers: [], files: new Map(), history: [] };
}
