import type { ObjectAddress } from '../../store/objects.ts';
import { accessible } from './access.ts';
import type { Call } from './call.ts';
import { refuse } from './errors.ts';
import { decoded } from './target.ts';

/** The object that `x-amz-copy-source` names: percent-encoded, with a slash before it or without. Errors: InvalidArgument, AccessDenied, … */
export async function copySourceOf(call: Call): Promise<ObjectAddress> {
  const { header } = call;
  const given = header('x-amz-copy-source') ?? '';
  const [path = '', version] = given.split(/\?versionId=/);
  if (version !== undefined && version !== 'null') throw refuse('NoSuchVersion');
  if (given.startsWith('arn:')) throw refuse('NotImplemented', {}, 'Copying from access points is not served by sm-local');
  const [, bucket, key] = /^\/?([^/]+)\/(.+)$/s.exec(sourceText(path)) ?? [];
  if (bucket === undefined || key === undefined) {
    const message = 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey';
    throw refuse('InvalidArgument', { ArgumentName: 'x-amz-copy-source', ArgumentValue: given }, message);
  }
  await accessible(call, bucket, header('x-amz-source-expected-bucket-owner'));
  return { bucket, key };
}

/** Some clients encode the slash after the bucket too; some encode nothing, so that a per cent sign may stand for itself. */
function sourceText(path: string): string {
  return /%(?![0-9a-fA-F]{2})/.test(path) ? Buffer.from(path, 'latin1').toString() : decoded(path);
}
