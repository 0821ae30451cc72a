import { readDocument } from '../body.ts';
import type { Answer, Call, Operation } from '../call.ts';
import { refuse, type S3Code } from '../errors.ts';
import { readXml, textIn } from '../xml-reader.ts';
import { document, element } from '../xml-writer.ts';

/** What a bucket answers that was never given such a setting, as buckets here cannot be. */
const neverSet = {
  versioning: 'VersioningConfiguration',
  logging: 'BucketLoggingStatus',
  notification: 'NotificationConfiguration',
  accelerate: 'AccelerateConfiguration',
} as const satisfies Record<string, string>;

/** Where S3 has an error for it. */
const notThere = {
  policy: 'NoSuchBucketPolicy',
  tagging: 'NoSuchTagSet',
  encryption: 'ServerSideEncryptionConfigurationNotFoundError',
  cors: 'NoSuchCORSConfiguration',
  lifecycle: 'NoSuchLifecycleConfiguration',
  website: 'NoSuchWebsiteConfiguration',
  replication: 'ReplicationConfigurationNotFoundError',
  publicAccessBlock: 'NoSuchPublicAccessBlockConfiguration',
  ownershipControls: 'OwnershipControlsNotFoundError',
  'object-lock': 'ObjectLockConfigurationNotFoundError',
} as const satisfies Record<string, S3Code>;

export const readableSettings = [...Object.keys(neverSet), ...Object.keys(notThere), 'requestPayment'];

/** GetBucketVersioning, GetBucketPolicy, …: the answer of a bucket on which it was never enabled. */
export const getBucketSetting =
  (setting: string): Operation =>
  async ({ bucket }) => {
    if (setting === 'requestPayment') return { body: document('RequestPaymentConfiguration', [element('Payer', 'BucketOwner')]) };
    if (setting in neverSet) return { body: document(neverSet[setting as keyof typeof neverSet], []) };
    throw refuse(notThere[setting as keyof typeof notThere], { BucketName: bucket });
  };

/** Versions are not kept, so to enable them is refused; to suspend what was never enabled changes nothing, in AWS too. */
export async function putBucketVersioning(call: Call): Promise<Answer> {
  const configuration = readXml((await readDocument(call)).bytes, 'VersioningConfiguration');
  const status = textIn(configuration, 'Status');
  if (status === 'Suspended' && textIn(configuration, 'MfaDelete') !== 'Enabled') return {};
  if (status !== 'Enabled' && status !== 'Suspended') throw refuse('MalformedXML');
  throw refuse('NotImplemented', {}, 'PutBucketVersioning: sm-local keeps no versions of objects, so versioning cannot be enabled');
}
