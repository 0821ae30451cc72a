import type { NewUpload } from '../../../store/uploads.ts';
import { attributesOf } from '../attributes.ts';
import { type Answer, addressOf, type Call } from '../call.ts';
import { checksumNamed, shown } from '../checksums.ts';
import { isCombinable } from '../combine-crc.ts';
import { refuse } from '../errors.ts';
import { document, elements } from '../xml-writer.ts';

export async function createMultipartUpload(call: Call): Promise<Answer> {
  const { uploads, bucket, key } = call;
  const attributes = attributesOf(call);
  const checksum = checksumOf(call);
  const { id } = await uploads.create({ ...addressOf(call), attributes, ...(checksum && { checksum }) });
  return {
    headers: {
      ...attributes.encryption,
      'x-amz-checksum-algorithm': checksum && shown(checksum.algorithm),
      'x-amz-checksum-type': checksum?.type,
    },
    body: document('InitiateMultipartUploadResult', [elements({ Bucket: bucket, Key: key, UploadId: id })]),
  };
}

/** Source: Amazon S3 user guide, "Checking object integrity": which algorithms have which types. */
function checksumOf({ header }: Call): NewUpload['checksum'] {
  const [given, wantedType] = [header('x-amz-checksum-algorithm'), header('x-amz-checksum-type')];
  if (given === undefined) {
    if (wantedType === undefined) return undefined;
    throw refuse('InvalidRequest', {}, 'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.');
  }
  const algorithm = checksumNamed(given);
  const type = wantedType ?? (algorithm === 'crc64nvme' ? 'FULL_OBJECT' : 'COMPOSITE');
  if (type !== 'COMPOSITE' && type !== 'FULL_OBJECT')
    throw refuse('InvalidRequest', {}, 'Value for x-amz-checksum-type header is invalid.');
  const isServed = type === 'COMPOSITE' ? algorithm !== 'crc64nvme' : isCombinable(algorithm);
  if (!isServed) {
    const message = `The ${type} checksum type cannot be used with the ${algorithm} checksum algorithm.`;
    throw refuse('InvalidRequest', {}, message);
  }
  return { algorithm, type };
}
