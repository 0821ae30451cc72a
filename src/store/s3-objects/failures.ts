import { fail, isError, reasonOf } from '../../errors.ts';

/** What was asked for. `does` completes "could not …". */
export interface Action {
  readonly does: string;
  readonly bucket?: string;
  readonly key?: string;
}

/** What the SDK throws, as far as it is read. */
interface SdkError {
  /** S3's code, for what it has answered. */
  readonly name?: string;
  /** The system's code, for what it has not. */
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

/** S3's error, or that of the way to it, in the words of the catalogue. `where`: the address of the store. */
export function storeError(error: unknown, where: string, action: Action): Error {
  if (isError(error)) return error;
  const { name = '', code = '', $metadata } = (error ?? {}) as SdkError;
  const { bucket = '', key = '' } = action;
  switch (name) {
    case 'NoSuchBucket':
      return fail('NoSuchBucket', { bucket }, error);
    case 'NoSuchKey':
      return fail('NoSuchKey', { bucket, key }, error);
    case 'BucketAlreadyOwnedByYou':
      return fail('BucketExists', { bucket }, error);
    case 'BucketAlreadyExists':
      return fail('InvalidBucketName', { bucket, why: `${JSON.stringify(bucket)} is the name of somebody else's bucket` }, error);
    case 'InvalidBucketName':
      return fail('InvalidBucketName', { bucket, why: lastStop(reasonOf(error)) }, error);
    case 'BucketNotEmpty':
      return fail('BucketNotEmpty', { bucket, why: 'it has objects' }, error);
    case 'KeyTooLongError':
      return fail('KeyTooLong', { key, bytes: Buffer.byteLength(key) }, error);
    case 'PreconditionFailed':
    case 'ConditionalRequestConflict':
      return fail('PreconditionFailed', { bucket, key, why: 'has been written by somebody else' }, error);
  }
  const status = $metadata?.httpStatusCode;
  if (name === 'CredentialsProviderError')
    return fail('StoreDenied', { where, does: action.does, why: 'there are no credentials for it' }, error);
  if (status === 403 || status === 401) return fail('StoreDenied', { where, does: action.does, why: told(error, name) }, error);
  if (status === undefined && (unreachable.has(code) || name === 'TimeoutError' || isTls(code)))
    return fail('StoreUnreachable', { where, why: lastStop(reasonOf(error)) || code }, error);
  const id = $metadata?.requestId;
  const answer = [told(error, name), ...(status === undefined ? [] : [`status ${status}`]), ...(id === undefined ? [] : [`request ${id}`])];
  return fail('StoreFailed', { where, does: action.does, why: answer.join(', ') }, error);
}

/** Whether it says that there is nothing; to a HEAD no store says what. */
export const isNotFound = (error: unknown): boolean => (error as SdkError | undefined)?.$metadata?.httpStatusCode === 404;

/** Whether it is S3's own refusal of this code. */
export const isCode = (error: unknown, code: string): boolean => (error as SdkError | undefined)?.name === code;

const told = (error: unknown, name: string): string => `${name}: ${lastStop(reasonOf(error))}`;

const lastStop = (text: string): string => text.replace(/[.\s]+$/, '');

const unreachable: ReadonlySet<string> = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT', 'EPIPE', 'EADDRNOTAVAIL'],
  ...['EPROTO', 'HPE_INVALID_CONSTANT', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
]);

const isTls = (code: string): boolean => /^(ERR_TLS|ERR_SSL|CERT_|SELF_SIGNED|UNABLE_TO)/.test(code);
