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

/** Source: sagemaker-python-sdk issue 1968, of an image that does not exist or may not be pulled. */
export const imageNotPulled = (): string =>
  'ClientError: Cannot pull algorithm container. Either the image does not exist or its permissions are incorrect.';

/** The beginning is the one that a role gets which cannot be assumed when a job is created (contract training §10.2). */
export const roleNotAssumed = (arn: string): string =>
  reason(
    `ClientError: Could not assume role ${arn}. Please ensure that the role exists and allows principal 'sagemaker.amazonaws.com' to assume the role.`,
  );

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

/**
 * An object that is not there, or may not be read. Source: users' reports (aws-solutions-library-samples/fraud-detection-using-machine-learning
 * issue 9, aws-samples/cvat-on-aws-china issue 3), with this name of the only container. CreateModel refuses the same with "Could not find
 * model data at <s3>." (sagemaker-python-sdk issue 608).
 */
export const modelDownloadFailed = (url: string, container = 'container_1'): string =>
  reason(
    `Failed to download model data for container "${container}" from URL: "${url}". Please ensure that there is an object located at the URL and that the role passed to CreateModel has permissions to download the object.`,
  );

/** `ModelDataDownloadTimeoutInSeconds` passed. Our words: no published reason was found. */
export const modelDownloadTimedOut = (url: string, seconds: number, container = 'container_1'): string =>
  reason(
    `Failed to download model data for container "${container}" from URL: "${url}". The model data was not downloaded and extracted within ${seconds} seconds. Please increase ModelDataDownloadTimeoutInSeconds.`,
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
