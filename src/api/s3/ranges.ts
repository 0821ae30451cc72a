import type { ByteRange, StoredObject } from '../../store/objects.ts';
import type { Call } from './call.ts';
import { isRangeOf } from './conditions.ts';
import { refuse } from './errors.ts';

/** What of an object is asked for: by `Range`, or by `partNumber`. Undefined: all of it. Errors: InvalidRange, InvalidPartNumber, … */
export function rangeOf({ header, query }: Call, object: StoredObject): ByteRange | undefined {
  const part = query.get('partNumber');
  const range = header('range');
  if (part !== undefined) {
    if (range !== undefined) throw refuse('InvalidRequest', {}, 'Cannot specify both Range header and partNumber query parameter');
    return partOf(partNumber(part), object);
  }
  const wanted = range === undefined || !isRangeOf(header('if-range'), object) ? undefined : parseRange(range);
  return wanted && satisfiable(wanted, range ?? '', object.size);
}

/** 1 to 10000. Errors: InvalidArgument. */
export function partNumber(text: string): number {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= 10_000) return number;
  const message = 'Part number must be an integer between 1 and 10000, inclusive';
  throw refuse('InvalidArgument', { ArgumentName: 'partNumber', ArgumentValue: text }, message);
}

/** `bytes=0-9` of what is copied, both ends said. Errors: InvalidArgument, InvalidRange. */
export function copyRange(text: string, size: number): ByteRange {
  const [, first, last] = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(text) ?? [];
  const names = { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: text };
  if (first === undefined || Number(first) > Number(last)) {
    throw refuse(
      'InvalidArgument',
      names,
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
    );
  }
  if (Number(last) >= size) throw refuse('InvalidArgument', names, `Range specified is not valid for source object of size: ${size}`);
  return { first: Number(first), last: Number(last) };
}

/** Anything but one range of bytes is as if there were none, several of them too. Source: RFC 9110, 14.2. */
function parseRange(text: string): ByteRange | undefined {
  const [, first = '', last = ''] = /^\s*bytes\s*=\s*(\d{0,15})\s*-\s*(\d{0,15})\s*$/i.exec(text) ?? [];
  if (first === '') return last === '' ? undefined : { suffix: Number(last) };
  if (last === '') return { first: Number(first) };
  return Number(last) < Number(first) ? undefined : { first: Number(first), last: Number(last) };
}

function satisfiable(range: ByteRange, text: string, size: number): ByteRange {
  const hasBytes = 'suffix' in range ? range.suffix > 0 && size > 0 : range.first < size;
  if (!hasBytes) throw refuse('InvalidRange', { RangeRequested: text, ActualObjectSize: size });
  return range;
}

/** What was put in one piece is its own first part. */
function partOf(number: number, { parts, size }: StoredObject): ByteRange | undefined {
  if (!parts && number === 1) return size === 0 ? undefined : { first: 0, last: size - 1 };
  const index = (parts ?? []).findIndex((_part, at) => at === number - 1);
  const before = (parts ?? []).slice(0, Math.max(index, 0)).reduce((sum, part) => sum + part.size, 0);
  const part = parts?.[index];
  if (!part) throw refuse('InvalidPartNumber', { PartNumberRequested: number, ActualPartCount: parts?.length ?? 1 });
  return part.size === 0 ? undefined : { first: before, last: before + part.size - 1 };
}
