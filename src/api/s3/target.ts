import { refuse } from './errors.ts';

/** What a request is for. */
export interface Target {
  /** Empty: the service itself. */
  readonly bucket: string;
  /** Empty: the bucket itself. */
  readonly key: string;
  /** The path as it came, for answers. */
  readonly resource: string;
  /** The first of each name, decoded. */
  readonly query: ReadonlyMap<string, string>;
}

/**
 * Reads the raw address, since `+`, `%2F` and `//` count in keys. `hosts` are names of this service besides AWS's: `<bucket>.<host>` is
 * a bucket's. Errors: InvalidURI.
 */
export function targetOf(url: string, host: string | undefined, hosts: readonly string[]): Target {
  const address = url.replace(/^https?:\/\/[^/?#]*/i, ''); // as proxies are asked
  const mark = address.indexOf('?');
  const path = (mark < 0 ? address : address.slice(0, mark)).replace(/^\//, '');
  const query = queryOf(mark < 0 ? '' : address.slice(mark + 1));
  const ofHost = bucketOfHost(host, hosts);
  if (ofHost !== undefined) return { bucket: ofHost, key: decoded(path), resource: `/${path}`, query };
  const slash = path.indexOf('/');
  const [bucket, key] = slash < 0 ? [path, ''] : [path.slice(0, slash), path.slice(slash + 1)];
  return { bucket: decoded(bucket), key: decoded(key), resource: `/${path}`, query };
}

/** The bucket that a Host header names; undefined when the path has it. Source: contract s3-and-logs §2. */
export function bucketOfHost(host: string | undefined, hosts: readonly string[] = []): string | undefined {
  const name = host?.replace(/:\d+$/, '').toLowerCase() ?? '';
  const service = [...hosts, 'localhost']
    .flatMap((each) => [`s3.${each.toLowerCase()}`, each.toLowerCase()])
    .find((each) => name === each || name.endsWith(`.${each}`));
  if (service !== undefined) return name === service ? undefined : name.slice(0, -service.length - 1);
  return /^(.+)\.s3(?:[.-](?:dualstack\.)?[a-z]{2}(?:-[a-z]+)+-\d)?\.amazonaws\.com(?:\.cn)?$/.exec(name)?.[1];
}

function queryOf(text: string): ReadonlyMap<string, string> {
  const query = new Map<string, string>();
  for (const pair of text === '' ? [] : text.split('&')) {
    const equals = pair.indexOf('=');
    const [name, value] = equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
    const key = decoded(name.replaceAll('+', ' '));
    if (!query.has(key)) query.set(key, decoded(value.replaceAll('+', ' ')));
  }
  return query;
}

/** A part of an address as the text that its bytes are. Errors: InvalidURI. */
export function decoded(text: string): string {
  if (/%(?![0-9a-fA-F]{2})/.test(text)) throw refuse('InvalidURI', { URI: text });
  // Node hands on what is no ASCII, which clients should have encoded, as a character a byte.
  const bytes = Buffer.from(text, 'latin1')
    .toString('latin1')
    .replaceAll(/%(..)/g, (_code, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
  try {
    return strictUtf8.decode(Buffer.from(bytes, 'latin1'));
  } catch {
    throw refuse('InvalidURI', { URI: text });
  }
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
