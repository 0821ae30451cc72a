import { fail } from '../errors.ts';

/** What SageMaker's List operations have in common. Times as they come: seconds, or a Date from a caller of the library. */
export interface ListRequest {
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
  readonly SortBy?: string | undefined;
  readonly SortOrder?: string | undefined;
  readonly NameContains?: string | undefined;
  readonly StatusEquals?: string | undefined;
  readonly CreationTimeAfter?: Date | number | undefined;
  readonly CreationTimeBefore?: Date | number | undefined;
  readonly LastModifiedTimeAfter?: Date | number | undefined;
  readonly LastModifiedTimeBefore?: Date | number | undefined;
}

/** What of a thing they filter and sort by. */
export interface Listable {
  readonly name: string;
  readonly creationTime: Date;
  readonly modifiedTime: Date;
  readonly status?: string | undefined;
}

/** Where an operation differs from the others. Sources: API Reference of each (contract control-plane §5). */
export interface ListDefaults {
  readonly sortBy: 'Name' | 'CreationTime' | 'Status';
  readonly sortOrder: 'Ascending' | 'Descending';
}

export interface ListPage<T> {
  readonly items: readonly T[];
  /** Absent on the last page. */
  readonly NextToken?: string;
}

/**
 * A page of those that the request asks for, in its order. What comes or goes between two pages changes neither of them otherwise: the next
 * page begins after the last thing of this one. Errors: InvalidRequest for a token that is none of this list's.
 */
export function listPage<T extends Listable>(all: readonly T[], request: ListRequest, defaults: ListDefaults): ListPage<T> {
  const { SortBy = defaults.sortBy, SortOrder = defaults.sortOrder, MaxResults = defaultPage } = request;
  const direction = SortOrder === 'Descending' ? -1 : 1;
  const compare = (one: Sorted, other: Sorted): number => direction * (by(one.key, other.key) || by(one.name, other.name));
  const query = queryOf(request, SortBy, SortOrder);
  const after = request.NextToken === undefined ? undefined : readToken(request.NextToken, query);
  const sorted = all
    .filter((item) => isWanted(item, request))
    .map((item) => ({ item, key: keyOf(item, SortBy), name: item.name }))
    .filter((each) => after === undefined || compare(each, after) > 0)
    .sort(compare);
  const page = sorted.slice(0, MaxResults);
  const last = page.at(-1);
  const items = page.map(({ item }) => item);
  return last && sorted.length > page.length ? { items, NextToken: tokenOf(last, query) } : { items };
}

/** API Reference, ListEndpoints: "The default value is 10"; taken to be so of all of them. */
const defaultPage = 10;

interface Sorted {
  readonly key: string | number;
  readonly name: string;
}

const by = (one: string | number, other: string | number): number => (one < other ? -1 : one > other ? 1 : 0);

function keyOf({ name, status = '', creationTime, modifiedTime }: Listable, sortBy: string): string | number {
  if (sortBy === 'Name') return name;
  if (sortBy === 'Status') return status;
  return sortBy === 'LastModifiedTime' ? modifiedTime.getTime() : creationTime.getTime();
}

function isWanted({ name, status, creationTime, modifiedTime }: Listable, request: ListRequest): boolean {
  const { NameContains = '', StatusEquals } = request;
  return (
    name.includes(NameContains) &&
    (StatusEquals === undefined || status === StatusEquals) &&
    isBetween(creationTime, request.CreationTimeAfter, request.CreationTimeBefore) &&
    isBetween(modifiedTime, request.LastModifiedTimeAfter, request.LastModifiedTimeBefore)
  );
}

const isBetween = (time: Date, after: Date | number | undefined, before: Date | number | undefined): boolean =>
  (after === undefined || time.getTime() > milliseconds(after)) && (before === undefined || time.getTime() < milliseconds(before));

const milliseconds = (time: Date | number): number => (typeof time === 'number' ? time * 1000 : time.getTime());

/** A token goes on with the question it was the answer to, and no other. */
const queryOf = ({ NextToken: _token, MaxResults: _max, ...query }: ListRequest, sortBy: string, sortOrder: string): string =>
  JSON.stringify(Object.entries({ ...query, SortBy: sortBy, SortOrder: sortOrder }).sort(([one], [other]) => by(one, other)));

const tokenOf = ({ key, name }: Sorted, query: string): string => Buffer.from(JSON.stringify({ key, name, query })).toString('base64url');

function readToken(token: string, query: string): Sorted {
  try {
    const { key, name, query: of } = JSON.parse(Buffer.from(token, 'base64url').toString()) as Sorted & { query: string };
    if (of === query && typeof name === 'string' && (typeof key === 'string' || typeof key === 'number')) return { key, name };
  } catch {
    // refused below
  }
  throw fail('InvalidRequest', {
    message: 'The NextToken is invalid.', // the service's own words are not published
    remedy: 'Pass the NextToken of the answer before, with the same filters and the same order.',
  });
}
