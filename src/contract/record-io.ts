import { downloadFailed } from './data-download.ts';

/**
 * RecordIO as `RecordWrapperType` asks for it: each S3 object is one record of one part. Little-endian: the magic number, the length in the
 * low 29 bits of a word whose high bits would say which part of a record it is (0: all of it), the data, and zeros up to a multiple of 4.
 * Sources: the writer of AWS's Python SDK and the reader of its TensorFlow extension (contract §5.6).
 */
const magic = 0xced7230a;

/** Bytes: what 29 bits can say. */
export const longestRecord = 2 ** 29 - 1;

/** What stands before the data of a record. @throws DataDownloadFailed for a record that is too long. */
export function recordHead(length: number, name: string): Uint8Array {
  if (length > longestRecord) {
    throw downloadFailed(
      `${name} has ${length} bytes; a RecordIO record holds ${longestRecord} at most`,
      'Split the object into smaller ones, or set the RecordWrapperType of the channel to None.',
    );
  }
  const head = new DataView(new ArrayBuffer(8));
  head.setUint32(0, magic, true);
  head.setUint32(4, length, true);
  return new Uint8Array(head.buffer);
}

/** What stands after the data of a record: 0 to 3 zeros. */
export const recordPadding = (length: number): Uint8Array => new Uint8Array((4 - (length % 4)) % 4);
