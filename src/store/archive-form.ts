/** Bytes of a file that tell its form. */
export const headSize = 262;

const forms: readonly { readonly at: number; readonly magic: Buffer; readonly what: string }[] = [
  { at: 0, magic: Buffer.from('PK'), what: 'a zip archive' },
  { at: 0, magic: Buffer.from('BZh'), what: 'compressed with bzip2' },
  { at: 0, magic: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a]), what: 'compressed with xz' },
  { at: 0, magic: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), what: 'compressed with zstd' },
  { at: 257, magic: Buffer.from('ustar'), what: 'a tar archive without compression' },
];

const gzipMagic = Buffer.from([0x1f, 0x8b]);

/** Why a file that begins with `head` is no gzip file; undefined when it looks like one. */
export function whyNotGzip(head: Buffer): string | undefined {
  if (head.length === 0) return 'it is empty';
  if (head.subarray(0, 2).equals(gzipMagic)) return undefined;
  const form = forms.find(({ at, magic }) => head.subarray(at, at + magic.length).equals(magic));
  return `it is ${form?.what ?? 'not compressed with gzip'}`;
}
