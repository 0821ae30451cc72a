import { clip } from './clip.ts';

/**
 * Why jobs and endpoints failed, in the words of the cloud. Sources: published `FailureReason`s of real jobs and endpoints, unless a
 * line says otherwise. None is longer than the field.
 */

/** API Reference, DescribeTrainingJob and DescribeEndpoint, `FailureReason`: "Maximum length of 1024". */
export const longestFailureReason = 1024;

/**
 * A container that ended with a code other than 0. `failureFile` is the text of /opt/ml/output/failure as it stands; an empty or
 * missing one leaves the comma in place. Where both limits bite the file's text is cut, never the code (the service's choice is
 * not published). Source of the limit: "How Amazon SageMaker Processes Training Output".
 */
export function algorithmError(exitCode: number, failureFile = ''): string {
  const before = 'AlgorithmError: ';
  const after = `, exit code: ${exitCode}`;
  return before + clip(failureFile, longestFailureReason - before.length - after.length) + after;
}

// --- training jobs --------------------------------------------------------------------------------

export const outOfMemory = (): string =>
  'ClientError: Please use an instance type with more memory, or reduce the size of job data processed on an instance.';

/** No blank after the second colon: so most published examples have it. */
export const dataDownloadFailed = (detail: string): string => reason(`ClientError: Data download failed:${detail}`);

export const partialFastFilePrefix = (): string =>
  dataDownloadFailed('Failed to download data. For FastFile mode, partial S3 prefix is not supported.');

export const artifactUploadFailed = (detail: string): string => reason(`ClientError: Artifact upload failed:${detail}`);

export const artifactUploadForbidden = (): string => artifactUploadFailed('Error 7: AccessDenied (403): Access Denied');

/** Our words: no published reason was found. */
export const imageNotPulled = (image: string): string =>
  reason(`ClientError: Cannot pull image ${image}. Please ensure that the image exists and that the role has permission to pull it.`);

export const noCapacity = (): string =>
  'CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type.';

export const internalServerError = (): string => 'InternalServerError: We encountered an internal error. Please try again.';

// --- endpoints ------------------------------------------------------------------------------------

/** The start-up window passed without a healthy ping. `container` is `primary`, or the name of a container of a pipeline. */
export const pingFailed = (variant: string, container = 'primary'): string =>
  reason(
    `The ${container} container for production variant ${variant} did not pass the ping health check. Please check CloudWatch logs for this endpoint.`,
  );

export const extractFailed = (url: string): string =>
  reason(
    `Failed to extract model data archive from URL "${url}". Please ensure that the object located at the URL is a valid tar.gz archive.`,
  );

export const archiveTooLarge = (url: string): string =>
  reason(
    `Failed to extract model data archive from URL "${url}". The model data archive is too large. Please reduce the size of the model data archive or move to an instance type with more memory.`,
  );

/** Source: "Use a multi-container endpoint with direct invocation". */
export const missingLabel = (image: string, label: string): string =>
  reason(`Your Ecr Image ${image} does not contain required ${label}=true Docker label(s).`);

/** UpdateEndpoint and DeleteEndpoint while something is under way. The beginning is as users quote it; the rest is ours. */
export const endpointInProgress = (arn: string, status: string): string =>
  `Cannot update in-progress endpoint "${arn}" (status ${status}).`;

export const noEndpointCapacity = (): string =>
  'Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error. Please retry using a different ML instance type or after some time.';

/** What a `FailureReason` may hold of a text. */
export const reason = (text: string): string => clip(text, longestFailureReason);
