import { refuse } from './errors.ts';

/** A week in seconds. Source: Amazon S3 API reference, "Authenticating requests: using query parameters". */
const longestLife = 604_800;

/** Seconds that clocks may differ. */
const skew = 900;

export const isPresigned = (query: ReadonlyMap<string, string>): boolean =>
  query.has('X-Amz-Signature') || query.has('X-Amz-Algorithm') || query.has('AWSAccessKeyId');

/**
 * Refuses a presigned address whose time is over, or that lacks what tells it. The signature may be any.
 *
 * @param now milliseconds since 1970
 * @throws AccessDenied, AuthorizationQueryParametersError
 */
export function checkPresigned(query: ReadonlyMap<string, string>, now: number): void {
  if (query.has('AWSAccessKeyId')) checkVersion2(query, now);
  else if (isPresigned(query)) checkVersion4(query, now);
}

function checkVersion2(query: ReadonlyMap<string, string>, now: number): void {
  const expires = query.get('Expires');
  if (expires === undefined || !query.has('Signature')) {
    throw refuse('AccessDenied', {}, 'Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters');
  }
  if (!/^\d{1,12}$/.test(expires)) throw refuse('AccessDenied', {}, `Invalid date (should be seconds since epoch): ${expires}`);
  refuseLate(Number(expires) * 1000, now, {});
}

function checkVersion4(query: ReadonlyMap<string, string>, now: number): void {
  const missing = ['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Date', 'X-Amz-Expires', 'X-Amz-SignedHeaders', 'X-Amz-Signature'];
  if (missing.some((name) => !query.has(name))) {
    throw malformed(
      'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
    );
  }
  const life = query.get('X-Amz-Expires') ?? '';
  if (!/^-?\d{1,10}$/.test(life)) throw malformed('X-Amz-Expires should be a number');
  if (Number(life) < 0) throw malformed('X-Amz-Expires must be non-negative');
  if (Number(life) > longestLife)
    throw malformed(
      'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds',
    );
  const signed = timeOf(query.get('X-Amz-Date') ?? '');
  if (signed === undefined) throw malformed("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
  if (signed > now + skew * 1000) throw refuse('AccessDenied', {}, 'Request is not yet valid');
  refuseLate(signed + Number(life) * 1000, now, { 'X-Amz-Expires': life });
}

function refuseLate(expires: number, now: number, elements: Record<string, string>): void {
  if (now <= expires) return;
  const times = { Expires: withoutFraction(expires), ServerTime: withoutFraction(now) };
  throw refuse('AccessDenied', { ...elements, ...times }, 'Request has expired');
}

const malformed = (message: string) => refuse('AuthorizationQueryParametersError', {}, message);

const withoutFraction = (time: number): string => `${new Date(time).toISOString().slice(0, 19)}Z`;

/** `20260102T030405Z` */
function timeOf(text: string): number | undefined {
  if (!/^\d{8}T\d{6}Z$/.test(text)) return undefined;
  const time = Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  return Number.isNaN(time) ? undefined : time;
}
