import { createHash } from 'node:crypto';
import type { Bucket } from '../../store/objects.ts';
import type { Call } from './call.ts';
import { refuse } from './errors.ts';
import { element, elements, type Xml } from './xml-writer.ts';

/**
 * The bucket, if it is the caller's: a bucket without an owner is everybody's. `expected`: whom the caller takes for its owner.
 * Errors: NoSuchBucket, AccessDenied.
 */
export async function accessible({ objects, caller, signal }: Call, name: string, expected: string | undefined): Promise<Bucket> {
  const bucket = await objects.bucket(name, signal);
  if (!bucket) throw refuse('NoSuchBucket', { BucketName: name });
  const owner = bucket.account ?? caller.account;
  if (owner !== caller.account || (expected !== undefined && expected !== owner)) throw refuse('AccessDenied');
  return bucket;
}

/** Where S3 has the canonical id of an account. */
export const idOfAccount = (account: string): string => createHash('sha256').update(`account ${account}`).digest('hex');

export const ownerElement = (account: string, name = 'Owner'): Xml =>
  element(name, [elements({ ID: idOfAccount(account), DisplayName: account })]);
