import type { StoredObject } from '../../../store/objects.ts';
import { objectHeaders } from '../attributes.ts';
import { type Answer, addressOf, type Call } from '../call.ts';
import { checkReading } from '../conditions.ts';
import { refuse } from '../errors.ts';
import { rangeOf } from '../ranges.ts';

export async function getObject(call: Call): Promise<Answer> {
  const { objects, signal } = call;
  const reading = await objects.get(addressOf(call), {
    range: (object) => {
      checkReading(call, object);
      return rangeOf(call, object);
    },
    signal,
  });
  const { object, range, body } = reading;
  if (!range && isOfPart(call)) {
    body.destroy(); // the part is an empty one
    return headOf(call, object, range);
  }
  return { ...headOf(call, object, range), body };
}

/** The same without the content. */
export async function headObject(call: Call): Promise<Answer> {
  const { objects, signal } = call;
  const object = await objects.head(addressOf(call), signal);
  if (!object) throw refuse('NoSuchKey', { Key: call.key });
  checkReading(call, object);
  const wanted = rangeOf(call, object);
  if (!wanted) return headOf(call, object, undefined);
  const first = 'suffix' in wanted ? Math.max(0, object.size - wanted.suffix) : wanted.first;
  const last = 'suffix' in wanted ? object.size - 1 : Math.min(wanted.last ?? object.size - 1, object.size - 1);
  return headOf(call, object, { first, last });
}

function headOf(call: Call, object: StoredObject, range: { readonly first: number; readonly last: number } | undefined): Answer {
  const isPart = isOfPart(call);
  const { parts, size } = object;
  // A checksum of the whole says nothing of a piece.
  const told = range && (range.first > 0 || range.last < size - 1) ? withoutChecksums(object) : object;
  return {
    status: range || isPart ? 206 : 200,
    headers: {
      ...objectHeaders(told, call),
      'Content-Length': range ? range.last - range.first + 1 : isPart ? 0 : size,
      'Content-Range': range && `bytes ${range.first}-${range.last}/${size}`,
      'x-amz-mp-parts-count': isPart ? parts?.length : undefined,
    },
  };
}

const isOfPart = ({ query }: Call): boolean => query.has('partNumber');

const withoutChecksums = ({ checksums, ...object }: StoredObject): StoredObject => object;
