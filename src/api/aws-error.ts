import { isError, reasonOf } from '../errors.ts';
import type { AwsError } from './service.ts';

/**
 * How clients see what went wrong. Those of the catalogue say it themselves, and what to do follows the message where AWS's own words do not
 * stand for themselves; anything else is a defect of ours.
 */
export function awsErrorOf(error: unknown): AwsError {
  if (!isError(error)) return { type: 'InternalFailure', status: 500, message: reasonOf(error) };
  return { ...error.aws, message: error.message };
}

/** For an operation that AWS has and that is not served; AWS itself has no words for that. */
export const notServedHere = (title: string, operation: string): string =>
  `${title}'s ${operation} is not served by sm-local. docs/aws-api.md lists the operations that are.`;
