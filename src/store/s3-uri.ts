import { fail } from '../errors.ts';
import type { ObjectAddress } from './objects.ts';

/**
 * Bucket and key of `s3://bucket/key`; the key may be empty, and is taken as it stands.
 *
 * @param what whose address it is, for the message: `Channel "train"`
 * @throws InvalidRequest
 */
export function parseS3Uri(uri: string, what: string): ObjectAddress {
  const [, bucket, key = ''] = /^s3:\/\/([^/]*)(?:\/(.*))?$/s.exec(uri) ?? [];
  if (bucket === undefined) {
    throw fail('InvalidRequest', {
      message: `${what}: ${JSON.stringify(uri)} is not an S3 URI.`,
      remedy: 'Write s3://bucket/key, or name a local path.',
    });
  }
  const why = whyNoBucketName(bucket);
  if (why !== undefined) {
    throw fail('InvalidRequest', {
      message: `${what}: ${JSON.stringify(uri)} names no bucket there can be: ${why}.`,
      remedy: 'Write s3://bucket/key with a bucket name of 3 to 63 lower-case letters, digits, dots and hyphens.',
    });
  }
  return { bucket, key };
}

export const isS3Uri = (text: string): boolean => text.startsWith('s3://');

export const formatS3Uri = ({ bucket, key }: ObjectAddress): string => `s3://${bucket}/${key}`;

/** Undefined for a name that a bucket can have. Source: Amazon S3 user guide, "General purpose bucket naming rules". */
export function whyNoBucketName(name: string): string | undefined {
  if (name.length < 3 || name.length > 63) return `${JSON.stringify(name)} has not 3 to 63 characters`;
  const broken = bucketRules.find(({ pattern }) => pattern.test(name));
  return broken && `${JSON.stringify(name)} ${broken.why}`;
}

const bucketRules: readonly { readonly pattern: RegExp; readonly why: string }[] = [
  { pattern: /[^a-z0-9.-]/, why: 'has characters other than lower-case letters, digits, dots and hyphens' },
  { pattern: /^[^a-z0-9]|[^a-z0-9]$/, why: 'does not begin and end with a letter or a digit' },
  { pattern: /\.\./, why: 'has two dots in a row' },
  { pattern: /^\d+\.\d+\.\d+\.\d+$/, why: 'looks like an IP address' },
  { pattern: /^(xn--|sthree-|amzn-s3-demo-)/, why: 'begins with something that AWS keeps for itself' },
  { pattern: /(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/, why: 'ends with something that AWS keeps for itself' },
];
