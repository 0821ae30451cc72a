import assert from 'node:assert/strict';
import { beforeNames, isDirectoryMarker, localNames, type Naming } from '../../src/contract/channel-names.ts';
import { failure } from '../support/failure.ts';

const keyed = (keys: readonly string[]) => keys.map((key) => ({ key, size: 1 }));
const names = (naming: Naming, ...keys: readonly string[]): readonly string[] =>
  localNames(keyed(keys), beforeNames(keyed(keys), naming), 'Channel "train"');
const below = (prefix: string, ...keys: readonly string[]): readonly string[] => names({ kind: 'prefix', prefix }, ...keys);

describe('local names of objects', () => {
  it('begin after a prefix that is a directory, written with or without its slash', () => {
    assert.deepEqual(below('jp/training', 'jp/training/en-ja/train.en'), ['en-ja/train.en']);
    assert.deepEqual(below('jp/training/', 'jp/training/en-ja/train.en', 'jp/training/x'), ['en-ja/train.en', 'x']);
    assert.deepEqual(below('', 'a.csv', 'b/c.csv'), ['a.csv', 'b/c.csv']);
  });

  it('keep the whole last part of a prefix that is the beginning of names', () => {
    assert.deepEqual(below('data/train', 'data/train-data.csv'), ['train-data.csv']);
    assert.deepEqual(below('tr', 'train.csv', 'trial/1.csv'), ['train.csv', 'trial/1.csv']);
  });

  it('are the base name for a prefix that is one object', () => {
    assert.deepEqual(below('data/train.csv', 'data/train.csv'), ['train.csv']);
    assert.deepEqual(below('train.csv', 'train.csv'), ['train.csv']);
  });

  it('keep the last part when the prefix is a directory and the beginning of another', () => {
    assert.deepEqual(below('data/train', 'data/train-x/b.csv', 'data/train/a.csv'), ['train-x/b.csv', 'train/a.csv']);
  });

  it('are whole keys for a manifest, or what its entries say', () => {
    const prefix = 'some/prefix/';
    const key = 'some/prefix/relative/path/f1';
    assert.deepEqual(names({ kind: 'manifest', prefix, names: 'whole-key' }, key), [key]);
    assert.deepEqual(names({ kind: 'manifest', prefix, names: 'relative' }, key), ['relative/path/f1']);
  });

  it('are paths: doubled slashes and "." mean nothing', () => {
    assert.deepEqual(below('a/', 'a//b', 'a/./c', 'a/d//e'), ['b', 'c', 'd/e']);
  });

  it('leave out what only stands for a directory', () => {
    assert.deepEqual(
      [isDirectoryMarker({ key: 'a/', size: 0 }), isDirectoryMarker({ key: 'a/', size: 1 }), isDirectoryMarker({ key: 'a', size: 0 })],
      [true, false, false],
    );
  });

  it('refuse keys that cannot be paths, and say why', () => {
    const refused = (key: string, why: RegExp) => assert.throws(() => below('a/', key), failure('InputNameInvalid', why));
    refused('a/../../etc/passwd', /"a\/\.\.\/\.\.\/etc\/passwd" cannot become a file: "\.\." would lead out/);
    refused('a/b/', /it ends in "\/" and has content/);
    refused('a/\0', /zero byte/);
    refused('a//', /ends in/);
    refused('a/.', /nothing is left of it/);
    refused(`a/${'ü'.repeat(128)}`, /longer than the 255 bytes/);
    assert.deepEqual(below('a/', `a/${'ü'.repeat(127)}`), ['ü'.repeat(127)]);
    assert.deepEqual(below('a/', 'a/..b', 'a/c..'), ['..b', 'c..']);
  });

  it('refuse two objects with one name, and name both', () => {
    assert.throws(
      () => below('a/', 'a//x', 'a/x'),
      failure('InputNamesClash', /Channel "train": the objects "a\/\/x" and "a\/x" cannot both be there: both need "x"/),
    );
  });

  it('refuse a file where others need a directory, in either order and at any depth', () => {
    assert.throws(
      () => below('a/', 'a/x', 'a/x/y/z'),
      failure('InputNamesClash', /"a\/x" and "a\/x\/y\/z" cannot both be there: both need "x"/),
    );
    assert.throws(() => below('a/', 'a/x/y/1', 'a/x/y/2', 'a/x/y'), failure('InputNamesClash', /"a\/x\/y" and "a\/x\/y\/1"/));
    assert.deepEqual(below('a/', 'a/x', 'a/x-y', 'a/x.d/y'), ['x', 'x-y', 'x.d/y']);
  });

  it('take an object that a manifest names twice for one', () => {
    assert.deepEqual(names({ kind: 'manifest', prefix: 'a/', names: 'relative' }, 'a/x', 'a/x'), ['x', 'x']);
  });
});
