import type { S3, S3ClientConfig } from '@aws-sdk/client-s3';
import { fail, reasonOf } from '../../errors.ts';
import { withoutAdvice } from '../../sdk-advice.ts';
import type { S3Endpoint } from './endpoint.ts';
import { type Action, storeError } from './failures.ts';

/** How requests get there. */
export interface S3Access {
  /** Sends with the signal's abort. Errors: those of `storeError`, and the signal's reason. */
  call<T>(action: Action, work: (s3: S3, options: CallOptions) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** An error in mid-body, in the same words. */
  readonly errorOf: (error: unknown, action: Action) => Error;
}

export interface CallOptions {
  readonly abortSignal?: AbortSignal;
}

/** Loads the AWS SDK, which nobody else needs. Nothing is sent. Errors: StoreClientMissing. */
export async function openAccess(endpoint: S3Endpoint): Promise<S3Access> {
  const { S3 } = await import('@aws-sdk/client-s3').catch((error: unknown) => {
    throw fail('StoreClientMissing', { why: reasonOf(error) }, error);
  });
  const s3 = withoutAdvice(() => new S3(configOf(endpoint)));
  const errorOf = (error: unknown, action: Action): Error => storeError(error, endpoint.url, action);
  return {
    errorOf,
    async call(action, work, signal) {
      signal?.throwIfAborted();
      try {
        return await work(s3, signal ? { abortSignal: signal } : {});
      } catch (error) {
        signal?.throwIfAborted();
        throw errorOf(error, action);
      }
    },
  };
}

function configOf({ url, region, credentials, profile }: S3Endpoint): S3ClientConfig {
  const [, ofAddress, china] = /^https?:\/\/s3[.-]([a-z0-9-]+)\.amazonaws\.com(\.cn)?(?:[:/]|$)/.exec(url) ?? [];
  return {
    endpoint: url,
    region: ofAddress ?? region,
    // Most stores know buckets in paths only, and AWS takes them still.
    forcePathStyle: ofAddress === undefined && china === undefined,
    // Stores older than AWS's checksums of 2025 refuse requests that have them.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Milliseconds: to connect, and of silence. What is not there is known soon, and what is slow is waited for.
    requestHandler: { connectionTimeout: 5_000, socketTimeout: 60_000 },
    ...(credentials && { credentials }),
    ...(!credentials && profile !== undefined && { profile }),
  };
}
