import { archiveTooLarge, extractFailed, modelDownloadFailed, modelDownloadTimedOut, reason } from '../contract/failure.ts';
import { isError, reasonOf } from '../errors.ts';

/** The `FailureReason` of an endpoint that something kept from being deployed: AWS's words where they are known, else the error's own. */
export function deploymentFailureReason(error: unknown): string {
  if (isError(error, 'ModelArchiveInvalid')) return extractFailed(error.detail.url);
  if (isError(error, 'ModelArchiveTooLarge')) return archiveTooLarge(error.detail.url);
  if (isError(error, 'ModelDataNotFound')) return modelDownloadFailed(error.detail.url);
  if (isError(error, 'ModelDownloadTimedOut')) return modelDownloadTimedOut(error.detail.url, error.detail.seconds);
  return reason(reasonOf(error));
}
