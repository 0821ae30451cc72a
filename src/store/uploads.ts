import type { DigestName } from './body/digests.ts';
import type { WrittenBody } from './body/write-body.ts';
import type { ObjectAddress, ObjectAttributes, Texts } from './objects.ts';

/**
 * Objects that are put in several parts, which come in any order, at once, and over days; none of it is an object until it is put together.
 * Every operation on an upload that is not there, or is no more, fails with NoSuchUpload, and every one may fail with DiskTrouble.
 */
export interface Uploads {
  create(upload: NewUpload): Promise<Upload>;
  find(address: ObjectAddress, id: string): Promise<Upload>;
  /** Of one bucket, by key and then by age. */
  list(bucket: string): Promise<readonly Upload[]>;
  /** Takes the place of a part of that number. Errors: what `body` and `checksums` throw, and nothing is changed then; the signal's reason. */
  putPart(upload: Upload, number: number, body: AsyncIterable<Uint8Array>, options?: PutPartOptions): Promise<UploadedPart>;
  /** By number. */
  parts(upload: Upload): Promise<readonly UploadedPart[]>;
  /** A file with the content of these parts, in this order, which nobody writes to any more. Errors: the signal's reason. */
  assemble(upload: Upload, parts: readonly UploadedPart[], signal?: AbortSignal): Promise<AssembledFile>;
  /** Ends it with all it has; what is being written to it fails. */
  remove(upload: Upload): Promise<void>;
  /** Ends all of a bucket that is no more. */
  removeAll(bucket: string): Promise<void>;
  /** Ends those to which nothing was added for a week. */
  sweep(): Promise<void>;
}

/** It may be linked to, and is gone when it is disposed, or with the upload. */
export interface AssembledFile extends AsyncDisposable {
  readonly path: string;
}

export interface NewUpload extends ObjectAddress {
  /** Of the object that it will be. */
  readonly attributes: ObjectAttributes;
  /** How its parts are to be checked, and whether the object's checksum is one of its content or of its parts' checksums. */
  readonly checksum?: { readonly algorithm: DigestName; readonly type: 'COMPOSITE' | 'FULL_OBJECT' };
}

export interface Upload extends NewUpload {
  /** Letters, digits, `-` and `_`. */
  readonly id: string;
  readonly initiated: Date;
}

export interface UploadedPart {
  readonly number: number;
  /** Bytes. */
  readonly size: number;
  /** Its MD5 in hexadecimal. */
  readonly etag: string;
  readonly lastModified: Date;
  readonly checksums?: Texts;
}

export interface PutPartOptions {
  /** What `checksums` wants to know of the body besides its MD5. */
  readonly digests?: readonly DigestName[];
  /** Called when the body has ended. What it throws refuses the part. */
  readonly checksums?: (body: WrittenBody) => Texts | undefined;
  readonly signal?: AbortSignal;
}
