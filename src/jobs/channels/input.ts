import type { ObjectAddress } from '../../store/objects.ts';

/** What a channel reads, found and looked through before anything starts. */
export type ChannelInput = ObjectsInput | LinesInput | FileSystemInput;

export type InputMode = 'File' | 'FastFile' | 'Pipe';

interface Input {
  readonly channel: string;
  readonly mode: InputMode;
}

/** Objects, in the order of their keys or, from a manifest, of its entries. */
export interface ObjectsInput extends Input {
  readonly kind: 'objects';
  readonly objects: readonly ChannelObject[];
  /** What the names of the objects are appended to: `s3://bucket/some/prefix/`. */
  readonly prefix: string;
  /** A directory of this machine that holds all the objects under their names, and nothing else: it can be mounted as it stands. */
  readonly directory?: string;
  /** Of all objects together. */
  readonly bytes: number;
}

/** Lines of an augmented manifest. */
export interface LinesInput extends Input {
  readonly kind: 'lines';
  readonly manifest: LineManifest;
}

/** A directory of this machine that stands for an EFS or FSx file system. */
export interface FileSystemInput extends Input {
  readonly kind: 'file-system';
  readonly directory: string;
  /** `FileSystemAccessMode` ro. With rw the program writes to the directory itself. */
  readonly readOnly: boolean;
}

export interface ChannelObject {
  /** Its address, for people. */
  readonly uri: string;
  /** Path below the channel's directory; in Pipe mode, which has none, what would be left of the key. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly content: ObjectContent;
}

/** Where the bytes of an object are. */
export type ObjectContent =
  /** On this machine, never to be changed. */
  | { readonly kind: 'file'; readonly path: string }
  /** In a store elsewhere. */
  | { readonly kind: 'stored'; readonly address: ObjectAddress };

/** The streamed attributes of an augmented manifest's lines, a line at a time: however long it is, it takes little memory. */
export interface LineManifest {
  /** As it is now, for one epoch. Errors: ManifestInvalid, InputUnreadable. */
  open(signal: AbortSignal): Promise<OpenLines>;
}

export interface OpenLines extends Disposable {
  readonly count: number;
  /** The parts of one line, counted from 0. Errors: ManifestInvalid, also for an object that is not there any more; InputUnreadable. */
  parts(line: number): Promise<readonly LinePart[]>;
}

/** Bytes that stand in the line, or an object it names. */
export type LinePart = { readonly kind: 'value'; readonly text: string } | { readonly kind: 'object'; readonly object: LocatedObject };

/** An object without a name of its own. */
export type LocatedObject = Omit<ChannelObject, 'name'>;
