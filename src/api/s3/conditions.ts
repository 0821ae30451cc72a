import type { PutCondition, StoredObject } from '../../store/objects.ts';
import type { Call } from './call.ts';
import { refuse } from './errors.ts';

/** What a request makes of an object as it is. */
interface Conditions {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
  readonly ifModifiedSince?: string | undefined;
  readonly ifUnmodifiedSince?: string | undefined;
}

/** Thrown where a reader has the object already; it is an answer, 304, and no error. */
export class NotModified extends Error {
  readonly object: StoredObject;

  constructor(object: StoredObject) {
    super('Not Modified');
    this.object = object;
  }
}

/** For GET and HEAD. Errors: PreconditionFailed, NotModified. */
export function checkReading({ header }: Call, object: StoredObject): void {
  const failed = failedOf(
    {
      ifMatch: header('if-match'),
      ifNoneMatch: header('if-none-match'),
      ifModifiedSince: header('if-modified-since'),
      ifUnmodifiedSince: header('if-unmodified-since'),
    },
    object,
  );
  if (failed === 'If-None-Match' || failed === 'If-Modified-Since') throw new NotModified(object);
  if (failed) throw refuse('PreconditionFailed', { Condition: failed });
}

/** For what is copied. Errors: PreconditionFailed. */
export function checkCopying({ header }: Call, object: StoredObject): void {
  const failed = failedOf(
    {
      ifMatch: header('x-amz-copy-source-if-match'),
      ifNoneMatch: header('x-amz-copy-source-if-none-match'),
      ifModifiedSince: header('x-amz-copy-source-if-modified-since'),
      ifUnmodifiedSince: header('x-amz-copy-source-if-unmodified-since'),
    },
    object,
  );
  if (failed) throw refuse('PreconditionFailed', { Condition: `x-amz-copy-source-${failed}` });
}

/** For what is written. Errors: NotImplemented, for what S3 does not take either. */
export function putConditionOf({ header }: Call): PutCondition | undefined {
  const [match, noneMatch] = [header('if-match'), header('if-none-match')];
  if (noneMatch !== undefined) {
    if (noneMatch !== '*') throw refuse('NotImplemented', { Header: 'If-None-Match' });
    if (match !== undefined) throw refuse('NotImplemented', { Header: 'If-Match' });
    return { ifAbsent: true };
  }
  if (match === undefined) return undefined;
  const [tag, second] = tagsIn(match);
  if (tag === undefined || tag === '*' || second !== undefined) throw refuse('NotImplemented', { Header: 'If-Match' });
  return { ifMatch: tag };
}

/** Whether a range is of the object that the client has in mind. */
export function isRangeOf(ifRange: string | undefined, { etag, lastModified }: StoredObject): boolean {
  if (ifRange === undefined) return true;
  if (ifRange.includes('"')) return tagsIn(ifRange).includes(etag);
  const time = timeOf(ifRange);
  return time !== undefined && time === seconds(lastModified);
}

export const isMatch = (header: string, { etag }: Pick<StoredObject, 'etag'>): boolean =>
  tagsIn(header).some((tag) => tag === '*' || tag === etag);

/** The one that does not hold. A tag says more than a time: RFC 9110, 13.2.2. */
function failedOf({ ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince }: Conditions, object: StoredObject): string | undefined {
  const modified = seconds(object.lastModified);
  if (ifMatch !== undefined) {
    if (!isMatch(ifMatch, object)) return 'If-Match';
  } else if (modified > (timeOf(ifUnmodifiedSince) ?? Number.POSITIVE_INFINITY)) return 'If-Unmodified-Since';
  if (ifNoneMatch !== undefined) return isMatch(ifNoneMatch, object) ? 'If-None-Match' : undefined;
  return modified <= (timeOf(ifModifiedSince) ?? Number.NEGATIVE_INFINITY) ? 'If-Modified-Since' : undefined;
}

/** `"a", W/"b"`, and also without quotes, as many clients write it. */
const tagsIn = (header: string): string[] =>
  header
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, '').replaceAll('"', ''))
    .filter((tag) => tag !== '');

const seconds = (date: Date): number => Math.floor(date.getTime() / 1000);

/** Undefined for what is no date, which is as if it were not there. */
function timeOf(header: string | undefined): number | undefined {
  const time = header === undefined ? Number.NaN : Date.parse(header);
  return Number.isNaN(time) ? undefined : Math.floor(time / 1000);
}
