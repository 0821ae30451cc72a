import type { IncomingMessage } from 'node:http';
import { accountOfKey } from '../contract/access-keys.ts';
import type { Account } from '../contract/names.ts';
import type { Caller } from './service.ts';

/** What a signature says about who asks and whom: none of it is proved, since any key is accepted. */
export interface Signature {
  readonly accessKeyId: string;
  /** Absent in SigV4a, whose scope has none. */
  readonly region?: string;
  /** `sagemaker`, `s3`, … */
  readonly service?: string;
}

/** The credential scope of the Authorization header or of a presigned address; undefined for an unsigned request. */
export function signatureOf({ headers, url = '' }: Pick<IncomingMessage, 'headers' | 'url'>): Signature | undefined {
  const { authorization } = headers;
  if (authorization !== undefined) {
    const [, credential] = /^AWS4-[A-Z0-9-]+\s.*?Credential=([^,\s]+)/.exec(authorization) ?? [];
    if (credential !== undefined) return scopeOf(credential);
    const [, key] = /^AWS ([^:\s]+):/.exec(authorization) ?? []; // SigV2, which only S3 ever took beside queries
    return key === undefined ? undefined : { accessKeyId: key, service: 's3' };
  }
  const [, credential] = /[?&]X-Amz-Credential=([^&]+)/i.exec(url) ?? [];
  if (credential !== undefined) return scopeOf(decoded(credential));
  const [, key] = /[?&]AWSAccessKeyId=([^&]+)/.exec(url) ?? [];
  return key === undefined ? undefined : { accessKeyId: decoded(key), service: 's3' };
}

/** `<key>/<date>/<region>/<service>/aws4_request`; a key may hold slashes, so the scope is read from its end. */
function scopeOf(credential: string): Signature {
  const parts = credential.split('/');
  const isRegional = parts.length >= 5; // SigV4a: <key>/<date>/<service>/aws4_request
  const [region, service] = isRegional ? parts.slice(-3) : [undefined, parts.at(-2)];
  const accessKeyId = parts.slice(0, isRegional ? -4 : -3).join('/');
  return { accessKeyId, ...(region && isRegion.test(region) && { region }), ...(service && { service }) };
}

/** It becomes the name of a directory. */
const isRegion = /^[a-z0-9][a-z0-9-]{0,31}$/;

/** Whether a request came through another address than the loopback ones: only containers know one (decision 021). */
export function isFromContainer({ socket }: { readonly socket: { readonly localAddress?: string | undefined } }): boolean {
  const { localAddress = '127.0.0.1' } = socket;
  return !/^(::ffff:)?127\.|^::1$/.test(localAddress);
}

export function callerOf(signature: Signature | undefined, defaults: Account): Caller {
  if (!signature) return defaults;
  const { accessKeyId, region = defaults.region } = signature;
  return { account: accountOfKey(accessKeyId) ?? defaults.account, region, accessKeyId };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
