import { refuse } from './errors.ts';

/** Listings have no more entries than this. */
const longestPage = 1000;

/** `max-keys` and its like. Errors: InvalidArgument. */
export function limitOf(query: ReadonlyMap<string, string>, name: string, most = longestPage): number {
  const text = query.get(name);
  if (text === undefined || text === '') return most;
  const limit = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (limit <= 2 ** 31 - 1) return Math.min(limit, most);
  throw refuse('InvalidArgument', { ArgumentName: name, ArgumentValue: text }, `Provided ${name} not an integer or within integer range`);
}

/** How keys stand in a listing: as they are, or in percent codes, for there are keys that XML cannot hold. Errors: InvalidArgument. */
export function encoderOf(query: ReadonlyMap<string, string>): (text: string) => string {
  const type = query.get('encoding-type');
  if (type === undefined || type === '') return (text) => text;
  if (type === 'url') return percentEncoded;
  const message = 'Invalid Encoding Method specified in Request';
  throw refuse('InvalidArgument', { ArgumentName: 'encoding-type', ArgumentValue: type }, message);
}

const percentEncoded = (text: string): string =>
  encodeURIComponent(text)
    .replaceAll('%2F', '/')
    .replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
