import { isError } from '../../../errors.ts';
import { refuseUnserved } from '../attributes.ts';
import { readDocument } from '../body.ts';
import type { Answer, Call } from '../call.ts';
import { refuse } from '../errors.ts';
import { childrenOf, readXml, textIn } from '../xml-reader.ts';

/** One that the caller has already is an error outside of us-east-1, as in AWS. */
export async function createBucket(call: Call): Promise<Answer> {
  const { objects, bucket: name, caller, header, signal } = call;
  refuseUnserved(call);
  if (header('x-amz-bucket-object-lock-enabled')?.toLowerCase() === 'true') {
    throw refuse('NotImplemented', { Header: 'x-amz-bucket-object-lock-enabled' }, 'Buckets with Object Lock are not served by sm-local');
  }
  const region = (await regionOf(call)) ?? caller.region;
  const headers = { Location: `/${name}` };
  try {
    await objects.createBucket(name, { account: caller.account, region, signal });
    return { headers };
  } catch (error) {
    if (!isError(error, 'BucketExists')) throw error;
  }
  const found = await objects.bucket(name, signal);
  if (found?.account !== undefined && found.account !== caller.account) throw refuse('BucketAlreadyExists', { BucketName: name });
  if (region === legacyRegion && (found?.region ?? call.region) === legacyRegion) return { headers };
  throw refuse('BucketAlreadyOwnedByYou', { BucketName: name });
}

/** Source: Amazon S3 API reference, CreateBucket, BucketAlreadyOwnedByYou. */
const legacyRegion = 'us-east-1';

async function regionOf(call: Call): Promise<string | undefined> {
  const { bytes } = await readDocument(call);
  if (bytes.length === 0) return undefined;
  const configuration = readXml(bytes, 'CreateBucketConfiguration');
  for (const name of ['Bucket', 'Location', 'Tags']) {
    if (childrenOf(configuration, name).length > 0)
      throw refuse('NotImplemented', {}, `CreateBucket with ${name} is not served by sm-local`);
  }
  const constraint = textIn(configuration, 'LocationConstraint');
  if (constraint === undefined || constraint === '') return undefined;
  if (constraint === 'EU') return 'eu-west-1'; // its name of old
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(constraint)) throw refuse('InvalidLocationConstraint', { LocationConstraint: constraint });
  return constraint;
}
