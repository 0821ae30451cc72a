import assert from 'node:assert/strict';
import { type ListDefaults, type ListRequest, listPage } from '../../src/contract/listing.ts';
import { isError } from '../../src/errors.ts';

const ascending: ListDefaults = { sortBy: 'CreationTime', sortOrder: 'Ascending' };

const thing = (name: string, created: number, status = 'Completed', modified = created) => ({
  name,
  creationTime: new Date(created * 1000),
  modifiedTime: new Date(modified * 1000),
  status,
});

const names = (all: Parameters<typeof listPage>[0], request: ListRequest, defaults = ascending): string[] =>
  listPage(all, request, defaults).items.map(({ name }) => name);

/** As a paginator asks: with the token of the answer before, until there is none. */
function pages(all: readonly ReturnType<typeof thing>[], request: ListRequest, between: () => void = () => {}): string[][] {
  const found: string[][] = [];
  for (let token: string | undefined; ; ) {
    const page = listPage(all, { ...request, ...(token !== undefined && { NextToken: token }) }, ascending);
    found.push(page.items.map(({ name }) => name));
    if (page.NextToken === undefined) return found;
    token = page.NextToken;
    between();
  }
}

describe('lists', () => {
  const all = [thing('b', 2, 'Failed'), thing('c', 1), thing('a', 3, 'Completed', 9)];

  it('are in the order of the operation, or in the one asked for', () => {
    assert.deepEqual(names(all, {}), ['c', 'b', 'a']);
    assert.deepEqual(names(all, {}, { sortBy: 'CreationTime', sortOrder: 'Descending' }), ['a', 'b', 'c']);
    assert.deepEqual(names(all, { SortBy: 'Name' }), ['a', 'b', 'c']);
    assert.deepEqual(names(all, { SortBy: 'Name', SortOrder: 'Descending' }), ['c', 'b', 'a']);
    assert.deepEqual(names(all, { SortBy: 'Status' }), ['a', 'c', 'b']);
  });

  it('are filtered by name, status and both times, whose bounds are not in them', () => {
    assert.deepEqual(names(all, { NameContains: 'b' }), ['b']);
    assert.deepEqual(names(all, { StatusEquals: 'Completed' }), ['c', 'a']);
    assert.deepEqual(names(all, { CreationTimeAfter: 1 }), ['b', 'a']);
    assert.deepEqual(names(all, { CreationTimeBefore: new Date(3000) }), ['c', 'b']);
    assert.deepEqual(names(all, { LastModifiedTimeAfter: 3 }), ['a']);
    assert.deepEqual(names(all, { LastModifiedTimeBefore: 2 }), ['c']);
  });

  it('come in pages of ten unless more or fewer are asked for; the last one has no token', () => {
    const many = Array.from({ length: 25 }, (_, index) => thing(`n${String(index).padStart(2, '0')}`, index));
    assert.deepEqual(
      pages(many, {}).map(({ length }) => length),
      [10, 10, 5],
    );
    assert.deepEqual(pages(many, { MaxResults: 25 }).length, 1);
    assert.deepEqual(
      pages(many, { MaxResults: 7 }).flat(),
      many.map(({ name }) => name),
    );
  });

  it('lose and repeat nothing that was there all the time, whatever comes and goes between pages', () => {
    const many = Array.from({ length: 30 }, (_, index) => thing(`n${index}`, 100 + Math.floor(index / 3)));
    const there = many.map(({ name }) => name);
    let next = 0;
    const seen = pages(many, {}, () => {
      many.push(thing(`new${next}`, next)); // before the page
      many.splice(
        many.findIndex(({ name }) => name === 'n0'),
        1,
      );
      next += 1;
    }).flat();
    assert.equal(new Set(seen).size, seen.length);
    for (const name of there.filter((each) => each !== 'n0')) assert.ok(seen.includes(name), name);
  });

  it('refuse a token that is not theirs', () => {
    const { NextToken = '' } = listPage(all, { MaxResults: 1 }, ascending);
    for (const request of [{ NextToken: 'x' }, { NextToken: '' }, { NextToken, NameContains: 'a' }, { NextToken, SortBy: 'Name' }]) {
      assert.throws(
        () => listPage(all, request, ascending),
        (error) => isError(error, 'InvalidRequest') && /NextToken/.test(error.message),
      );
    }
    assert.deepEqual(names(all, { NextToken, MaxResults: 5 }), ['b', 'a']);
  });
});
