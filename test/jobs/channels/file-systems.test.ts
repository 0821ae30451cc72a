import assert from 'node:assert/strict';
import type { FileSystemDataSource } from '@aws-sdk/client-sagemaker';
import { type FileSystems, fileSystemDirectory, parseFileSystems } from '../../../src/jobs/channels/file-systems.ts';
import { failure } from '../../support/failure.ts';

const directory = (known: FileSystems, FileSystemId: string, DirectoryPath: string): string => {
  const source: FileSystemDataSource = { FileSystemId, DirectoryPath, FileSystemAccessMode: 'ro', FileSystemType: 'FSxLustre' };
  return fileSystemDirectory(source, known, 'Channel "train"');
};

describe('fileSystemDirectory', () => {
  it('appends the path to the directory of the file system', () => {
    const known = { 'fs-12345678': '/efs' };
    assert.deepEqual(
      ['/', '/a/b', '/a/b/', 'a'].map((path) => directory(known, 'fs-12345678', path)),
      ['/efs', '/efs/a/b', '/efs/a/b', '/efs/a'],
    );
  });

  it('takes the longest entry that leads to the path', () => {
    const known = { 'fs-12345678': '/efs', 'fs-12345678/fast': '/ssd', 'fs-12345678/fast/a/b': '/b' };
    assert.deepEqual(
      ['/fast', '/fast/a', '/fast/a/b/c', '/faster'].map((path) => directory(known, 'fs-12345678', path)),
      ['/ssd', '/ssd/a', '/b/c', '/efs/faster'],
    );
  });

  it('refuses what no entry leads to, and a path that leads out', () => {
    assert.throws(
      () => directory({ 'fs-12345678/a': '/x' }, 'fs-12345678', '/b'),
      failure('FileSystemUnknown', /FSxLustre file system fs-12345678/),
    );
    assert.throws(
      () => directory({ 'fs-12345678': '/x' }, 'fs-12345678', '/a/../../b'),
      failure('InvalidRequest', /leads out of the file system/),
    );
  });
});

describe('parseFileSystems', () => {
  it('reads ids, with a path or without', () => {
    assert.deepEqual(parseFileSystems(['fs-0123456789abcdef0=/data/efs', 'fs-12345678/fast/=./ssd=1']), {
      'fs-0123456789abcdef0': '/data/efs',
      'fs-12345678/fast': './ssd=1',
    });
  });

  it('refuses other texts, and one given twice', () => {
    for (const text of ['efs=/data', 'fs-12345678', 'fs-12345678=', 'fs-123=/x'])
      assert.throws(() => parseFileSystems([text]), failure('WrongUsage', /which directory/));
    assert.throws(() => parseFileSystems(['fs-12345678=/a', 'fs-12345678/=/b']), failure('WrongUsage', /given twice/));
  });
});
