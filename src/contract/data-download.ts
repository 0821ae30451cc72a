import { fail, type SmLocalError } from '../errors.ts';
import { dataDownloadFailed } from './failure.ts';

/** What the cloud says of input data: some of it when a job is created, some when the job has begun and fails. Here all of it is an error. */
export const downloadFailed = (detail: string, remedy: string, cause?: unknown): SmLocalError =>
  fail('DataDownloadFailed', { message: dataDownloadFailed(detail), remedy }, cause);

/** FastFile mode with a prefix that ends in the middle of names. Source: a published FailureReason (contract §2.6), whose end is not known. */
export const partialPrefix = (uri: string): SmLocalError =>
  downloadFailed(
    'Failed to download data. For FastFile mode, partial S3 prefix is not supported.',
    `${uri} is the beginning of names. Name a directory: ${uri.slice(0, uri.lastIndexOf('/') + 1)}; or set InputMode to File.`,
  );

/** Where the objects of a channel were looked for. */
export interface ObjectsSought {
  readonly uri: string;
  /** Absent for a directory of this machine. */
  readonly bucket?: string;
  readonly region: string;
  readonly roleArn: string;
}

/** A prefix without objects, refused when the job is created. Source: published errors (contract §10.2). */
export const noObjectsFound = ({ uri, bucket, region, roleArn }: ObjectsSought, remedy: string, cause?: unknown): SmLocalError =>
  fail(
    'InvalidRequest',
    {
      message:
        `No S3 objects found under S3 URL "${uri}" given in input data source. Please ensure that the bucket exists in the selected region ` +
        `(${region}), that objects exist under that S3 prefix, and that the role "${roleArn}" has "s3:ListBucket" permissions on bucket "${bucket ?? uri}".`,
      remedy,
    },
    cause,
  );
