import type { Program } from './beginnings.ts';

/** What a layer of an image changes. */
export interface Layer {
  /** By absolute path. */
  readonly entries: ReadonlyMap<string, FileEntry>;
  /** Paths that it deletes from the layers below. */
  readonly deleted: readonly string[];
  /** Directories of which it hides all that the layers below have in them. */
  readonly emptied: readonly string[];
  /** The instruction that made it, as far as the history tells. */
  readonly instruction: string;
}

export interface FileEntry {
  readonly kind: 'file' | 'directory' | 'link' | 'other';
  /** Permission bits. */
  readonly mode: number;
  /** Bytes. */
  readonly size: number;
  /** Of a link: where it leads, as it is written. */
  readonly target?: string;
  /** The path of another file of the layer that it is one with: a hard link, which costs nothing. */
  readonly sameAs?: string;
  /** The beginning of a file that a check may want to read: scripts, settings, keys. */
  readonly text?: string;
  /** What the kernel makes of a file that is executable or a script. */
  readonly program?: Program;
}
