import type { Exchange, Service } from '../service.ts';
import { accessible } from './access.ts';
import { keepWaiting, sendAnswer, sendS3Error } from './answer.ts';
import { objectHeaders } from './attributes.ts';
import type { Answer, Call, Stores } from './call.ts';
import { NotModified } from './conditions.ts';
import { refuse, s3ErrorOf } from './errors.ts';
import { operationFor } from './operations.ts';
import { checkPresigned, isPresigned } from './presigned.ts';
import { type Target, targetOf } from './target.ts';

export interface S3Options extends Stores {
  /** Where buckets are that were made without one. */
  readonly region: string;
  /** Names of this service besides AWS's and `localhost`, under which `<bucket>.<name>` is a bucket: what containers call this machine. */
  readonly hosts?: readonly string[];
  /** Milliseconds since 1970; for presigned addresses. */
  readonly now?: () => number;
  /** Milliseconds that a client may send nothing while its body is waited for. */
  readonly patience?: number;
  /** Milliseconds after which a client that waits for a copy, or for parts to be put together, hears something. */
  readonly longestSilence?: number;
  /** Told of what is a defect of ours, or trouble of this machine. */
  readonly onFailure?: (operation: string, error: unknown) => void;
}

/** As S3 does. Source: what clients report of RequestTimeout. */
const usualPatience = 20_000;

/** Clients mostly give up after 60 s. */
const usualSilence = 10_000;

/** The longest key S3 takes, in bytes. Source: Amazon S3 user guide, "Naming Amazon S3 objects". */
const longestKey = 1024;

/**
 * The subset of S3's protocol that is served here (docs/decisions/019-s3-protocol.md): what is not is refused by its name. Any key and any
 * signature will do; the time of presigned addresses counts.
 */
export function s3Service(options: S3Options): Service {
  return async (exchange) => {
    const { request, response } = exchange;
    const left = new AbortController();
    const onClose = (): void => {
      if (!response.writableFinished) left.abort();
    };
    response.on('close', onClose);
    let name = 'a request of S3';
    let resource = request.url?.split('?')[0] ?? '/';
    try {
      const target = targetOf(request.url ?? '/', request.headers.host, options.hosts ?? []);
      resource = target.resource;
      const call = callOf(options, exchange, target, left.signal);
      const chosen = operationFor({ ...call, method: request.method ?? 'GET' });
      if (!chosen)
        throw refuse('MethodNotAllowed', { Method: request.method ?? '', ResourceType: target.key === '' ? 'BUCKET' : 'OBJECT' });
      name = chosen.name;
      if (!chosen.run) throw refuse('NotImplemented', {}, `S3's ${name} is not served by sm-local.`);
      checkPresigned(target.query, (options.now ?? Date.now)());
      checkTarget(target);
      if (chosen.needsBucket ?? true) await accessible(call, target.bucket, call.header('x-amz-expected-bucket-owner'));
      using _spaces = chosen.isSlow ? keepWaiting(exchange, options.longestSilence ?? usualSilence) : undefined;
      await sendAnswer(exchange, await answered(call, chosen.run));
    } catch (error) {
      if (left.signal.aborted && !response.headersSent) return;
      const refused = s3ErrorOf(error);
      if (refused.status === 500) options.onFailure?.(name, error);
      sendS3Error(exchange, resource, refused);
    } finally {
      response.off('close', onClose);
    }
  };
}

/** Errors: those of the operation. */
async function answered(call: Call, run: (call: Call) => Promise<Answer>): Promise<Answer> {
  try {
    return await run(call);
  } catch (error) {
    if (!(error instanceof NotModified)) throw error;
    const { ETag, 'Last-Modified': lastModified, 'cache-control': cacheControl, expires } = objectHeaders(error.object, call);
    return { status: 304, headers: { ETag, 'Last-Modified': lastModified, 'cache-control': cacheControl, expires } };
  }
}

function callOf(options: S3Options, { request, caller }: Exchange, target: Target, signal: AbortSignal): Call {
  const { objects, uploads, region, patience = usualPatience } = options;
  const { headers } = request;
  // Whoever presigns an address may put headers into it. A checksum there is one of no body, as the SDK for JavaScript makes it; S3 passes it over.
  const parameters = isPresigned(target.query) ? [...target.query].filter(([name]) => !/^x-amz-(sdk-)?checksum-(?!mode)/i.test(name)) : [];
  const hoisted = new Map(parameters.map(([name, value]) => [name.toLowerCase(), value]));
  const header = (name: string): string | undefined => {
    const value = headers[name];
    return (Array.isArray(value) ? value.join(', ') : value) ?? (name.startsWith('x-amz-') ? hoisted.get(name) : undefined);
  };
  const headersAfter = (prefix: string): ReadonlyMap<string, string> => {
    const names = [...Object.keys(headers), ...hoisted.keys()].filter((name) => name.startsWith(prefix));
    return new Map(names.map((name) => [name.slice(prefix.length), header(name) ?? '']));
  };
  return { ...target, objects, uploads, request, caller, header, headersAfter, region, patience, signal };
}

/** Errors: KeyTooLongError, InvalidArgument. */
function checkTarget({ key, query }: Target): void {
  const size = Buffer.byteLength(key);
  if (size > longestKey) throw refuse('KeyTooLongError', { Size: size, MaxSizeAllowed: longestKey });
  const version = query.get('versionId');
  if (version === undefined || version === 'null') return;
  throw refuse('InvalidArgument', { ArgumentName: 'versionId', ArgumentValue: version }, 'Invalid version id specified');
}
