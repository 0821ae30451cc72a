import { refused } from './members.ts';

/** Where the next page begins: after the last thing of this one, told by what things are sorted by. */
export type Place = readonly (string | number)[];

export const tokenOf = (place: Place): string => Buffer.from(JSON.stringify(place)).toString('base64url');

/** The place in a token; `kinds`: the types of its parts. Errors: InvalidParameter. */
export function placeOf<T extends Place>(token: string, kinds: { readonly [I in keyof T]: T[I] extends string ? 'string' : 'number' }): T {
  try {
    const place: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (Array.isArray(place) && place.length === kinds.length && place.every((part, index) => typeof part === kinds[index]))
      return place as unknown as T;
  } catch {
    // refused below
  }
  throw invalidToken();
}

export const invalidToken = () =>
  refused('The specified nextToken is invalid.', 'Pass the nextToken of the answer before, as it came, and the same members beside it.');
