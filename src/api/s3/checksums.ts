import type { DigestName, Digests } from '../../store/body/digests.ts';
import { digestOf } from '../../store/body/digests.ts';
import type { Texts } from '../../store/objects.ts';
import type { Upload, UploadedPart } from '../../store/uploads.ts';
import { combineCrcs, isCombinable } from './combine-crc.ts';
import { refuse } from './errors.ts';
import { element, type Xml } from './xml-writer.ts';

/** The algorithms of `x-amz-checksum-<name>` and the bytes of their values. Source: Amazon S3 user guide, "Checking object integrity". */
const sizes = { crc32: 4, crc32c: 4, crc64nvme: 8, sha1: 20, sha256: 32 } as const satisfies Partial<Record<DigestName, number>>;

export type ChecksumName = keyof typeof sizes;

export const checksumNames = Object.keys(sizes) as ChecksumName[];

const isChecksum = (name: string): name is ChecksumName => Object.hasOwn(sizes, name);

/** `CRC32` as requests have it. Errors: InvalidRequest. */
export function checksumNamed(algorithm: string): ChecksumName {
  const name = algorithm.toLowerCase();
  if (!isChecksum(name)) {
    throw refuse(
      'InvalidRequest',
      {},
      `Checksum algorithm provided is unsupported. Please try again with any of the valid types: [${checksumNames.map(shown).join(', ')}]`,
    );
  }
  return name;
}

export const shown = (name: string): string => name.toUpperCase();

/** A checksum that a client gave. */
export interface GivenChecksum {
  readonly name: ChecksumName;
  /** Base64. */
  readonly value: string;
}

/** The one that is in headers. Errors: InvalidRequest. */
export function givenChecksum(headersAfter: ReadonlyMap<string, string>): GivenChecksum | undefined {
  const given = [...headersAfter].filter(([name]) => !notChecksums.has(name));
  const [first, second] = given;
  if (second) throw refuse('InvalidRequest', {}, 'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');
  if (!first) return undefined;
  const [name, value] = first;
  return checkedChecksum(checksumNamed(name), value);
}

const notChecksums: ReadonlySet<string> = new Set(['mode', 'algorithm', 'type']);

export function checkedChecksum(name: ChecksumName, value: string): GivenChecksum {
  const bytes = bytesOf(value);
  if (bytes?.length !== sizes[name]) throw refuse('InvalidRequest', {}, `Value for x-amz-checksum-${name} header is invalid.`);
  return { name, value };
}

/** Undefined for what is no base64 as everybody writes it. */
export function bytesOf(base64: string): Buffer | undefined {
  const bytes = Buffer.from(base64, 'base64');
  return bytes.toString('base64') === base64 ? bytes : undefined;
}

/** Refuses a checksum that is not the content's. Errors: BadDigest. */
export function checkChecksum({ name, value }: GivenChecksum, digests: Digests): void {
  if (digests.get(name)?.toString('base64') === value) return;
  throw refuse('BadDigest', {}, `The ${shown(name)} you specified did not match the calculated checksum.`);
}

/** As headers of an answer; `type` with them where the object has one. */
export const checksumHeaders = (checksums: Texts | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(checksums ?? {}).map(([name, value]) => [`x-amz-checksum-${name}`, value]));

/** As elements: `<ChecksumCRC32>`, `<ChecksumType>`. */
export const checksumElements = (checksums: Texts | undefined): Xml[] =>
  Object.entries(checksums ?? {}).map(([name, value]) => element(name === 'type' ? 'ChecksumType' : `Checksum${shown(name)}`, value));

/** What an object is kept with that was put in one piece. */
export const ofContent = (given: GivenChecksum): Texts => ({ [given.name]: given.value, type: 'FULL_OBJECT' });

/** The checksum of an object that is put together from parts. Source: Amazon S3 user guide, "Checking object integrity", multipart uploads. */
export function checksumOfParts({ checksum }: Upload, parts: readonly UploadedPart[]): Texts | undefined {
  if (!checksum) return undefined;
  const { algorithm, type } = checksum;
  const values = parts.map(({ checksums, size }) => ({ crc: Buffer.from(checksums?.[algorithm] ?? '', 'base64'), size }));
  if (type === 'COMPOSITE') {
    const value = digestOf(algorithm, Buffer.concat(values.map(({ crc }) => crc))).toString('base64');
    return { [algorithm]: `${value}-${parts.length}`, type };
  }
  return isCombinable(algorithm) ? { [algorithm]: combineCrcs(algorithm, values).toString('base64'), type } : undefined;
}
