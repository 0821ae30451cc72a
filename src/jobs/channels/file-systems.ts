import { posix } from 'node:path';
import type { FileSystemDataSource } from '@aws-sdk/client-sagemaker';
import { fail } from '../../errors.ts';

/** `fs-…`, or `fs-…` and a path in it -> the directory of this machine that stands for it. */
export type FileSystems = Readonly<Record<string, string>>;

/**
 * The directory that stands for a directory of an EFS or FSx file system: the longest entry that leads to it decides, and what is left of
 * the path is appended. `{ 'fs-1': '/efs', 'fs-1/fast': '/ssd' }`: /fast/a of fs-1 is /ssd/a, /slow is /efs/slow.
 *
 * @param what whose source it is, for messages: `Channel "train"`
 * @throws FileSystemUnknown; InvalidRequest for a path that leads out of the file system
 */
export function fileSystemDirectory(source: FileSystemDataSource, known: FileSystems, what: string): string {
  const { FileSystemId: id = '', DirectoryPath: path = '/', FileSystemType: type = 'EFS' } = source;
  if (path.split('/').includes('..')) {
    throw fail('InvalidRequest', {
      message: `${what}: the DirectoryPath ${JSON.stringify(path)} leads out of the file system ${id}.`,
      remedy: 'Write it without "..".',
    });
  }
  const wanted = posix.join(id, '/', path).replace(/\/$/, '');
  for (let at = wanted; at !== '.' && at !== ''; at = at.includes('/') ? at.slice(0, at.lastIndexOf('/')) : '') {
    const directory = known[at];
    if (directory !== undefined) return posix.join(directory, wanted.slice(at.length));
  }
  throw fail('FileSystemUnknown', { what, type, id });
}

/** `['fs-0123456789abcdef0=/data/efs', 'fs-1/fast=/ssd']` as a map. Errors: WrongUsage. */
export function parseFileSystems(texts: readonly string[]): FileSystems {
  const known: Record<string, string> = {};
  for (const text of texts) {
    const [, id = '', path = '', directory = ''] = /^(fs-[0-9a-f]{8,})(\/[^=]*)?=(.+)$/s.exec(text) ?? [];
    if (id === '') {
      throw fail('WrongUsage', {
        message: `${JSON.stringify(text)} does not say which directory stands for which file system.`,
        remedy: 'Write --file-system fs-0123456789abcdef0=/some/directory, or --file-system fs-0123456789abcdef0/path=/some/directory.',
      });
    }
    const place = posix.join(id, path).replace(/\/$/, '');
    if (Object.hasOwn(known, place)) {
      throw fail('WrongUsage', { message: `The file system ${place} is given twice.`, remedy: `Keep one --file-system ${place}=….` });
    }
    known[place] = directory;
  }
  return known;
}
