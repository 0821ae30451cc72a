import type { Operation } from './call.ts';
import { abortMultipartUpload } from './operations/abort-multipart-upload.ts';
import { getBucketSetting, putBucketVersioning, readableSettings } from './operations/bucket-settings.ts';
import { completeMultipartUpload } from './operations/complete-multipart-upload.ts';
import { copyObject } from './operations/copy-object.ts';
import { createBucket } from './operations/create-bucket.ts';
import { createMultipartUpload } from './operations/create-multipart-upload.ts';
import { deleteBucket } from './operations/delete-bucket.ts';
import { deleteObject } from './operations/delete-object.ts';
import { deleteObjects } from './operations/delete-objects.ts';
import { getBucketLocation } from './operations/get-bucket-location.ts';
import { getObject, headObject } from './operations/get-object.ts';
import { getObjectAttributes } from './operations/get-object-attributes.ts';
import { headBucket } from './operations/head-bucket.ts';
import { listBuckets } from './operations/list-buckets.ts';
import { listMultipartUploads } from './operations/list-multipart-uploads.ts';
import { listObjects, listObjectsV2 } from './operations/list-objects.ts';
import { listParts } from './operations/list-parts.ts';
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from './operations/object-tagging.ts';
import { putObject } from './operations/put-object.ts';
import { uploadPart } from './operations/upload-part.ts';
import { uploadPartCopy } from './operations/upload-part-copy.ts';

/** What a request is for, as its method, address and headers say. */
export interface Asked {
  readonly method: string;
  readonly bucket: string;
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
  header(name: string): string | undefined;
}

interface Route {
  readonly name: string;
  readonly run: Operation;
  /** Whether the caller has to have the bucket; so it is unless this says otherwise. */
  readonly needsBucket?: false;
  /** Whether it may take longer than clients wait. */
  readonly isSlow?: true;
}

/** One of AWS's operations, served or not. */
export type Chosen = Route | { readonly name: string; readonly run?: undefined };

/** Parameters and headers that make another operation of a request: the first that is there decides. */
interface Variants {
  /** Parameter -> operation. */
  readonly byQuery?: Readonly<Record<string, Route>>;
  readonly copying?: Route;
  readonly otherwise?: Route;
}

/** Parameters that make other operations, and how those call what they are about; on objects, where that differs. */
const subresources: Readonly<Record<string, string | readonly [bucket: string, object: string]>> = {
  abac: 'BucketAbac',
  accelerate: 'BucketAccelerateConfiguration',
  acl: ['BucketAcl', 'ObjectAcl'],
  analytics: 'BucketAnalyticsConfiguration',
  cors: 'BucketCors',
  encryption: ['BucketEncryption', 'ObjectEncryption'],
  'intelligent-tiering': 'BucketIntelligentTieringConfiguration',
  inventory: 'BucketInventoryConfiguration',
  'legal-hold': 'ObjectLegalHold',
  lifecycle: 'BucketLifecycleConfiguration',
  location: 'BucketLocation',
  logging: 'BucketLogging',
  metadataConfiguration: 'BucketMetadataConfiguration',
  metadataTable: 'BucketMetadataTableConfiguration',
  metrics: 'BucketMetricsConfiguration',
  notification: 'BucketNotificationConfiguration',
  'object-lock': 'ObjectLockConfiguration',
  ownershipControls: 'BucketOwnershipControls',
  policy: 'BucketPolicy',
  policyStatus: 'BucketPolicyStatus',
  publicAccessBlock: 'PublicAccessBlock',
  renameObject: 'RenameObject',
  replication: 'BucketReplication',
  requestPayment: 'BucketRequestPayment',
  restore: 'RestoreObject',
  retention: 'ObjectRetention',
  select: 'SelectObjectContent',
  session: 'CreateSession',
  tagging: ['BucketTagging', 'ObjectTagging'],
  torrent: 'ObjectTorrent',
  uploads: 'MultipartUploads',
  versioning: 'BucketVersioning',
  versions: 'ListObjectVersions',
  website: 'BucketWebsite',
};

function nameOfSubresource(method: string, subresource: string, isObject: boolean): string {
  const known = subresources[subresource] ?? subresource;
  const name = typeof known === 'string' ? known : known[isObject ? 1 : 0];
  if (/^(Rename|Restore|Select|Create|List)/.test(name)) return name;
  const verb = { GET: 'Get', PUT: 'Put', DELETE: 'Delete' }[method] ?? method;
  return `${verb}${name}`;
}

const route = (name: string, run: Operation): Route => ({ name, run });
const slowly = (name: string, run: Operation): Route => ({ name, run, isSlow: true });

const settings = Object.fromEntries(
  readableSettings.map((each) => [each, route(nameOfSubresource('GET', each, false), getBucketSetting(each))]),
);

const ofService: Readonly<Record<string, Variants>> = {
  GET: { otherwise: { ...route('ListBuckets', listBuckets), needsBucket: false } },
};

const ofBucket: Readonly<Record<string, Variants>> = {
  GET: {
    byQuery: {
      ...settings,
      location: route('GetBucketLocation', getBucketLocation),
      uploads: route('ListMultipartUploads', listMultipartUploads),
      'list-type': route('ListObjectsV2', listObjectsV2),
    },
    otherwise: route('ListObjects', listObjects),
  },
  HEAD: { otherwise: route('HeadBucket', headBucket) },
  PUT: {
    byQuery: { versioning: route('PutBucketVersioning', putBucketVersioning) },
    otherwise: { ...route('CreateBucket', createBucket), needsBucket: false },
  },
  POST: { byQuery: { delete: route('DeleteObjects', deleteObjects) } },
  DELETE: { otherwise: route('DeleteBucket', deleteBucket) },
};

const ofObject: Readonly<Record<string, Variants>> = {
  GET: {
    byQuery: {
      tagging: route('GetObjectTagging', getObjectTagging),
      attributes: route('GetObjectAttributes', getObjectAttributes),
      uploadId: route('ListParts', listParts),
    },
    otherwise: route('GetObject', getObject),
  },
  HEAD: { otherwise: route('HeadObject', headObject) },
  PUT: {
    byQuery: { tagging: route('PutObjectTagging', putObjectTagging), uploadId: route('UploadPart', uploadPart) },
    copying: slowly('CopyObject', copyObject),
    otherwise: route('PutObject', putObject),
  },
  POST: {
    byQuery: {
      uploads: route('CreateMultipartUpload', createMultipartUpload),
      uploadId: slowly('CompleteMultipartUpload', completeMultipartUpload),
    },
  },
  DELETE: {
    byQuery: { tagging: route('DeleteObjectTagging', deleteObjectTagging), uploadId: route('AbortMultipartUpload', abortMultipartUpload) },
    otherwise: route('DeleteObject', deleteObject),
  },
};

/** Undefined for a method that S3 does not have there. */
export function operationFor({ method, bucket, key, query, header }: Asked): Chosen | undefined {
  const isCopy = header('x-amz-copy-source') !== undefined;
  const variants = (bucket === '' ? ofService : key === '' ? ofBucket : ofObject)[method];
  const named = Object.entries(variants?.byQuery ?? {}).find(([name]) => query.has(name))?.[1];
  if (named) return isCopy && named.name === 'UploadPart' ? slowly('UploadPartCopy', uploadPartCopy) : named;
  const other = [...query.keys()].find((name) => Object.hasOwn(subresources, name));
  if (other !== undefined) return { name: nameOfSubresource(method, other, key !== '') };
  if (method === 'POST' && bucket !== '' && key === '') return { name: 'PostObject' };
  if (method === 'OPTIONS') return { name: 'the preflight request of a browser' };
  return (isCopy ? variants?.copying : undefined) ?? variants?.otherwise;
}

/** Every operation that is served, for the page of support. */
export const servedOperations: readonly string[] = [
  ...[ofService, ofBucket, ofObject]
    .flatMap((methods) => Object.values(methods))
    .flatMap(({ byQuery, copying, otherwise }) => [...Object.values(byQuery ?? {}), copying, otherwise])
    .flatMap((each) => each?.name ?? []),
  'UploadPartCopy',
].sort();
